/**
 * One account's subscriptions: the Durable Object that looks for news and tells receivers of them.
 *
 * What the gateway calls, and what the alarm does.
 */
import { DurableObject } from 'cloudflare:workers';
import { err } from '../core/failure.ts';
import type { Reply } from '../core/reply.ts';
import type {
  DeliveriesRequest,
  NewSubscription,
  ReplayRange,
  SubscriptionChange,
  ToldDeliveriesPage,
  ToldDelivery,
  ToldSubscription,
  WatchCaller,
} from './answers.ts';
import type { Attempt } from './delivery/delivery.ts';

type WatcherEnv = Pick<
  Env,
  | 'CAPSULE_KEYS'
  | 'DEVELOPMENT'
  | 'MAILBOX'
  | 'MAILDROP'
  | 'OAUTH2_PROVIDERS'
  | 'REVOKED_CAPSULES'
  | 'DELIVERY_RETRY_SECONDS'
>;

const unbuilt = { result: err({ kind: 'internal' }), timings: {} } as const;

export class Watcher extends DurableObject<WatcherEnv> {
  /** Looks at the account once, so that what is there now is old. The secret is told this once. */
  async create(
    _caller: WatchCaller,
    _wish: NewSubscription,
  ): Promise<Reply<{ subscription: ToldSubscription; secret: string }>> {
    return unbuilt;
  }

  /** Those that this caller may see: made with no more access than it has. */
  async list(_caller: WatchCaller): Promise<Reply<ToldSubscription[]>> {
    return unbuilt;
  }

  async get(_caller: WatchCaller, _id: string): Promise<Reply<ToldSubscription>> {
    return unbuilt;
  }

  async update(_caller: WatchCaller, _id: string, _change: SubscriptionChange): Promise<Reply<ToldSubscription>> {
    return unbuilt;
  }

  /** Nothing of it is kept, its credential first of all. */
  async erase(_caller: WatchCaller, _id: string): Promise<Reply<void>> {
    return unbuilt;
  }

  /** Sends an event that says nothing, now and once. */
  async test(_caller: WatchCaller, _id: string): Promise<Reply<Attempt>> {
    return unbuilt;
  }

  /** From now on it is signed with this one as well; with the others until then. */
  async addSecret(
    _caller: WatchCaller,
    _id: string,
    _wish: { readonly secret: string | null; readonly othersUntilMs: number },
  ): Promise<Reply<{ secret: string; othersUntilMs: number }>> {
    return unbuilt;
  }

  async deliveries(_caller: WatchCaller, _id: string, _request: DeliveriesRequest): Promise<Reply<ToldDeliveriesPage>> {
    return unbuilt;
  }

  /** Once more, with the message as it is in the mailbox now. */
  async replay(_caller: WatchCaller, _id: string, _deliveryId: string): Promise<Reply<ToldDelivery>> {
    return unbuilt;
  }

  async replayRange(_caller: WatchCaller, _id: string, _range: ReplayRange): Promise<Reply<{ count: number }>> {
    return unbuilt;
  }

  override async alarm(): Promise<void> {}
}
