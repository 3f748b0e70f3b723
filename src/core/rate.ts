/**
 * How many requests are let through in which time?
 *
 * A leaky bucket, which ITU-T I.371 calls GCRA: it takes `requests` at once, and empties evenly in `perSeconds`. So after a pause all of
 * them may come together, and then one each `perSeconds / requests`. Whole numbers alone, so that it is exact. Pure: the time is passed in.
 */

export interface Rate {
  readonly requests: number;
  readonly perSeconds: number;
}

/** What is in the bucket at a moment. A request is 1000 × `perSeconds`, and `requests` of that run out each millisecond. */
export interface Bucket {
  readonly level: number;
  readonly atMs: number;
}

export const emptyBucket: Bucket = { level: 0, atMs: 0 };

export interface Count {
  /** May this one pass? One that may not costs nothing, so that who asks too often is not held up longer for it. */
  readonly isWithin: boolean;
  readonly remaining: number;
  /** Until all of them may come again. */
  readonly resetMs: number;
  /** Until one more passes; 0 when it does at once. */
  readonly retryAfterMs: number;
}

/** One more request, and what is in the bucket then. */
export function poured(rate: Rate, bucket: Bucket, nowMs: number): { readonly bucket: Bucket; readonly count: Count } {
  const { requests } = rate;
  const one = rate.perSeconds * 1000;
  const capacity = one * requests;
  // A clock may be set back.
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const before = Math.max(0, bucket.level - elapsedMs * requests);
  const isWithin = before + one <= capacity;
  const level = isWithin ? before + one : before;
  const count: Count = {
    isWithin,
    remaining: Math.floor((capacity - level) / one),
    resetMs: Math.ceil(level / requests),
    retryAfterMs: Math.max(0, Math.ceil((level + one - capacity) / requests)),
  };
  return { bucket: { level, atMs: nowMs }, count };
}

/** Longer than that it would have to be stored; and no bucket holds so many requests that its numbers are not exact. */
export const mostSeconds = 60;
export const mostRequests = 100_000;

const isWhole = (number: number, most: number): boolean => Number.isInteger(number) && number >= 1 && number <= most;

/** Reads `requests/seconds`, such as `600/60`. Null for anything else. */
export function parseRate(text: string): Rate | null {
  const [, requests, perSeconds] = /^(\d{1,6})\/(\d{1,2})$/.exec(text) ?? [];
  const rate = { requests: Number(requests), perSeconds: Number(perSeconds) };
  return isWhole(rate.requests, mostRequests) && isWhole(rate.perSeconds, mostSeconds) ? rate : null;
}
