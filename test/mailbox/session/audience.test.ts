/**
 * Who is told what, and how often is it looked?
 */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { err, Failed, type MailFailure, ok } from '../../../src/core/failure.ts';
import { limits } from '../../../src/core/limits.ts';
import type { FetchedChanges, Uid } from '../../../src/mailbox/answers.ts';
import { Audience, type Look } from '../../../src/mailbox/session/audience.ts';
import { Listener } from '../../../src/mailbox/session/listener.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A mailbox whose state is how many messages it has, and who looks at it. */
function mailbox() {
  const looks: number[] = [];
  const all = { total: 0, looks };
  const look: Look = async (since, maxChanges) => {
    const old = since[0] ?? 0;
    looks.push(old);
    const next = Math.min(all.total, old + maxChanges);
    const created = Array.from({ length: next - old }, (_, index) => (old + index + 1) as Uid);
    return ok(changesOf({ oldState: since, newState: stateOf(next), hasMoreChanges: next < all.total, created }));
  };
  return { all, look };
}

const stateOf = (total: number): Uint8Array => Uint8Array.of(total);
const changesOf = (told: Partial<FetchedChanges>): FetchedChanges => ({
  ...{ mailboxPath: 'INBOX', uidValidity: 1, oldState: null, newState: stateOf(0), hasMoreChanges: false },
  ...{ created: [], updated: [], destroyed: [] },
  ...told,
});

function listenerIn(audience: Audience, total: number, maxChanges = 100): Listener {
  const listener = new Listener(stateOf(total), maxChanges, audience.wake);
  audience.join(listener);
  return listener;
}

const createdIn = async (told: ReturnType<Listener['next']>): Promise<readonly number[]> => {
  const result = await told;
  return result?.ok === true ? result.value.created : [];
};

it('tells those who know the same what was found in one look, and others what is new to them', async () => {
  const { all, look } = mailbox();
  all.total = 3;
  const audience = new Audience();
  const told = [2, 2, 1, 2].map((total) => createdIn(listenerIn(audience, total).next(1000)));
  await audience.tell(look);
  expect(await Promise.all(told)).toEqual([[3], [3], [2, 3], [3]]);
  expect(all.looks).toEqual([2, 1]);
});

it('queues nothing for one who does not ask: it is told all as one when it does, from the state that it knew', async () => {
  const { all, look } = mailbox();
  const audience = new Audience();
  const listener = listenerIn(audience, 0);
  for (let round = 0; round < 5; round++) {
    all.total += 1;
    audience.alarm();
    await audience.tell(look);
  }
  expect(all.looks).toEqual([]);
  const told = listener.next(1000);
  await audience.tell(look);
  expect(await told).toMatchObject({ value: { oldState: stateOf(0), created: [1, 2, 3, 4, 5] } });
});

it('goes on telling while there is more than fits into one answer', async () => {
  const { all, look } = mailbox();
  all.total = 5;
  const audience = new Audience();
  const listener = listenerIn(audience, 0, 2);
  const told: (readonly number[])[] = [];
  for (let round = 0; round < 3; round++) {
    const next = createdIn(listener.next(1000));
    await audience.rest(Date.now() + 60_000);
    await audience.tell(look);
    told.push(await next);
  }
  expect(told).toEqual([[1, 2], [3, 4], [5]]);
});

it('answers nothing after the time that is waited for, and does not forget what comes then', async () => {
  const { all, look } = mailbox();
  const audience = new Audience();
  const listener = listenerIn(audience, 0);
  const waiting = listener.next(1000);
  await audience.tell(look);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await waiting).toBeNull();
  all.total = 1;
  audience.alarm();
  await audience.tell(look);
  const next = createdIn(listener.next(1000));
  await audience.tell(look);
  expect(await next).toEqual([1]);
});

it('fails those alone for whose state nothing can be told', async () => {
  const { all, look } = mailbox();
  all.total = 9;
  const audience = new Audience();
  const old = listenerIn(audience, 0).next(1000);
  const recent = createdIn(listenerIn(audience, 8).next(1000));
  await audience.tell(async (since, most) => (since[0] === 0 ? err({ kind: 'state-gone' }) : look(since, most)));
  expect(await old).toEqual(err({ kind: 'state-gone' }));
  expect(await recent).toEqual([9]);
});

it('fails nobody for what may pass', async () => {
  const lost: MailFailure = { kind: 'connection-lost' };
  const { all, look } = mailbox();
  all.total = 1;
  const audience = new Audience();
  const told = createdIn(listenerIn(audience, 0).next(1000));
  await expect(audience.tell(async () => err(lost))).rejects.toEqual(new Failed(lost));
  await audience.tell(look);
  expect(await told).toEqual([1]);
});

it('is looked for at once for who is new, and after a pause for news, which grows while there are none', async () => {
  const { all, look } = mailbox();
  const audience = new Audience();
  const listener = listenerIn(audience, 0);
  const told = listener.next(600_000);
  await audience.rest(Date.now() + 600_000);
  await audience.tell(look);
  const pauses: number[] = [];
  for (let round = 0; round < 8; round++) {
    audience.alarm();
    const from = Date.now();
    const rested = audience.rest(from + 600_000);
    await vi.advanceTimersToNextTimerAsync();
    await rested;
    pauses.push(Date.now() - from);
    await audience.tell(look);
  }
  const { livePauseMs: pause, livePauseMostMs: most } = limits;
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 64].map((times) => Math.min(times * pause, most)));
  all.total = 1;
  audience.alarm();
  await audience.tell(look);
  expect(await createdIn(told)).toEqual([1]);
});

it('rests no longer when the last has left', async () => {
  const { look } = mailbox();
  const audience = new Audience();
  const listener = listenerIn(audience, 0);
  const told = listener.next(600_000);
  await audience.tell(look);
  const rested = audience.rest(Date.now() + 600_000);
  audience.leave(listener);
  await rested;
  expect(await told).toBeNull();
});

it('tells also those of a change for whom it was not looked when the server told of it, which it does once', async () => {
  const { all, look } = mailbox();
  const audience = new Audience();
  const listeners = [listenerIn(audience, 0)];
  const told = listeners.map((listener) => createdIn(listener.next(60_000)));
  await audience.tell(look);
  all.total = 1;
  // It is looked for those who are new. What arrives just then is told along with that, and never again.
  for (const total of [0, 1]) {
    const listener = listenerIn(audience, total);
    listeners.push(listener);
    told.push(createdIn(listener.next(60_000)));
  }
  await audience.tell(async (since, most) => {
    const found = await look(since, most);
    all.total = 2;
    return found;
  });
  expect(await Promise.all(told)).toEqual([[1], [1], [2]]);
  const again = listeners.slice(0, 2).map((listener) => createdIn(listener.next(60_000)));
  const rested = audience.rest(Date.now() + 60_000);
  await vi.advanceTimersByTimeAsync(limits.livePauseMs);
  await rested;
  await audience.tell(look);
  expect(await Promise.all(again)).toEqual([[2], [2]]);
});
