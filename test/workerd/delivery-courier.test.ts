/**
 * Which events go to their receivers, and when?
 *
 * Of one event and one receiver the rules are tested in `test/watch/`; here they are what becomes of stored events.
 */
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { faultsByHand } from '../support/webhook-signature.ts';
import { arrived, day, hour, minute, namesOf, refused, withCourier, withQuietLog } from './delivery-home.ts';

withQuietLog();

const page = { limit: 100, before: null, status: null };
const several = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

describe('what waits', () => {
  it(
    'goes out once, the oldest first, and is delivered',
    withCourier(async ({ kept, sent, courier, subscribed, found, clock }) => {
      await subscribed('sub_1');
      await found('sub_1', ...several);
      const sending = courier();
      await sending.run(clock.nowMs + 1);
      expect(namesOf(sent)).toEqual(several);
      const { deliveries } = await kept.page('sub_1', page);
      expect(new Set(deliveries.map(({ status, attemptCount }) => `${status} ${attemptCount}`))).toEqual(
        new Set(['delivered 1']),
      );
      expect([await sending.nextMs(), kept.counts('sub_1').pending]).toEqual([null, 0]);
      await courier().run(clock.nowMs + 1);
      expect(sent).toHaveLength(several.length);
    }),
  );

  it(
    'goes out again, as the same event, when what came of it could not be stored',
    withCourier(async ({ sent, courier, subscribed, found, clock, breakAt }) => {
      await subscribed('sub_1');
      await found('sub_1', 'a');
      const sending = courier({
        endOf: async () => [],
        lapseOf: () => {
          // Whatever is written from now on fails.
          breakAt(2);
          return null;
        },
      });
      await expect(sending.run(clock.nowMs + 1)).rejects.toThrow('disk full');
      breakAt(0);
      await courier().run(clock.nowMs + 1);
      expect(namesOf(sent)).toEqual(['a', 'a']);
      expect(sent[0]?.body).toEqual(sent[1]?.body);
    }),
  );

  it(
    'goes out at once when it is found while others are under way',
    withCourier(async (stage) => {
      const { sent, courier, subscribed, found, clock } = stage;
      await subscribed('sub_1');
      await found('sub_1', 'a');
      const first = Promise.withResolvers<Response>();
      stage.answer = ({ id }) => (id === 'evt_a' ? first.promise : arrived());
      const sending = courier();
      const running = sending.run(clock.nowMs + 1);
      await expect.poll(() => namesOf(sent)).toEqual(['a']);
      await found('sub_1', 'b');
      const joined = sending.run(clock.nowMs + 1);
      await expect.poll(() => namesOf(sent)).toEqual(['a', 'b']);
      first.resolve(arrived());
      await Promise.all([running, joined]);
    }),
  );

  it(
    'stays where it is while its subscription is paused, and goes out afterwards',
    withCourier(async ({ sent, courier, subscribed, found, clock }) => {
      await subscribed('sub_1', { status: 'paused' });
      await found('sub_1', 'a');
      const sending = courier();
      await sending.run(clock.nowMs + 1);
      expect([sent, await sending.nextMs()]).toEqual([[], null]);
      await subscribed('sub_1');
      await sending.run(clock.nowMs + 1);
      expect(namesOf(sent)).toEqual(['a']);
    }),
  );

  it(
    'is not begun when the time is over',
    withCourier(async ({ sent, courier, subscribed, found, clock }) => {
      await subscribed('sub_1');
      await found('sub_1', 'a');
      const sending = courier();
      await sending.run(clock.nowMs);
      expect([sent, await sending.nextMs()]).toEqual([[], clock.nowMs]);
    }),
  );
});

describe('several receivers', () => {
  it(
    'get several events at a time, and one that does not answer keeps none from the others',
    withCourier(async (stage) => {
      const { sent, courier, subscribed, found, clock } = stage;
      await subscribed('sub_1');
      await subscribed('sub_2');
      await found('sub_1', ...several);
      await found('sub_2', ...several.map((name) => `2${name}`));
      const silence = Promise.withResolvers<Response>();
      stage.answer = ({ path }) => (path === '/sub_1' ? silence.promise.then((answer) => answer.clone()) : arrived());
      const running = courier().run(clock.nowMs + 1);
      const of = (path: string) => sent.filter((call) => call.path === path);
      await expect.poll(() => of('/sub_2')).toHaveLength(several.length);
      expect(of('/sub_1')).toHaveLength(limits.deliveriesAtOnceOfOne);
      silence.resolve(arrived());
      await running;
      expect(of('/sub_1')).toHaveLength(several.length);
    }),
  );

  it(
    'have their turns when there are more of them than attempts at a time',
    withCourier(async (stage) => {
      const { sent, courier, subscribed, found, clock } = stage;
      const ids = Array.from({ length: 12 }, (_, index) => `sub_${index}`);
      for (const id of ids) {
        await subscribed(id);
        await found(id, ...several);
      }
      let atOnce = 0;
      let most = 0;
      stage.answer = async () => {
        most = Math.max(most, ++atOnce);
        await scheduler.wait(0);
        atOnce -= 1;
        return arrived();
      };
      await courier().run(clock.nowMs + 1);
      expect([sent.length, most]).toEqual([120, limits.deliveriesAtOnce]);
      // Each has had its first before any has had its third.
      const third = sent.findIndex(
        ({ path }, index) => sent.slice(0, index).filter((other) => other.path === path).length === 2,
      );
      expect(new Set(sent.slice(0, third).map(({ path }) => path)).size).toBe(ids.length);
    }),
  );
});

