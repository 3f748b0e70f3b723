/**
 * What can change in what a Watcher keeps?
 *
 * All that is given together is written together, or not at all.
 */
import type { AccountMessage } from '../../core/account.ts';
import type { Attempt, DeliveryStatus, NewDelivery } from '../delivery/delivery.ts';
import type { ReceiverState } from '../delivery/receiver.ts';
import type { AccountFailure, WatchEvent } from '../event.ts';
import type { Subscription } from '../subscription.ts';

/** With which the account is looked at: whatever the requests came with that made subscriptions, each once. */
export interface WatchCredential {
  readonly id: string;
  readonly account: AccountMessage;
  readonly trouble: Trouble | null;
}

/** What goes wrong with it, since when, and what was told of it. Null again when the account was looked at. */
export interface Trouble {
  readonly reason: AccountFailure;
  readonly sinceMs: number;
  /** In a row, for this reason. */
  readonly times: number;
  /** How often the login was refused since then, whatever else went wrong in between. */
  readonly refusals: number;
  readonly nextTryMs: number;
  /** Whether `account.failed` was told. */
  readonly isTold: boolean;
}

export type Change =
  | { readonly kind: 'credential'; readonly credential: WatchCredential }
  | { readonly kind: 'credential-erased'; readonly id: string }
  | { readonly kind: 'subscription'; readonly subscription: Subscription }
  /** With all that is kept of it, its deliveries included. */
  | { readonly kind: 'subscription-erased'; readonly id: string }
  /** `newsAtMs`: when something was found last. */
  | { readonly kind: 'known'; readonly subscriptionId: string; readonly known: Uint8Array; readonly newsAtMs: number }
  /** An event that is there already for this subscription is not added again. */
  | { readonly kind: 'delivery-added'; readonly delivery: NewDelivery; readonly atMs: number }
  | {
      readonly kind: 'delivery-tried';
      readonly seq: number;
      readonly attempt: Attempt;
      readonly status: DeliveryStatus;
      readonly dueMs: number | null;
      /** How many attempts of its schedule are used up now: one that called nobody uses up none. */
      readonly attemptCount: number;
    }
  /** How the receiver of a subscription does; null when it is well. Nothing but numbers. */
  | { readonly kind: 'receiver'; readonly subscriptionId: string; readonly receiver: ReceiverState | null }
  /** Once more, from the beginning of its schedule; `event` in the place of what was kept of it, which has the same id. */
  | { readonly kind: 'delivery-again'; readonly seq: number; readonly dueMs: number; readonly event: WatchEvent }
  /** Those that wait. */
  | { readonly kind: 'deliveries-cancelled'; readonly subscriptionId: string; readonly atMs: number };
