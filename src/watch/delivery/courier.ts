/**
 * Which events go to their receivers now?
 *
 * As many at a time as the platform lets out, the oldest of each subscription first, and none that its receiver is not to be called for.
 * What comes of an attempt is stored before the next one of that event. One courier per object.
 */
import type { Result } from '../../core/failure.ts';
import type { GuardedFetch } from '../../egress/guarded-fetch.ts';
import type { JsonObject, MessageRef } from '../event.ts';
import type { Change } from '../store/change.ts';
import type { WatchStore } from '../store/watch-store.ts';
import type { Include, StatusReason, Subscription } from '../subscription.ts';
import type { Attempt } from './delivery.ts';

/**
 * The `message` of an event, with what `include` asks for; `message-not-found` when it is gone. It is never asked for two messages of one
 * credential at the same time. While the account is in trouble it answers so without asking the mail server.
 */
export type MessageReader = (
  subscription: Subscription,
  ref: MessageRef,
  include: Include,
) => Promise<Result<JsonObject>>;

export interface IncludedCapsule {
  readonly token: string;
  /** A UTCDate. */
  readonly expiresAt: string;
}

export interface CourierOptions {
  readonly store: Pick<WatchStore, 'subscriptions' | 'dueOf' | 'nextDueOf' | 'nextDueMs' | 'firstPending' | 'commit'>;
  readonly read: MessageReader;
  /** For `include.capsule` (`includedCapsule`); null when there is no credential to make it of. `mailboxId` is null for a maildrop. */
  readonly capsule: (
    subscription: Subscription,
    mailboxId: string | null,
    nowMs: number,
  ) => Promise<IncludedCapsule | null>;
  readonly fetch: GuardedFetch;
  /** `parseRetrySeconds(env.DELIVERY_RETRY_SECONDS)` */
  readonly retrySeconds: readonly number[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to before 1. */
  readonly random: () => number;
  /** Why a subscription may not be told of mail any more; null when it may. Asked before each message leaves. */
  readonly lapseOf: (subscription: Subscription, nowMs: number) => 'capsule-expired' | 'capsule-revoked' | null;
  /** What is to be written when it may not, or when its receiver is gone or has failed for days: together with what showed it. */
  readonly endOf: (subscription: Subscription, reason: StatusReason, nowMs: number) => Promise<readonly Change[]>;
}

export class Courier {
  constructor(_options: CourierOptions) {}

  /**
   * Sends what is due until nothing is, or it is `untilMs`; what has begun by then comes to its end. To call it while it is at work tells it
   * that there may be something new. Rejects when what came of an attempt could not be stored: then it is sent again, as the same event.
   */
  async run(_untilMs: number): Promise<void> {}

  /** When there is something to be sent; null when nothing waits. */
  async nextMs(): Promise<number | null> {
    return null;
  }

  /** Sends an event that says nothing, now and once. What it is answered is not stored; a receiver that takes it is well again. */
  async test(_subscription: Subscription): Promise<Attempt> {
    return { atMs: 0, durationMs: 0, status: null, failure: 'connection', answer: '' };
  }
}
