/**
 * What becomes of an event that is to say something of a message, when its mail server cannot be read?
 */
import { describe, expect, it } from 'vitest';
import type { MailFailure, Result } from '../../src/core/failure.ts';
import { limits } from '../../src/core/limits.ts';
import type { MessageReader } from '../../src/watch/delivery/courier.ts';
import { replayOf } from '../../src/watch/delivery/replay.ts';
import type { EventType, JsonObject, WatchEvent } from '../../src/watch/event.ts';
import {
  arrived,
  type CourierStage,
  day,
  hour,
  minute,
  namesOf,
  refused,
  withCourier,
  withQuietLog,
} from './delivery-home.ts';
import { subscription } from './watch-store-home.ts';

withQuietLog();

const include = { ...subscription('sub_1').settings.include, text: true };
const down: MailFailure = { kind: 'connect-failed' };
const page = { limit: 100, before: null, status: null };

/** A mail server that is read by what `told` says of each time. */
function reader({ clock }: CourierStage, told: (atMs: number) => MailFailure | null) {
  const reads: number[] = [];
  let atOnce = 0;
  const read: MessageReader = async (): Promise<Result<JsonObject>> => {
    expect(++atOnce, 'reads of one credential at the same time').toBe(1);
    reads.push(clock.nowMs);
    await scheduler.wait(0);
    atOnce -= 1;
    const failure = told(clock.nowMs);
    return failure === null ? { ok: true, value: { id: '1.7', text: 'Hello' } } : { ok: false, failure };
  };
  return { read, reads };
}

it(
  'one message after the other is read, and goes out with what was asked for',
  withCourier(async (stage) => {
    const { sent, courier, subscribed, found, clock } = stage;
    await subscribed('sub_1', {}, { include });
    await found('sub_1', 'a', 'b', 'c', 'd', 'e');
    const { read, reads } = reader(stage, () => null);
    await courier({ read }).run(clock.nowMs + 1);
    expect(reads).toHaveLength(5);
    expect(sent.map(({ body }) => body.data['message'])).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((subject) => expect.objectContaining({ id: '1.7', subject, text: 'Hello' })),
    );
  }),
);

it(
  'while the mail server is down for a day nobody is called and nothing is used up, and afterwards all goes out',
  withCourier(async (stage) => {
    const { kept, sent, courier, subscribed, found, play, clock } = stage;
    await subscribed('sub_1', {}, { include });
    await found('sub_1', 'a', 'b', 'c');
    const backMs = clock.nowMs + day;
    const { read, reads } = reader(stage, (atMs) => (atMs < backMs ? down : null));
    const sending = courier({ read });
    await play(sending, backMs - minute);
    expect(sent).toEqual([]);
    const { deliveries } = await kept.page('sub_1', page);
    expect(deliveries.map(({ status, attemptCount }) => [status, attemptCount])).toEqual(
      Array.from({ length: 3 }, () => ['pending', 0]),
    );
    expect(deliveries.at(-1)?.attempts.at(-1)).toMatchObject({ failure: 'unreadable', status: null });
    expect((await kept.subscriptions())[0]?.receiver).toBeNull();
    expect(reads.length).toBeLessThan(day / limits.unreadableMostMs + 10);
    await play(sending, backMs + hour);
    expect(new Set(namesOf(sent))).toEqual(new Set(['a', 'b', 'c']));
    expect(sent.every(({ atMs }) => atMs < backMs + 2 * limits.unreadableMostMs)).toBe(true);
    expect(sent.every(({ body }) => !('leftOut' in body.data))).toBe(true);
  }),
);

it(
  'what says nothing of a message goes out all the same',
  withCourier(async (stage) => {
    const { kept, sent, courier, subscribed, found, clock } = stage;
    await subscribed('sub_1', {}, { include });
    await found('sub_1', 'a', 'b');
    const { read } = reader(stage, () => down);
    const sending = courier({ read });
    await sending.run(clock.nowMs + 1);
    const failed = {
      id: 'evt_f',
      type: 'account.failed',
      atMs: 0,
      data: { reason: 'unreachable' },
      ref: null,
    } as const;
    await kept.commit([
      { kind: 'delivery-added', delivery: { subscriptionId: 'sub_1', event: failed }, atMs: clock.nowMs },
    ]);
    expect(await sending.nextMs()).toBe(clock.nowMs);
    await sending.run(clock.nowMs + 1);
    expect(namesOf(sent)).toEqual(['f']);
    expect(await sending.nextMs()).toBe(clock.nowMs + limits.unreadableMs);
  }),
);

it.each(['message-not-found', 'state-gone', 'mailbox-not-found', 'mailbox-not-granted'] as const)(
  'a message that is gone (%s) goes out as it was, at once',
  (kind) =>
    withCourier(async (stage) => {
      const { sent, courier, subscribed, found, clock } = stage;
      await subscribed('sub_1', {}, { include });
      await found('sub_1', 'a');
      await courier({ read: reader(stage, () => ({ kind })).read }).run(clock.nowMs + 1);
      expect(sent.map(({ body }) => body.data)).toEqual([
        expect.objectContaining({ isMessageGone: true, message: expect.objectContaining({ subject: 'a' }) }),
      ]);
    })(),
);

