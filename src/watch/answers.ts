/**
 * What crosses between the gateway and an account's Watcher?
 */
import type { AccountMessage } from '../core/account.ts';
import type { Delivery, DeliveryStatus } from './delivery/delivery.ts';
import type { AccountFailure, EventType, Json } from './event.ts';
import type { Lineage, Settings, Subscription } from './subscription.ts';

/** Who asks. The account is proven anew each time: by the stored credential, when it is the same and was good lately, or by a login. */
export interface WatchCaller {
  readonly account: AccountMessage;
  /** Null without a capsule. */
  readonly lineage: Lineage | null;
}

export interface NewSubscription {
  readonly settings: Settings;
  /** A state that was given out to this account, as octets; null to begin now. */
  readonly since: Uint8Array | null;
  /** `whsec_…` of the caller's own; null to get one. */
  readonly secret: string | null;
  readonly origin: string;
}

/** What is left out stays as it is. */
export interface SubscriptionChange {
  readonly settings?: Partial<Settings>;
  readonly status?: 'active' | 'paused';
  /** From now on it looks with the credential of this request, and ends when that ends. */
  readonly renewsCredential: boolean;
}

export interface ToldSubscription extends Omit<Subscription, 'secrets' | 'credentialId' | 'access'> {
  /** When a look at the account ended well the last time, as far as it is known; milliseconds since 1970. */
  readonly lookedAtMs: number | null;
  readonly nextLookMs: number | null;
  readonly trouble: { readonly reason: AccountFailure; readonly sinceMs: number } | null;
  readonly pending: number;
  readonly dead: number;
}

export interface DeliveriesRequest {
  readonly limit: number;
  /** Those before this one (`Delivery.seq`); null for the newest. */
  readonly before: number | null;
  readonly status: DeliveryStatus | null;
}

export interface DeliveriesPage {
  /** Newest first. */
  readonly deliveries: readonly Delivery[];
  readonly nextBefore: number | null;
}

/** A delivery without what is in its event: of that the ids are enough for whoever may read. */
export interface ToldDelivery extends Omit<Delivery, 'event' | 'subscriptionId'> {
  readonly event: {
    readonly id: string;
    readonly type: EventType;
    readonly atMs: number;
    readonly mailboxId: string | null;
    readonly messageId: string | null;
  };
}

export const toldDelivery = ({ event, subscriptionId: _, ...delivery }: Delivery): ToldDelivery => ({
  ...delivery,
  event: {
    id: event.id,
    type: event.type,
    atMs: event.atMs,
    mailboxId: textIn(event.data['mailboxId']),
    messageId: textIn(memberOf(event.data['message'], 'id')),
  },
});

const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const memberOf = (value: Json | undefined, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : null;

export interface ToldDeliveriesPage {
  readonly deliveries: readonly ToldDelivery[];
  readonly nextBefore: number | null;
}

/** Deliveries whose events were noticed from then until then, milliseconds since 1970. */
export interface ReplayRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: DeliveryStatus | null;
}
