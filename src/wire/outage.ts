/**
 * How long is a mail server waited for that has gone, or that has no time at the moment?
 *
 * What may pass by itself is tried again: at once, since connections are lost every day, then less and less often. After some
 * time without an answer, or when it is nothing that passes, whoever waits is better told.
 */
import type { MailFailure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

const passing: ReadonlySet<MailFailure['kind']> = new Set([
  'connection-lost',
  'connect-failed',
  'deadline-exceeded',
  'queue-full',
  'server-limit-reached',
  'server-busy',
  'login-unavailable',
  'provider-unavailable',
]);

export const isPassing = (failure: MailFailure): boolean => passing.has(failure.kind) || isAtALoss(failure);

/**
 * Whether the server is at a loss in this session, and may not be in another: Dovecot in a mailbox whose files have been replaced
 * behind its back, or that is being deleted just now.
 */
export const isAtALoss = (failure: MailFailure): boolean =>
  failure.kind === 'command-refused' && failure.responseCode === 'SERVERBUG';

const firstWaitMs = 1_000;

export class Outage {
  /** When the first failure was since the last answer. */
  #sinceMs: number | null = null;
  #lostAtMs = 0;
  /** In short order. */
  #losses = 0;

  /** Null when there is no more hope. */
  waitMsAfter(failure: MailFailure): number | null {
    const now = Date.now();
    this.#sinceMs ??= now;
    if (!isPassing(failure) || now - this.#sinceMs > limits.liveOutageMs) return null;
    // A server that answers and then hangs up, each time, is not called again without a pause either.
    this.#losses = now - this.#lostAtMs > limits.reopenMostMs ? 0 : this.#losses + 1;
    this.#lostAtMs = now;
    const waitMs = this.#losses === 0 ? 0 : Math.min(firstWaitMs * 2 ** (this.#losses - 1), limits.reopenMostMs);
    return 'retryAfterSeconds' in failure ? Math.max(waitMs, (failure.retryAfterSeconds ?? 0) * 1000) : waitMs;
  }

  /** The server has answered. */
  end(): void {
    this.#sinceMs = null;
  }
}
