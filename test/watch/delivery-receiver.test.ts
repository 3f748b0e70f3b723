/**
 * How often is a receiver called that fails? Told by playing days of it, with a clock that is passed in.
 */
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { afterFailedCall, attemptsAllowed, isGivenUp, type ReceiverState } from '../../src/watch/delivery/receiver.ts';
import { nextTry, restMsOf } from '../../src/watch/delivery/schedule.ts';
import { seeded } from '../support/random.ts';

const standard = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
const minute = 60_000;
const hour = 60 * minute;
const startMs = Date.UTC(2026, 10, 16);

interface Waiting {
  readonly seq: number;
  readonly used: number;
  readonly dueMs: number;
}

interface Played {
  /** When each call went out. */
  readonly calls: readonly { readonly atMs: number; readonly seq: number }[];
  readonly delivered: ReadonlyMap<number, number>;
  readonly dead: number;
  readonly state: ReceiverState | null;
}

/** One call after the other, as the courier makes them: the oldest that is due, when the receiver may be called. */
function play(events: number, untilMs: number, isUp: (atMs: number, seq: number) => boolean, seed = 1): Played {
  const random = seeded(seed);
  const chance = () => random.below(1_000_000) / 1_000_000;
  const waiting = new Map<number, Waiting>();
  for (let seq = 1; seq <= events; seq++) waiting.set(seq, { seq, used: 0, dueMs: startMs });
  const calls: { atMs: number; seq: number }[] = [];
  const delivered = new Map<number, number>();
  let state: ReceiverState | null = null;
  let dead = 0;
  for (let nowMs = startMs; nowMs < untilMs; ) {
    const due = [...waiting.values()].find(({ dueMs }) => dueMs <= nowMs);
    if (due === undefined || attemptsAllowed(state, 'parallel', nowMs) === 0) {
      const nextMs = Math.min(...[...waiting.values()].map(({ dueMs }) => dueMs));
      if (!Number.isFinite(nextMs)) break;
      nowMs = Math.max(nextMs, state?.restUntilMs ?? 0, nowMs + 1);
      continue;
    }
    calls.push({ atMs: nowMs, seq: due.seq });
    const durationMs = 200;
    if (isUp(nowMs, due.seq)) {
      waiting.delete(due.seq);
      delivered.set(due.seq, nowMs);
      state = null;
    } else {
      const failed = { atMs: nowMs, durationMs, retryAfterMs: null };
      state = afterFailedCall(state, failed, restMsOf(standard, chance()));
      const { status, dueMs } = nextTry(standard, due.used + 1, null, nowMs + durationMs, chance());
      if (status === 'dead') {
        waiting.delete(due.seq);
        dead += 1;
      } else waiting.set(due.seq, { ...due, used: due.used + 1, dueMs: dueMs ?? 0 });
    }
    nowMs += durationMs;
  }
  return { calls, delivered, dead, state };
}

describe('a receiver that is down, with a thousand events waiting,', () => {
  it('is called no more than once in a quarter of an hour, after the first minutes', () => {
    const { calls, dead } = play(1000, startMs + 24 * hour, () => false);
    expect(calls.length).toBeLessThan(5 + (24 * hour) / (limits.receiverRestMostMs * 0.9));
    expect(calls.slice(0, 3).every(({ atMs }) => atMs < startMs + minute)).toBe(true);
    // A quarter of an hour apart, all but the first ones: nothing is given up in less than its three days.
    const pauses = calls.slice(5).map(({ atMs }, index) => atMs - (calls[index + 4]?.atMs ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThan(5 * minute * 0.9);
    expect(dead).toBe(0);
  });

  it('gets all of them within a quarter of an hour and the time that they take, when it is back', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const backMs = startMs + seed * hour;
      const { delivered, dead } = play(1000, startMs + 100 * hour, (atMs) => atMs >= backMs, seed);
      const times = [...delivered.values()];
      expect(delivered.size + dead, `seed ${seed}`).toBe(1000);
      expect(dead, `seed ${seed}`).toBe(0);
      // Those that were tried before wait for their own next time, at most the longest of their schedules.
      expect(Math.min(...times) - backMs, `seed ${seed}`).toBeLessThan(limits.receiverRestMostMs);
      const untried = times.filter((atMs) => atMs > backMs + limits.receiverRestMostMs + 1000 * 200);
      expect(untried.length, `seed ${seed}`).toBeLessThanOrEqual(seed * 5);
    }
  });

  it('is given up after days, and not before', () => {
    const { state } = play(1000, startMs + 4 * 24 * hour, () => false);
    expect(state?.failingSinceMs).toBe(startMs);
    expect(state !== null && isGivenUp(state, startMs + limits.receiverFailingMs - 1)).toBe(false);
    expect(state !== null && isGivenUp(state, startMs + limits.receiverFailingMs)).toBe(true);
  });
});

it('a receiver that fails a third of the time gets all events, and each within its schedule', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seeded(seed + 1000);
    const { delivered, dead, calls } = play(200, startMs + 100 * hour, () => random.below(3) > 0, seed);
    expect([delivered.size, dead], `seed ${seed}`).toEqual([200, 0]);
    expect(calls.length, `seed ${seed}`).toBeLessThan(500);
  }
});

it('an event that its receiver cannot take is given up, and keeps no other for longer than a rest', () => {
  const { delivered, dead, calls } = play(50, startMs + 100 * hour, (_atMs, seq) => seq !== 1);
  expect([delivered.size, dead]).toEqual([49, 1]);
  expect(calls.filter(({ seq }) => seq === 1)).toHaveLength(standard.length + 1);
  expect(Math.max(...delivered.values()) - startMs).toBeLessThan(limits.receiverRestMostMs);
});

describe('what is allowed', () => {
  const failing = { failures: 3, failingSinceMs: startMs, restUntilMs: startMs + 5000 };

  it('is several at a time for who is well, one for who wants them in order or has failed, none for who rests', () => {
    expect(attemptsAllowed(null, 'parallel', startMs)).toBe(limits.deliveriesAtOnceOfOne);
    expect(attemptsAllowed(null, 'in-order', startMs)).toBe(1);
    expect(attemptsAllowed({ ...failing, failures: 2, restUntilMs: 0 }, 'parallel', startMs)).toBe(4);
    expect(attemptsAllowed(failing, 'parallel', startMs + 4999)).toBe(0);
    expect(attemptsAllowed(failing, 'parallel', startMs + 5000)).toBe(1);
  });

  it('is nothing for as long as a receiver asks for, from its first failure on', () => {
    const failed = { atMs: startMs, durationMs: 0, retryAfterMs: hour };
    const state = afterFailedCall(null, failed, restMsOf(standard, 0.5));
    expect(state).toEqual({ failures: 1, failingSinceMs: startMs, restUntilMs: startMs + hour });
  });

  it('counts what failed beside each other once', () => {
    const failed = { atMs: startMs, durationMs: 100, retryAfterMs: null };
    const restMs = restMsOf(standard, 0.5);
    let state: ReceiverState | null = null;
    for (let call = 0; call < 5; call++) state = afterFailedCall(state, failed, restMs);
    expect(state).toEqual({ failures: 3, failingSinceMs: startMs, restUntilMs: startMs + 100 + 5000 });
  });
});