describe('in order', () => {
  it(
    'none goes before the one that came before it has arrived',
    withCourier(async (stage) => {
      const { sent, courier, subscribed, found, play, clock } = stage;
      await subscribed('sub_1', {}, { order: 'in-order' });
      await found('sub_1', 'a', 'b', 'c');
      let failures = 0;
      stage.answer = ({ id }) => (id === 'evt_b' && failures++ < 2 ? refused() : arrived());
      await play(courier(), clock.nowMs + day);
      expect(namesOf(sent)).toEqual(['a', 'b', 'b', 'b', 'c']);
    }),
  );

  it(
    'or is given up',
    withCourier(async (stage) => {
      const { kept, sent, courier, subscribed, found, play, clock } = stage;
      await subscribed('sub_1', {}, { order: 'in-order' });
      await found('sub_1', 'a', 'b');
      stage.answer = ({ id }) => (id === 'evt_a' ? refused() : arrived());
      await play(courier(), clock.nowMs + 4 * day);
      expect(namesOf(sent)).toEqual([...Array.from({ length: 10 }, () => 'a'), 'b']);
      expect(kept.counts('sub_1')).toEqual({ pending: 0, dead: 1 });
    }),
  );
});

describe('a receiver that fails', () => {
  it(
    'is left alone after three times, also by whoever finds the object again, and no other event is used up',
    withCourier(async (stage) => {
      const { kept, sent, courier, subscribed, found, clock, store } = stage;
      await subscribed('sub_1');
      await found('sub_1', ...several);
      stage.answer = () => refused();
      const beganMs = clock.nowMs;
      await courier().run(clock.nowMs + 1);
      const begun = sent.length;
      expect(begun).toBeLessThanOrEqual(2 + limits.deliveriesAtOnceOfOne);
      expect(begun).toBeGreaterThanOrEqual(limits.receiverFailures);
      const again = courier({ store: store() });
      await again.run(clock.nowMs + 1);
      expect(sent).toHaveLength(begun);
      expect(await again.nextMs()).toBe(beganMs + 5_000);
      clock.nowMs += 5_000;
      await again.run(clock.nowMs + 1);
      expect(namesOf(sent.slice(begun))).toEqual(['a']);
      const { deliveries } = await kept.page('sub_1', page);
      expect(deliveries.filter(({ attemptCount }) => attemptCount === 0).length).toBe(several.length - begun);
    }),
  );

  it(
    'gets everything when it is well again',
    withCourier(async (stage) => {
      const { sent, courier, subscribed, found, play, clock } = stage;
      await subscribed('sub_1');
      await found('sub_1', ...several);
      const backMs = clock.nowMs + 3 * hour;
      stage.answer = ({ atMs }) => (atMs < backMs ? refused(503) : arrived());
      await play(courier(), clock.nowMs + 2 * day);
      const after = sent.filter(({ atMs }) => atMs >= backMs);
      expect(new Set(namesOf(after))).toEqual(new Set(several));
      expect(after[0]?.atMs).toBeLessThan(backMs + limits.receiverRestMostMs);
      // Once in a quarter of an hour, and the first ones.
      expect(sent.length - after.length).toBeLessThan(12 + 8);
    }),
  );

  it(
    'that asks for time gets no other event meanwhile',
    withCourier(async (stage) => {
      const { sent, courier, subscribed, found, play, clock } = stage;
      await subscribed('sub_1', {}, { order: 'in-order' });
      await found('sub_1', 'a', 'b');
      const beganMs = clock.nowMs;
      stage.answer = ({ atMs }) => (atMs === beganMs ? refused(429, { 'Retry-After': '3600' }) : arrived());
      const sending = courier();
      await sending.run(clock.nowMs + 1);
      await found('sub_1', 'c');
      await play(sending, clock.nowMs + day);
      expect(sent.map(({ id, atMs }) => [id, atMs - beganMs])).toEqual([
        ['evt_a', 0],
        ['evt_a', hour],
        ['evt_b', hour],
        ['evt_c', hour],
      ]);
    }),
  );

  it(
    'gets each event ten times over three days, and then the event is dead',
    withCourier(async (stage) => {
      const { kept, sent, courier, subscribed, found, play, clock } = stage;
      await subscribed('sub_1');
      await found('sub_1', 'a');
      stage.answer = () => refused();
      const beganMs = clock.nowMs;
      await play(courier(), clock.nowMs + 10 * day);
      const standard = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
      const waits = sent.map(({ atMs }, index) => (atMs - (sent[index - 1]?.atMs ?? beganMs)) / 1000);
      expect(waits).toEqual(standard);
      const [delivery] = (await kept.page('sub_1', page)).deliveries;
      expect(delivery).toMatchObject({ status: 'dead', attemptCount: 10, dueMs: null });
      expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
      expect(new Set(sent.map(({ headers }) => headers.get('webhook-timestamp'))).size).toBe(10);
    }),
  );

  it(
    'for days is not called any more, and nothing that waits is lost',
    withCourier(async (stage) => {
      const { kept, sent, courier, subscribed, found, play, clock } = stage;
      await subscribed('sub_1');
      stage.answer = () => refused();
      const beganMs = clock.nowMs;
      const sending = courier();
      for (let days = 0; days < 6; days++) {
        await found('sub_1', `of-day-${days}`);
        await play(sending, beganMs + (days + 1) * day);
        clock.nowMs = beganMs + (days + 1) * day;
      }
      const [subscription] = await kept.subscriptions();
      expect(subscription?.subscription).toMatchObject({ status: 'suspended', statusReason: 'receiver-failing' });
      expect(Math.max(...sent.map(({ atMs }) => atMs)) - beganMs).toBeLessThan(5.1 * day);
      expect([kept.counts('sub_1').pending > 0, await sending.nextMs()]).toEqual([true, null]);
    }),
  );

  it(
    'and takes a test is well again',
    withCourier(async (stage) => {
      const { kept, sent, courier, subscribed, found, clock } = stage;
      await subscribed('sub_1');
      await found('sub_1', ...several);
      stage.answer = () => refused();
      const sending = courier();
      await sending.run(clock.nowMs + 1);
      stage.answer = arrived;
      const [{ subscription, receiver } = { subscription: null, receiver: null }] = await kept.subscriptions();
      expect(receiver).toMatchObject({ failures: 3 });
      if (subscription === null) throw new Error('It is gone.');
      expect(await sending.test(subscription)).toMatchObject({ status: 204, failure: null });
      expect(sent.at(-1)?.body).toMatchObject({ type: 'subscription.test', data: { subscriptionId: 'sub_1' } });
      expect((await kept.subscriptions())[0]?.receiver).toBeNull();
    }),
  );
});