it(
  'a message that nobody can read goes out at once, and says what is left out',
  withCourier(async (stage) => {
    const { sent, courier, subscribed, found, clock } = stage;
    await subscribed('sub_1', {}, { include });
    await found('sub_1', 'a', 'b');
    let count = 0;
    const read: MessageReader = async () => {
      if (count++ === 0) throw new TypeError('a bug');
      return { ok: false, failure: { kind: 'protocol-violated', detail: '' } };
    };
    await courier({ read }).run(clock.nowMs + 1);
    expect(sent.map(({ body }) => body.data['leftOut'])).toEqual([['text'], ['text']]);
  }),
);

it(
  'a message that a mail server cannot get over keeps no other, and goes out without itself after an hour',
  withCourier(async (stage) => {
    const { sent, courier, subscribed, found, play, clock } = stage;
    await subscribed('sub_1', {}, { include });
    await found('sub_1', 'bad', 'a', 'b', 'c');
    const beganMs = clock.nowMs;
    const { read } = reader(stage, () => null);
    const hostile: MessageReader = async (owner, ref, asked) => {
      const isBad = ref.protocol === 'pop3' && ref.uidl === 'bad';
      return isBad ? { ok: false, failure: { kind: 'connection-lost' } } : read(owner, ref, asked);
    };
    await play(courier({ read: hostile }), beganMs + day);
    expect(new Set(namesOf(sent.slice(0, 3)))).toEqual(new Set(['a', 'b', 'c']));
    expect(sent.slice(0, 3).every(({ atMs }) => atMs <= beganMs + 2 * limits.unreadableMs)).toBe(true);
    expect(sent[3]).toMatchObject({ id: 'evt_bad', body: { data: { leftOut: ['text'] } } });
    expect((sent[3]?.atMs ?? 0) - beganMs).toBeLessThan(limits.unreadableMessageMs + 2 * limits.unreadableMostMs);
  }),
);

it(
  'after three days without the mail server the event goes out without its message',
  withCourier(async (stage) => {
    const { sent, courier, subscribed, found, play, clock } = stage;
    await subscribed('sub_1', {}, { include, order: 'in-order' });
    await found('sub_1', 'a');
    const beganMs = clock.nowMs;
    await play(courier({ read: reader(stage, () => down).read }), beganMs + 4 * day);
    expect(sent.map(({ body }) => body.data['leftOut'])).toEqual([['text']]);
    expect((sent[0]?.atMs ?? 0) - beganMs).toBeGreaterThanOrEqual(limits.unreadableGivenUpMs);
  }),
);

it(
  'it is read again for each attempt, and is what it was noticed as',
  withCourier(async (stage) => {
    const { sent, courier, subscribed, found, play, clock } = stage;
    await subscribed('sub_1', {}, { include });
    await found('sub_1', 'a');
    stage.answer = () => (sent.length < 3 ? refused() : arrived());
    let count = 0;
    const read: MessageReader = async () => ({ ok: true, value: { subject: 'other', text: `read ${++count} times` } });
    await play(courier({ read }), clock.nowMs + day);
    expect(sent.map(({ body }) => body.data['message'])).toEqual(
      [1, 2, 3].map((times) => expect.objectContaining({ subject: 'a', text: `read ${times} times` })),
    );
  }),
);

it(
  'a subscription that is erased while its message is read is not told of it',
  withCourier(async (stage) => {
    const { kept, sent, courier, subscribed, found, clock } = stage;
    await subscribed('sub_1', {}, { include });
    await subscribed('sub_2');
    await found('sub_1', 'a');
    const read: MessageReader = async () => {
      await kept.commit([{ kind: 'subscription-erased', id: 'sub_1' }]);
      return { ok: true, value: { text: 'Hello' } };
    };
    await courier({ read }).run(clock.nowMs + 1);
    expect(sent).toEqual([]);
  }),
);

describe('an event that is sent once more', () => {
  const event = (type: EventType): WatchEvent => ({
    id: 'evt_1',
    type,
    atMs: 5,
    data: { mailboxId: 'mb_SU5CT1g', message: { id: '1.7', keywords: {} } },
    ref: { protocol: 'pop3', uidl: 'a', occurrence: null },
  });
  const now = { id: '1.7', keywords: { $seen: true } } as const;
  const reading: MessageReader = async (_owner, _ref, asked) =>
    asked.text ? { ok: false, failure: { kind: 'internal' } } : { ok: true, value: now };

  it.each(['message.received', 'message.updated'] as const)('has its message as it is now: %s', async (type) => {
    const again = await replayOf(subscription('sub_1'), event(type), reading);
    expect(again).toEqual({ ok: true, value: { ...event(type), data: { mailboxId: 'mb_SU5CT1g', message: now } } });
  });

  it.each(['message.deleted', 'mailbox.reset'] as const)(
    'is what it was when there is no message: %s',
    async (type) => {
      expect(await replayOf(subscription('sub_1'), event(type), reading)).toEqual({ ok: true, value: event(type) });
    },
  );

  it.each([
    ['message-not-found', 'message-not-found'],
    ['state-gone', 'message-not-found'],
    ['mailbox-not-found', 'message-not-found'],
    ['connect-failed', 'connect-failed'],
  ] as const)('is refused when its message cannot be read (%s)', async (kind, told) => {
    const read: MessageReader = async () => ({ ok: false, failure: { kind } });
    const again = await replayOf(subscription('sub_1'), event('message.received'), read);
    expect(again).toEqual({ ok: false, failure: { kind: told } });
  });
});
