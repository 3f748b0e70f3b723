/**
 * What is written of an attempt?
 *
 * What has become of its delivery and of its receiver, together. Pure: clock and chance are passed in.
 */
import type { Change } from '../store/change.ts';
import type { KeptSubscription } from '../store/watch-store.ts';
import type { StatusReason } from '../subscription.ts';
import type { Called } from './attempt.ts';
import type { Delivery } from './delivery.ts';
import { afterFailedCall, isGivenUp } from './receiver.ts';
import { nextTry, restMsOf } from './schedule.ts';

export interface Settled {
  readonly changes: readonly Change[];
  /** Why the subscription goes on no more; null when it does. */
  readonly reason: Extract<StatusReason, 'receiver-gone' | 'receiver-failing'> | null;
}

export interface SettlingOptions {
  readonly retrySeconds: readonly number[];
  readonly nowMs: number;
  /** From 0 to before 1. */
  readonly chance: number;
}

/** `kept`: as it is now, not as it was when the attempt began. */
export function settled(
  { subscription, receiver: before }: Pick<KeptSubscription, 'subscription' | 'receiver'>,
  { seq, attemptCount }: Pick<Delivery, 'seq' | 'attemptCount'>,
  { attempt, failure, isReceiverGone, retryAfterMs }: Called,
  { retrySeconds, nowMs, chance }: SettlingOptions,
): Settled {
  const { id: subscriptionId, status } = subscription;
  const tried = { kind: 'delivery-tried', seq, attempt, attemptCount: attemptCount + 1 } as const;
  if (failure === null) {
    const well: Change[] = before === null ? [] : [{ kind: 'receiver', subscriptionId, receiver: null }];
    return { changes: [{ ...tried, status: 'delivered', dueMs: null }, ...well], reason: null };
  }
  const receiver = afterFailedCall(before, { ...attempt, retryAfterMs }, restMsOf(retrySeconds, chance));
  const next = isReceiverGone
    ? ({ status: 'dead', dueMs: null } as const)
    : nextTry(retrySeconds, attemptCount + 1, retryAfterMs, nowMs, chance);
  const reason = isReceiverGone ? 'receiver-gone' : isGivenUp(receiver, nowMs) ? 'receiver-failing' : null;
  return {
    changes: [
      { ...tried, ...next },
      { kind: 'receiver', subscriptionId, receiver },
    ],
    // Others that were under way have said so already.
    reason: status === 'active' ? reason : null,
  };
}
