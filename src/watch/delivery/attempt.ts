/**
 * What comes of calling a receiver once?
 *
 * Whatever it does, it takes no longer than `limits.deliveryMs`, and no more of its answer is read than is kept. Nothing is thrown.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { concat } from '../../core/mime/bytes.ts';
import type { GuardedFetch } from '../../egress/guarded-fetch.ts';
import type { SigningSecret } from '../subscription.ts';
import type { Attempt, AttemptFailure } from './delivery.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { signingHeaders } from './sign.ts';

export interface Call {
  readonly url: string;
  readonly secrets: readonly SigningSecret[];
  /** `webhook-id` */
  readonly id: string;
  readonly body: string;
}

export interface Called extends Outcome {
  readonly attempt: Attempt;
}

export async function called(fetch: GuardedFetch, call: Call, now: () => number): Promise<Called> {
  const atMs = now();
  const { url, secrets, id, body } = call;
  const headers = { 'Content-Type': 'application/json', ...signingHeaders(id, body, secrets, atMs) };
  try {
    const response = await fetch(url, { method: 'POST', headers, body, deadlineMs: limits.deliveryMs });
    const { status } = response;
    const { answer, brokenBy } = await beginningOf(response);
    const outcome = outcomeOf(status, response.headers.get('Retry-After'), now());
    // Who breaks off in the middle may have said that it is well before it was.
    const failure = outcome.failure ?? brokenBy;
    return { ...outcome, failure, attempt: { atMs, durationMs: now() - atMs, status, failure, answer } };
  } catch (error) {
    const failure = failureOf(error);
    const attempt = { atMs, durationMs: now() - atMs, status: null, failure, answer: '' };
    return { failure, isReceiverGone: false, retryAfterMs: null, attempt };
  }
}

/** What the runtime throws tells apart nothing but whose patience came to its end. */
function failureOf(error: unknown): AttemptFailure {
  if (error instanceof Failed && error.failure.kind === 'target-forbidden') return 'target-forbidden';
  return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'connection';
}

interface Beginning {
  readonly answer: string;
  /** Why no more came; null when it was all, or as much as is kept. */
  readonly brokenBy: AttemptFailure | null;
}

/** Compressed or not, and however much comes: the first octets, as text in which nothing moves a cursor or turns lines around. */
async function beginningOf({ body }: Response): Promise<Beginning> {
  if (body === null) return { answer: '', brokenBy: null };
  const pieces: Uint8Array[] = [];
  let length = 0;
  let brokenBy: AttemptFailure | null = null;
  try {
    for await (const piece of body) {
      pieces.push(piece.subarray(0, limits.deliveryAnswerBytes - length));
      length += piece.length;
      // Leaving the loop cancels what is still to come.
      if (length >= limits.deliveryAnswerBytes) break;
    }
  } catch (error) {
    brokenBy = failureOf(error);
  }
  // A character that is cut is left away.
  const text = new TextDecoder().decode(concat(pieces), { stream: true });
  return { answer: text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd'), brokenBy };
}