it(
  'a receiver that is gone ends its subscription, and gets nothing else',
  withCourier(async (stage) => {
    const { kept, sent, courier, subscribed, found, play, clock } = stage;
    await subscribed('sub_1', {}, { order: 'in-order' });
    await found('sub_1', 'a', 'b', 'c');
    stage.answer = () => refused(410);
    await play(courier(), clock.nowMs + 4 * day);
    expect(namesOf(sent)).toEqual(['a']);
    const { deliveries } = await kept.page('sub_1', page);
    expect(deliveries.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'dead']);
    expect((await kept.subscriptions())[0]?.subscription).toMatchObject({
      status: 'ended',
      statusReason: 'receiver-gone',
    });
  }),
);

it(
  'a capsule that has ended lets nothing of the mail out any more, but that it has',
  withCourier(async ({ kept, sent, courier, subscribed, found, clock, play }) => {
    await subscribed('sub_1');
    await found('sub_1', 'a', 'b');
    const told = {
      id: 'evt_end',
      type: 'account.failed',
      atMs: 0,
      data: { reason: 'capsule-expired' },
      ref: null,
    } as const;
    const sending = courier({
      lapseOf: () => 'capsule-expired',
      endOf: async (subscription) => [
        { kind: 'subscription', subscription: { ...subscription, status: 'ended', statusReason: 'capsule-expired' } },
        { kind: 'delivery-added', delivery: { subscriptionId: subscription.id, event: told }, atMs: clock.nowMs },
      ],
    });
    await play(sending, clock.nowMs + day);
    expect(namesOf(sent)).toEqual(['end']);
    const { deliveries } = await kept.page('sub_1', page);
    expect(deliveries.map(({ status }) => status)).toEqual(['delivered', 'cancelled', 'cancelled']);
  }),
);

it(
  'each attempt is signed with the secrets that are good by then, at its own time',
  withCourier(async (stage) => {
    const { sent, courier, subscribed, found, play, clock } = stage;
    const secretOf = (text: string) => `whsec_${btoa(text)}`;
    const beganMs = clock.nowMs;
    const secrets = [
      { secret: secretOf('the new key of 24 octets'), untilMs: null },
      { secret: secretOf('the old key of 24 octets'), untilMs: beganMs + minute },
    ];
    await subscribed('sub_1', { secrets });
    await found('sub_1', 'a');
    stage.answer = ({ atMs }) => (atMs < beganMs + 5 * minute ? refused() : arrived());
    await play(courier(), clock.nowMs + day);
    const signatures = sent.map(({ headers }) => headers.get('webhook-signature')?.split(' ').length);
    expect(signatures).toEqual([2, 2, 1]);
    for (const { headers, body, atMs } of sent) {
      const signed = { headers: Object.fromEntries(headers), body: new TextEncoder().encode(JSON.stringify(body)) };
      expect(faultsByHand(signed, secrets[0]?.secret ?? '', atMs)).toEqual([]);
    }
  }),
);
