/**
 * What is known of an event on its way to its receiver?
 *
 * A delivery is an event for one subscription. It is kept for seven days after its end, for people to look at and to send again. Pure.
 */
import type { WatchEvent } from '../event.ts';

/** `dead`: given up after the last attempt. `cancelled`: its subscription ended before. */
export const deliveryStatuses = ['pending', 'delivered', 'dead', 'cancelled'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export type AttemptFailure = 'timeout' | 'connection' | 'redirect' | 'status' | 'target-forbidden' | 'unreadable';

export interface Attempt {
  readonly atMs: number;
  readonly durationMs: number;
  /** Of HTTP; null when there was no answer. */
  readonly status: number | null;
  /** Null when it arrived. `unreadable`: what `include` asks for could not be read, and nobody was called. */
  readonly failure: AttemptFailure | null;
  /** What the answer begins with, as text. */
  readonly answer: string;
}

export interface NewDelivery {
  readonly subscriptionId: string;
  readonly event: WatchEvent;
}

export interface Delivery extends NewDelivery {
  /** Its place among all of the account. */
  readonly seq: number;
  /** `dlv_…` */
  readonly id: string;
  readonly status: DeliveryStatus;
  readonly createdAtMs: number;
  /** When it is to be sent next; null when it is not. */
  readonly dueMs: number | null;
  /** Oldest first, at most as many as are kept. */
  readonly attempts: readonly Attempt[];
  /** How many attempts of its schedule are used up; a replay begins anew. */
  readonly attemptCount: number;
}
