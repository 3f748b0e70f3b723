/**
 * How many requests pass, and when does the next one?
 */
import { describe, expect, it } from 'vitest';
import { type Count, emptyBucket, parseRate, poured, type Rate } from '../../src/core/rate.ts';

const start = Date.UTC(2026, 0, 1);

/** Requests at these moments, in milliseconds, and what became of each. */
function countsOf(rate: Rate, moments: readonly number[]): readonly Count[] {
  let bucket = emptyBucket;
  return moments.map((moment) => {
    const next = poured(rate, bucket, start + moment);
    bucket = next.bucket;
    return next.count;
  });
}

const passed = (counts: readonly Count[]): number => counts.filter(({ isWithin }) => isWithin).length;
const atOnce = (count: number, moment = 0): number[] => Array<number>(count).fill(moment);

const rates: readonly Rate[] = [
  { requests: 1, perSeconds: 1 },
  { requests: 3, perSeconds: 60 },
  { requests: 7, perSeconds: 60 },
  { requests: 600, perSeconds: 60 },
  { requests: 999, perSeconds: 7 },
];

describe.each(rates)('$requests requests in $perSeconds s', (rate) => {
  const { requests, perSeconds } = rate;

  it('pass at once, exactly so many, and all of them again when the time is over', () => {
    expect(passed(countsOf(rate, atOnce(3 * requests)))).toBe(requests);
    const twice = [...atOnce(2 * requests), ...atOnce(2 * requests, perSeconds * 1000)];
    expect(passed(countsOf(rate, twice))).toBe(2 * requests);
  });

  it('have the next one pass when it was told to, and not a millisecond before', () => {
    const full = countsOf(rate, atOnce(requests + 1)).at(-1);
    const retryAfterMs = full?.retryAfterMs ?? 0;
    expect(retryAfterMs).toBe(Math.ceil((perSeconds * 1000) / requests));
    const next = (moment: number) => countsOf(rate, [...atOnce(requests), moment]).at(-1)?.isWithin;
    expect([next(retryAfterMs - 1), next(retryAfterMs)]).toEqual([false, true]);
  });

  it('are never more in the long run than the rate, however they are spread', () => {
    const moments = Array.from({ length: 20 * requests }, (_, index) => (index * perSeconds * 1000) / (4 * requests));
    const windows = (moments.at(-1) ?? 0) / (perSeconds * 1000);
    expect(passed(countsOf(rate, moments.map(Math.floor)))).toBeLessThanOrEqual(requests * (windows + 1));
  });

  it('are told how many are left, and until when all are there again', () => {
    const counts = countsOf(rate, atOnce(requests + 1));
    expect(counts.map(({ remaining }) => remaining)).toEqual(
      counts.map((_, index) => Math.max(0, requests - 1 - index)),
    );
    const resetMs = counts.at(-1)?.resetMs ?? 0;
    expect(resetMs).toBe(perSeconds * 1000);
    expect(countsOf(rate, [...atOnce(requests), resetMs]).at(-1)?.remaining).toBe(requests - 1);
  });
});

it('a request that did not pass costs nothing: who keeps asking waits no longer', () => {
  const rate = { requests: 2, perSeconds: 10 };
  const impatient = [...atOnce(2), ...Array.from({ length: 49 }, (_, index) => (index + 1) * 100), 5_000];
  expect(countsOf(rate, impatient).at(-1)?.isWithin).toBe(true);
});

it('a clock that is set back neither forgives nor holds up', () => {
  const [, , , back, later] = countsOf({ requests: 2, perSeconds: 10 }, [0, 0, 0, -60_000, -55_000]);
  expect([back?.isWithin, later?.isWithin]).toEqual([false, true]);
});

describe('a rate', () => {
  it('is written as requests and seconds', () => {
    expect(parseRate('600/60')).toEqual({ requests: 600, perSeconds: 60 });
  });

  it.each([
    '',
    '600',
    '0/60',
    '600/0',
    '600/61',
    '100001/60',
    '-1/60',
    '1.5/60',
    '600/60s',
    '1e3/60',
    ' 600/60',
    '∞/1',
  ])('is nothing else (%j)', (text) => {
    expect(parseRate(text)).toBeNull();
  });
});
