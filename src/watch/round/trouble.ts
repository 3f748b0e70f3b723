/**
 * What does it mean that an account could not be looked at, and when is it tried again?
 *
 * A refusal is asked about less and less often, since a server may lock its user out. What passes by itself is tried sooner. Whichever it
 * is, it is one episode until a look ends well, and it is told once. Pure.
 */
import type { MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { AccountFailure } from '../event.ts';
import type { Trouble, WatchCredential } from '../store/change.ts';

/** `isToldNow`: with this failure it counts as failed. */
export interface TroubleNow {
  readonly trouble: Trouble;
  readonly isToldNow: boolean;
}

/** `pollMs`: how long it would be until the next look otherwise. */
export function troubleAfter(failure: MailFailure, before: Trouble | null, pollMs: number, nowMs: number): TroubleNow {
  const reason = reasonOf(failure);
  const sinceMs = before?.sinceMs ?? nowMs;
  const times = before?.reason === reason ? before.times + 1 : 1;
  const wasTold = before?.isTold === true;
  const isRefused = reason !== 'unreachable';
  const refusals = (before?.refusals ?? 0) + (isRefused ? 1 : 0);
  const isFailed = (isRefused && refusals >= limits.accountRefusals) || nowMs - sinceMs >= limits.accountUnreachableMs;
  const outageMs = isRefused ? 0 : outageWaitMs(failure, times, pollMs);
  // Many a server hangs up for a while on whoever it has refused: that is no reason to show it the same password sooner.
  const nextTryMs = nowMs + Math.max(outageMs, refusedWaitMs(refusals));
  const trouble = { reason, sinceMs, times, refusals, nextTryMs, isTold: wasTold || isFailed };
  return { trouble, isToldNow: isFailed && !wasTold };
}

const reasonOf = (failure: MailFailure): AccountFailure => (isRefusal(failure) ? failure.kind : 'unreachable');

type Refusal = Extract<MailFailure, { readonly kind: 'login-refused' | 'grant-revoked' }>;

/** Whoever knocks again and again after one of these has the account locked. */
export const isRefusal = (failure: MailFailure): failure is Refusal =>
  failure.kind === 'login-refused' || failure.kind === 'grant-revoked';

/** What a login would come to, as far as is known; null when nothing is known against it. */
export function knownFailure({ trouble, account }: WatchCredential): MailFailure | null {
  if (trouble === null) return null;
  const { credential } = account;
  if (trouble.reason === 'grant-revoked' && credential.kind === 'refresh-token') {
    return { kind: 'grant-revoked', provider: credential.provider };
  }
  return trouble.reason === 'unreachable' ? { kind: 'connect-failed' } : { kind: 'login-refused', responseCode: null };
}

const refusedWaitMs = (refusals: number): number =>
  refusals === 0 ? 0 : (limits.accountRetryMs[refusals - 1] ?? limits.accountRetryMostMs);

function outageWaitMs(failure: MailFailure, times: number, pollMs: number): number {
  const firstMs = Math.min(limits.accountOutageMs, pollMs);
  const waitMs = Math.min(firstMs * 2 ** Math.min(times - 1, 30), limits.accountOutageMostMs);
  const askedMs = 'retryAfterSeconds' in failure ? (failure.retryAfterSeconds ?? 0) * 1000 : 0;
  // Nor longer than a refusal, whatever a server asks for.
  return Math.min(Math.max(waitMs, askedMs), limits.accountRetryMostMs);
}
