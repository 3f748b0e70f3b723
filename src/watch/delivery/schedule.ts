/**
 * When is an event sent again?
 *
 * After the operator's delays, one after each failure; then it is given up. Pure: clock and chance are passed in.
 */
import { limits } from '../../core/limits.ts';

/** Where what has come of an attempt leaves its delivery. */
export interface NextTry {
  readonly status: 'pending' | 'dead';
  readonly dueMs: number | null;
}

/** Reads DELIVERY_RETRY_SECONDS, seconds apart by commas; null when it is anything else. Empty: nothing is sent twice. */
export function parseRetrySeconds(text: string): readonly number[] | null {
  if (text.trim() === '') return [];
  const delays = text.split(',').map((delay) => (/^\s*\d{1,7}\s*$/.test(delay) ? Number(delay) : null));
  return delays.every((delay) => delay !== null) ? delays : null;
}

/** `used`: how many attempts have failed, this one included. `chance`: from 0 to before 1. */
export function nextTry(
  retrySeconds: readonly number[],
  used: number,
  retryAfterMs: number | null,
  nowMs: number,
  chance: number,
): NextTry {
  const delay = retrySeconds[used - 1];
  if (delay === undefined) return { status: 'dead', dueMs: null };
  return { status: 'pending', dueMs: nowMs + Math.max(jittered(delay * 1000, chance), retryAfterMs ?? 0) };
}

/** So that what happened together does not come back together: a tenth more or less. */
export const jittered = (delayMs: number, chance: number): number => Math.round(delayMs * (0.9 + 0.2 * chance));

/** How long a receiver is left alone, after so many times: as long as one event would wait. */
export const restMsOf =
  (retrySeconds: readonly number[], chance: number) =>
  (rests: number): number =>
    jittered((retrySeconds[rests] ?? retrySeconds.at(-1) ?? 0) * 1000, chance);

/** When a mail server is asked again that could not be read: `times` in a row. */
export const nextReadMs = (times: number, nowMs: number, chance: number): number =>
  nowMs + jittered(Math.min(limits.unreadableMs * 2 ** (times - 1), limits.unreadableMostMs), chance);
