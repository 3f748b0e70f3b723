/**
 * What does the proxy answer to the gateway?
 *
 * A Result with the time that each phase took, for `Server-Timing`. Plain values and byte streams only: an error or a
 * class would not survive RPC.
 */
import type { Result } from './failure.ts';

/** What a request may spend its time on, in the order in which it does. */
export const timedPhases = ['queue', 'connect', 'login', 'select', 'search', 'fetch', 'store', 'parse'] as const;
export type TimedPhase = (typeof timedPhases)[number];

/** Milliseconds by phase; a phase that was not gone through is missing. */
export type Timings = { -readonly [P in TimedPhase]?: number };

export interface Reply<T> {
  readonly result: Result<T>;
  readonly timings: Timings;
}

/** Runs `work` and adds the time it took to `phase`. */
export async function timed<T>(timings: Timings, phase: TimedPhase, work: () => Promise<T>): Promise<T> {
  const start = Date.now();
  try {
    return await work();
  } finally {
    timings[phase] = (timings[phase] ?? 0) + Date.now() - start;
  }
}
