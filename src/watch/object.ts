/**
 * One account's subscriptions: the Durable Object that looks for news and tells receivers of them.
 *
 * What the gateway calls, and what the alarm does. Losing it at any instant loses nothing: what it has not written is found again, and
 * the next alarm is set before anything is done.
 */
import { DurableObject } from 'cloudflare:workers';
import { err, Failed, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { crashOf, logEvent } from '../core/log.ts';
import type { Reply } from '../core/reply.ts';
import {
  type DeliveriesRequest,
  type NewSubscription,
  type ReplayRange,
  type SubscriptionChange,
  type ToldDeliveriesPage,
  type ToldDelivery,
  type ToldSubscription,
  toldDelivery,
  type WatchCaller,
} from './answers.ts';
import { meant, visibleTo } from './calls/admitted.ts';
import { change } from './calls/change.ts';
import { create } from './calls/create.ts';
import { erase } from './calls/erase.ts';
import { type Parts, partsOf, type WatcherEnv } from './calls/parts.ts';
import { replay, replayRange } from './calls/replaying.ts';
import { addSecret, type SecretWish } from './calls/secrets.ts';
import { toldOf } from './calls/told.ts';
import type { Attempt } from './delivery/delivery.ts';

export class Watcher extends DurableObject<WatcherEnv> {
  readonly #parts = partsOf(this.ctx, this.env);

  /** Looks at the account once, so that what is there now is old. The secret is told this once. */
  async create(
    caller: WatchCaller,
    wish: NewSubscription,
  ): Promise<Reply<{ subscription: ToldSubscription; secret: string }>> {
    return this.#reply(caller, (parts, nowMs) => create(parts, caller, wish, nowMs));
  }

  /** Those that this caller may see: made with no more access than it has. */
  async list(caller: WatchCaller): Promise<Reply<ToldSubscription[]>> {
    return this.#reply(caller, async (parts, nowMs) => {
      const visible = await visibleTo(parts, caller, nowMs);
      return visible.ok ? ok(await Promise.all(visible.value.map((kept) => toldOf(parts, kept)))) : visible;
    });
  }

  async get(caller: WatchCaller, id: string): Promise<Reply<ToldSubscription>> {
    return this.#reply(caller, async (parts, nowMs) => {
      const kept = await meant(parts, caller, id, nowMs);
      return kept.ok ? ok(await toldOf(parts, kept.value)) : kept;
    });
  }

  async update(caller: WatchCaller, id: string, wish: SubscriptionChange): Promise<Reply<ToldSubscription>> {
    return this.#reply(caller, (parts, nowMs) => change(parts, caller, id, wish, nowMs));
  }

  /** Nothing of it is kept, its credential first of all. */
  async erase(caller: WatchCaller, id: string): Promise<Reply<void>> {
    return this.#reply(caller, (parts, nowMs) => erase(parts, caller, id, nowMs));
  }

  /** Sends an event that says nothing, now and once. */
  async test(caller: WatchCaller, id: string): Promise<Reply<Attempt>> {
    return this.#reply(caller, async (parts, nowMs) => {
      const kept = await meant(parts, caller, id, nowMs);
      if (!kept.ok) return kept;
      const { subscription } = kept.value;
      return subscription.status === 'ended'
        ? err({ kind: 'subscription-ended' })
        : ok(await parts.courier.test(subscription));
    });
  }

  /** From now on it is signed with this one as well; with the others until then. */
  async addSecret(
    caller: WatchCaller,
    id: string,
    wish: SecretWish,
  ): Promise<Reply<{ secret: string; othersUntilMs: number }>> {
    return this.#reply(caller, (parts, nowMs) => addSecret(parts, caller, id, wish, nowMs));
  }

  async deliveries(caller: WatchCaller, id: string, request: DeliveriesRequest): Promise<Reply<ToldDeliveriesPage>> {
    return this.#reply(caller, async (parts, nowMs) => {
      const kept = await meant(parts, caller, id, nowMs);
      if (!kept.ok) return kept;
      const { deliveries, nextBefore } = await parts.store.page(id, request);
      return ok({ deliveries: deliveries.map(toldDelivery), nextBefore });
    });
  }

  /** Once more, with the message as it is in the mailbox now. */
  async replay(caller: WatchCaller, id: string, deliveryId: string): Promise<Reply<ToldDelivery>> {
    return this.#reply(caller, async (parts, nowMs) => {
      const delivery = await replay(parts, caller, id, deliveryId, nowMs);
      return delivery.ok ? ok(toldDelivery(delivery.value)) : delivery;
    });
  }

  async replayRange(caller: WatchCaller, id: string, range: ReplayRange): Promise<Reply<{ count: number }>> {
    return this.#reply(caller, (parts, nowMs) => replayRange(parts, caller, id, range, nowMs));
  }

  override async alarm(): Promise<void> {
    const { storage } = this.ctx;
    // The platform gives an alarm up that has failed six times: nothing may leave here as an error.
    try {
      if (!this.#parts.ok) return await storage.setAlarm(Date.now() + limits.accountOutageMostMs);
      await this.#round(this.#parts.value);
    } catch (error) {
      logEvent('watch.crashed', crashOf(error));
      await storage.setAlarm(Date.now() + limits.accountOutageMostMs);
    }
  }

  async #round({ store, looks, rounds, live, alarm, canBeAsked }: Parts): Promise<void> {
    const nowMs = Date.now();
    if (store.isEmpty()) return;
    const unlocked = await store.unlock();
    // Until the operator has put the key back.
    if (!unlocked.ok || !(await canBeAsked())) {
      return this.ctx.storage.setAlarm(nowMs + limits.accountRetryMostMs);
    }
    const foreseenMs = await looks.foreseenMs();
    await alarm.begin(Math.min(foreseenMs ?? Number.POSITIVE_INFINITY, nowMs + limits.watchInsuranceMs));
    await live.follow();
    await rounds.run(nowMs + limits.watchRoundMs);
    const nextMs = await rounds.nextMs();
    // Nothing is left. The alarm that is set finds that too; to take it away could take it from whoever begins just now.
    if (nextMs === null) return;
    const liveMs = (await live.nextMs()) ?? nextMs;
    await alarm.end(Math.max(Math.min(nextMs, liveMs), Date.now() + limits.watchPauseMs));
  }

  /** The one place where what is thrown becomes a value. */
  async #reply<T>(
    { account }: WatchCaller,
    call: (parts: Parts, nowMs: number) => Promise<Result<T>>,
  ): Promise<Reply<T>> {
    try {
      return { result: this.#parts.ok ? await call(this.#parts.value, Date.now()) : this.#parts, timings: {} };
    } catch (error) {
      if (error instanceof Failed) return { result: err(error.failure), timings: {} };
      const { protocol, host } = account.server;
      logEvent('object.crashed', { protocol, host, ...crashOf(error) });
      return { result: err({ kind: 'internal' }), timings: {} };
    }
  }
}
