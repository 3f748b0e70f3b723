import { describe, expect, it, test } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { nextReadMs, nextTry, parseRetrySeconds } from '../../src/watch/delivery/schedule.ts';
import { seeded } from '../support/random.ts';

const hour = 60 * 60_000;
/** What wrangler.proxy.toml has: Standard Webhooks' own. */
const standard = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
const nowMs = Date.UTC(2026, 10, 16);

test.each([
  ['5,300,1800', [5, 300, 1800]],
  [' 5 , 300 ', [5, 300]],
  ['0', [0]],
  ['', []],
])('delays are read: %j', (text, delays) => {
  expect(parseRetrySeconds(text)).toEqual(delays);
});

test.each(['5,', ',5', '5;300', '-5', '1.5', '5s', '12345678', 'NaN'])('anything else is no schedule: %j', (text) => {
  expect(parseRetrySeconds(text)).toBeNull();
});

describe('an event that fails each time', () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'is tried ten times over three days, each wait a tenth longer or shorter at most (seed %i)',
    (seed) => {
      const random = seeded(seed);
      const chance = () => random.below(1_000_000) / 1_000_000;
      let atMs = nowMs;
      for (const [index, delay] of standard.entries()) {
        const { status, dueMs } = nextTry(standard, index + 1, null, atMs, chance());
        expect(status).toBe('pending');
        const waitMs = (dueMs ?? 0) - atMs;
        expect(waitMs).toBeGreaterThanOrEqual(delay * 900);
        expect(waitMs).toBeLessThanOrEqual(delay * 1100);
        atMs += waitMs;
      }
      expect(nextTry(standard, 10, null, atMs, chance())).toEqual({ status: 'dead', dueMs: null });
      expect(atMs - nowMs).toBeGreaterThan(0.9 * 75 * hour);
      expect(atMs - nowMs).toBeLessThan(1.1 * 76 * hour);
    },
  );

  it('is given up at once where nothing is to be sent twice', () => {
    expect(nextTry([], 1, null, nowMs, 0)).toEqual({ status: 'dead', dueMs: null });
  });

  it('comes back later when its receiver asks for that, and not sooner', () => {
    expect(nextTry(standard, 1, hour, nowMs, 0.5)).toEqual({ status: 'pending', dueMs: nowMs + hour });
    expect(nextTry(standard, 4, 1000, nowMs, 0.5)).toEqual({ status: 'pending', dueMs: nowMs + 2 * hour });
  });

  it('is given up after its last attempt, whatever its receiver asks for', () => {
    expect(nextTry(standard, 10, hour, nowMs, 0.5).status).toBe('dead');
  });
});

it('waits for a mail server a minute, then twice as long each time, a quarter of an hour at most', () => {
  const waits = [1, 2, 3, 4, 5, 6, 100].map((times) => (nextReadMs(times, nowMs, 0.5) - nowMs) / limits.unreadableMs);
  expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15]);
});
