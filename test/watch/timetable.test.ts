import { describe, expect, it } from 'vitest';
import { revokedIn } from '../../src/core/capsule.ts';
import { capsuleEndOf } from '../../src/watch/round/lineage.ts';
import { pauseMs } from '../../src/watch/round/timetable.ts';
import { keptSubscription } from '../support/kept-subscription.ts';

const hour = 60 * 60_000;

describe('from one look to the next', () => {
  it('it is as long as the most eager of those wishes that are looked at together', () => {
    const watched = [keptSubscription({ pollSeconds: 900 }), keptSubscription({ pollSeconds: 60 })];
    expect(pauseMs(watched, 0, 0.5)).toBe(60_000);
  });

  it('it is a tenth longer or shorter, so that accounts do not stay together', () => {
    const pauses = [0, 0.25, 0.5, 1].map((random) => pauseMs([keptSubscription({ pollSeconds: 60 })], 0, random));
    expect(pauses).toEqual([54_000, 57_000, 60_000, 66_000]);
  });

  it('it grows with the time since anything was found, up to what is wished, and is short again after news', () => {
    const settings = { pollSeconds: 60, slowestPollSeconds: 3_600 };
    const after = (quietMs: number): number => pauseMs([keptSubscription(settings, { newsAtMs: 0 })], quietMs, 0.5);
    expect([0, hour / 6, hour, 5 * hour, 100 * hour].map(after)).toEqual([60_000, 60_000, hour / 10, hour / 2, hour]);
  });

  it('it does not grow where that is not wished', () => {
    expect(pauseMs([keptSubscription({ pollSeconds: 60 }, { newsAtMs: 0 })], 1_000 * hour, 0.5)).toBe(60_000);
  });
});

describe('the capsule of a subscription', () => {
  const made = { lineage: { ids: ['own', 'parent'], expiresAt: 1_000 } };

  it('is good until it expires, to the second', () => {
    const ends = [999_999, 1_000_000].map((nowMs) => capsuleEndOf(made, new Set(), nowMs));
    expect(ends).toEqual([null, 'capsule-expired']);
  });

  it.each(['own', 'parent'])(
    'has ended when the operator names its id, or that of one it was narrowed from: %s',
    (id) => {
      expect(capsuleEndOf(made, revokedIn(`other, ${id}\nmore`), 0)).toBe('capsule-revoked');
      expect(capsuleEndOf(made, revokedIn('other'), 0)).toBeNull();
    },
  );

  it('never ends where there is none', () => {
    expect(capsuleEndOf({ lineage: null }, revokedIn('own'), Number.MAX_SAFE_INTEGER)).toBeNull();
  });
});
