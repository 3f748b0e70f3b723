/**
 * Since when does a message lie in a maildrop?
 *
 * POP3 does not tell, so its header has to. The uppermost Received field is of the server that took the message in last (RFC 5321
 * §4.4): it is believed before Date, which is the sender's word. Neither is believed where it cannot be true. Pure.
 */
import { HeaderFields } from '../../core/mime/fields.ts';
import { receivedTimeIn, sentTimeIn } from '../../core/mime/received.ts';
import type { Dated } from '../answers.ts';

/** Mail has had these fields since RFC 822. Clocks that nobody has set begin in 1904, 1970 or 1980. */
const firstPlausibleMs = Date.UTC(1982, 7, 13);

/** By which field the header block dates the message, and how; null when by none that could be believed. */
export function datedBy(header: Uint8Array): Dated | null {
  const fields = new HeaderFields(header);
  const received = receivedTimeIn(fields);
  // Where a server has written when it came, and it cannot be read, the sender is not asked instead.
  return received === undefined ? datedOf('date', sentTimeIn(fields)) : datedOf('received', received);
}

const datedOf = (field: Dated['datedBy'], date: string | null): Dated | null =>
  date === null || Date.parse(date) < firstPlausibleMs ? null : { date, datedBy: field };

/**
 * `unknown`: not dated, or dated in the future, so that nobody knows. What is not old is young, and so is all that has come
 * behind it.
 */
export function ageOf(dated: Dated | null, cutoffMs: number, nowMs: number): 'old' | 'young' | 'unknown' {
  const ms = dated === null ? Number.NaN : Date.parse(dated.date);
  if (Number.isNaN(ms) || ms > nowMs) return 'unknown';
  return ms <= cutoffMs ? 'old' : 'young';
}

/** Clocks differ, and what comes at the same time may be put down in any order. */
const disorderMs = 60 * 60_000;

/** Whether what should be the oldest of these, being the first, is younger than what should be the newest. */
export function isNewestFirst(dates: readonly (Dated | null)[], nowMs: number): boolean {
  const known = dates
    .map((dated) => (dated === null ? Number.NaN : Date.parse(dated.date)))
    .filter((ms) => ms <= nowMs);
  return (known.at(0) ?? 0) - (known.at(-1) ?? 0) > disorderMs;
}
