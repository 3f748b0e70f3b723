/**
 * What does an answer mean?
 *
 * 2xx: it has arrived. 410: the receiver wants nothing any more. All else is a failure, redirections too, since a signed event goes where
 * its subscription says and nowhere else (Standard Webhooks). Pure.
 */
import { limits } from '../../core/limits.ts';
import type { AttemptFailure } from './delivery.ts';

export interface Outcome {
  /** Null when it has arrived. */
  readonly failure: AttemptFailure | null;
  readonly isReceiverGone: boolean;
  /** How long it wants to be left alone; null when it does not say. */
  readonly retryAfterMs: number | null;
}

/** `retryAfter`: the header as it came (RFC 9110 §10.2.3). */
export function outcomeOf(status: number, retryAfter: string | null, nowMs: number): Outcome {
  if (status >= 200 && status < 300) return { failure: null, isReceiverGone: false, retryAfterMs: null };
  return {
    failure: status >= 300 && status < 400 ? 'redirect' : 'status',
    isReceiverGone: status === 410,
    retryAfterMs: retryAfterMsOf(retryAfter, nowMs),
  };
}

/** Seconds, or a date as HTTP writes it; null for what is neither, or is over. At most a day. */
function retryAfterMsOf(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  const askedMs = /^\d{1,15}$/.test(text) ? Number(text) * 1000 : dateMs(text) - nowMs;
  return askedMs > 0 ? Math.min(askedMs, limits.deliveryRetryAfterMs) : null;
}

/** RFC 9110 §5.6.7: the form that is to be sent, and the older one that is to be understood. NaN for anything else. */
const dateMs = (text: string): number => (/^[A-Z][a-z]+, .*:\d\d GMT$/.test(text) ? Date.parse(text) : Number.NaN);
