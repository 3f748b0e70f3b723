/**
 * Which events go to their receivers now?
 *
 * As many at a time as the platform lets out, the oldest of each subscription first, and none that its receiver is not to be called for.
 * What comes of an attempt is stored before the next one of that event. One courier per object.
 */
import { base64url } from 'jose';
import type { Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { logEvent } from '../../core/log.ts';
import type { GuardedFetch } from '../../egress/guarded-fetch.ts';
import { type EventType, type JsonObject, type MessageRef, testEventType } from '../event.ts';
import { eventBodyOf } from '../event-body.ts';
import type { Change } from '../store/change.ts';
import type { KeptSubscription } from '../store/watch-store.ts';
import type { Include, StatusReason, Subscription } from '../subscription.ts';
import { type Called, called } from './attempt.ts';
import type { Attempt, Delivery } from './delivery.ts';
import { accountTypes, DueQueue, isServed, type QueueStore } from './due-queue.ts';
import { payloadOf, type Read } from './payload.ts';
import { Reading, type ReadNow } from './reading.ts';
import { settled } from './settle.ts';

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
  readonly store: QueueStore;
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

interface Sending {
  readonly subscriptionId: string;
  readonly done: Promise<void>;
}

const isAboutMail = (type: EventType): boolean => !accountTypes.includes(type);

export class Courier {
  readonly #options: CourierOptions;
  readonly #reading: Reading;
  readonly #queue: DueQueue;
  /** By `Delivery.seq`. */
  readonly #underWay = new Map<number, Sending>();
  #running: Promise<void> | null = null;
  #untilMs = 0;
  /** Resolves when somebody says that there may be something new. */
  #told = Promise.withResolvers<void>();
  #isTold = false;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#reading = new Reading(options.read);
    this.#queue = new DueQueue(options.store, (subscription) => this.#reading.blockedUntilMs(subscription));
  }

  /**
   * Sends what is due until nothing is, or it is `untilMs`; what has begun by then comes to its end. To call it while it is at work tells it
   * that there may be something new. Rejects when what came of an attempt could not be stored: then it is sent again, as the same event.
   */
  run(untilMs: number): Promise<void> {
    this.#untilMs = Math.max(this.#untilMs, untilMs);
    this.#isTold = true;
    this.#told.resolve();
    this.#running ??= this.#work();
    return this.#running;
  }

  async #work(): Promise<void> {
    try {
      for (;;) {
        this.#isTold = false;
        this.#told = Promise.withResolvers();
        while (await this.#begin());
        const underWay = [...this.#underWay.values()].map(({ done }) => done);
        if (underWay.length > 0) await Promise.race([...underWay, this.#told.promise]);
        else if (!this.#isTold) return;
      }
    } catch (error) {
      await Promise.allSettled([...this.#underWay.values()].map(({ done }) => done));
      throw error;
    } finally {
      this.#running = null;
    }
  }

  /** When there is something to be sent; null when nothing waits. */
  nextMs(): Promise<number | null> {
    return this.#queue.nextMs();
  }

  /** Sends an event that says nothing, now and once. What it is answered is not stored; a receiver that takes it is well again. */
  async test(subscription: Subscription): Promise<Attempt> {
    const { now, store } = this.#options;
    const body = JSON.stringify(eventBodyOf(subscription, { type: testEventType, atMs: now() }, {}));
    const id = `evt_${base64url.encode(crypto.getRandomValues(new Uint8Array(32)))}`;
    const { attempt } = await this.#call(subscription, testEventType, id, body, 1);
    const kept = await this.#kept(subscription.id);
    if (attempt.failure === null && kept !== null && kept.receiver !== null) {
      await store.commit([{ kind: 'receiver', subscriptionId: subscription.id, receiver: null }]);
    }
    return attempt;
  }

  /** False when there is none that may go now. */
  async #begin(): Promise<boolean> {
    const nowMs = this.#options.now();
    if (nowMs >= this.#untilMs || this.#underWay.size >= limits.deliveriesAtOnce) return false;
    const delivery = await this.#queue.next(this.#underWay, nowMs);
    if (delivery === null) return false;
    const { seq, subscriptionId } = delivery;
    const done = this.#send(delivery).finally(() => this.#underWay.delete(seq));
    this.#underWay.set(seq, { subscriptionId, done });
    return true;
  }

  async #send(delivery: Delivery): Promise<void> {
    const { now, random } = this.#options;
    const { subscriptionId: id, event } = delivery;
    const { type } = event;
    const atMs = now();
    const asked = await this.#allowed(id, type);
    if (asked === null) return;
    const read = await this.#reading.of(asked, delivery, now, random());
    if (read.kind === 'waits') return;
    if (read.kind === 'unreadable') return this.#keepUnread(delivery, read, atMs);
    // Somebody may have ended or changed it while the mailbox was read.
    const subscription = read.kind === 'unasked' ? asked : await this.#allowed(id, type);
    if (subscription === null) return;
    const body = await this.#bodyOf(subscription, delivery, read);
    const result = await this.#call(subscription, type, event.id, body, delivery.attemptCount + 1);
    await this.#keep(delivery, result);
  }

  /** The subscription as it is now; null when it is not to be told of this any more. */
  async #allowed(id: string, type: EventType): Promise<Subscription | null> {
    const { lapseOf, now, store, endOf } = this.#options;
    const kept = await this.#kept(id);
    if (kept === null || !isServed(kept)) return null;
    const lapse = isAboutMail(type) ? lapseOf(kept.subscription, now()) : null;
    if (lapse === null) return kept.subscription;
    await store.commit(async () => {
      const { subscription } = (await this.#kept(id)) ?? {};
      // Another one that was under way has said so already.
      if (subscription?.status !== 'active') return [];
      const cancelled = { kind: 'deliveries-cancelled', subscriptionId: id, atMs: now() } as const;
      return [cancelled, ...(await endOf(subscription, lapse, now()))];
    });
    return null;
  }

  async #bodyOf(subscription: Subscription, { event }: Delivery, read: Read): Promise<string> {
    const { capsule, now } = this.#options;
    const { include } = subscription.settings;
    const { mailboxId } = event.data;
    const isWanted = include.capsule && event.ref !== null && event.type !== 'message.deleted';
    const named = typeof mailboxId === 'string' ? mailboxId : null;
    const access = isWanted ? await capsule(subscription, named, now()) : null;
    return payloadOf(subscription, include, event, read, access);
  }

  async #call(
    { settings, secrets }: Subscription,
    type: string,
    id: string,
    body: string,
    number: number,
  ): Promise<Called> {
    const { fetch, now } = this.#options;
    const result = await called(fetch, { url: settings.url, secrets, id, body }, now);
    const { failure, durationMs } = result.attempt;
    logEvent('delivery.tried', { type, outcome: failure ?? 'delivered', attempt: number, elapsedMs: durationMs });
    return result;
  }

  /** Nobody was called, so nothing of the schedule is used up. */
  async #keepUnread(
    { seq, attemptCount }: Delivery,
    { againMs }: Extract<ReadNow, { readonly kind: 'unreadable' }>,
    atMs: number,
  ): Promise<void> {
    const { store, now } = this.#options;
    const attempt = { atMs, durationMs: now() - atMs, status: null, failure: 'unreadable' as const, answer: '' };
    await store.commit([{ kind: 'delivery-tried', seq, attempt, status: 'pending', dueMs: againMs, attemptCount }]);
  }

  /** What has come of an attempt, of its delivery and of its subscription, is written together. */
  async #keep(delivery: Delivery, result: Called): Promise<void> {
    const { store, endOf, now, random, retrySeconds } = this.#options;
    await store.commit(async () => {
      const kept = await this.#kept(delivery.subscriptionId);
      if (kept === null) return [];
      const nowMs = now();
      const { changes, reason } = settled(kept, delivery, result, { retrySeconds, nowMs, chance: random() });
      return reason === null ? changes : [...changes, ...(await endOf(kept.subscription, reason, nowMs))];
    });
  }

  async #kept(subscriptionId: string): Promise<KeptSubscription | null> {
    const all = await this.#options.store.subscriptions();
    return all.find(({ subscription }) => subscription.id === subscriptionId) ?? null;
  }
}
