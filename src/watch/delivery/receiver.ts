/**
 * When may a receiver be called that fails?
 *
 * One that has failed several times in a row is left alone for a while, and is then tried with a single event: the oldest that is due.
 * The others wait, and use up nothing of their schedules. Pure.
 */
import { limits } from '../../core/limits.ts';

/** How a receiver has failed since it last took an event. Null where it has not. */
export interface ReceiverState {
  /** Attempts in a row; those that were under way beside each other when it was first left alone count as one. */
  readonly failures: number;
  /** When the first of them was; milliseconds since 1970. */
  readonly failingSinceMs: number;
  /** It is not called before. */
  readonly restUntilMs: number;
}

export interface FailedCall {
  readonly atMs: number;
  readonly durationMs: number;
  /** What the receiver asks for (`Retry-After`); null when it does not say. */
  readonly retryAfterMs: number | null;
}

/** `restMs`: how long it is left alone after so many rests, if nothing else is said (`schedule.ts`). */
export function afterFailedCall(
  before: ReceiverState | null,
  { atMs, durationMs, retryAfterMs }: FailedCall,
  restMs: (rests: number) => number,
): ReceiverState {
  const nowMs = atMs + durationMs;
  const askedMs = retryAfterMs === null ? 0 : nowMs + retryAfterMs;
  if (before !== null && atMs < before.restUntilMs) {
    return { ...before, restUntilMs: Math.max(before.restUntilMs, askedMs) };
  }
  const failures = (before?.failures ?? 0) + 1;
  const rests = failures - limits.receiverFailures;
  const ownMs = rests < 0 ? 0 : nowMs + Math.min(restMs(rests), limits.receiverRestMostMs);
  return { failures, failingSinceMs: before?.failingSinceMs ?? atMs, restUntilMs: Math.max(ownMs, askedMs) };
}

/** How many attempts there may be at the same time; 0 while it is left alone. */
export function attemptsAllowed(state: ReceiverState | null, order: 'parallel' | 'in-order', nowMs: number): number {
  if (state !== null && nowMs < state.restUntilMs) return 0;
  const isFailing = state !== null && state.failures >= limits.receiverFailures;
  return order === 'in-order' || isFailing ? 1 : limits.deliveriesAtOnceOfOne;
}

/** Whether it has failed for so long that its owner has to be asked. */
export const isGivenUp = ({ failingSinceMs }: ReceiverState, nowMs: number): boolean =>
  nowMs - failingSinceMs >= limits.receiverFailingMs;
