/**
 * Whose event goes next, and when is there one again?
 *
 * Of each subscription its oldest, and of the subscriptions the one that has the fewest on their way: so that no receiver holds up another.
 * Nothing is kept here but whose turn it was; what waits, and for how long, is in the store.
 */
import type { EventType } from '../event.ts';
import type { KeptSubscription, WatchStore } from '../store/watch-store.ts';
import type { Subscription } from '../subscription.ts';
import type { Delivery } from './delivery.ts';
import { unreadTypes } from './reading.ts';
import { attemptsAllowed } from './receiver.ts';

export type QueueStore = Pick<
  WatchStore,
  'subscriptions' | 'dueOf' | 'nextDueOf' | 'nextDueMs' | 'firstPending' | 'commit'
>;

/** What is on its way: `Delivery.seq`, and whose it is. */
export type UnderWay = ReadonlyMap<number, { readonly subscriptionId: string }>;

/** All that is told when nothing may be told of mail any more. */
export const accountTypes: readonly EventType[] = ['account.failed', 'account.recovered'];

/** Also one that has ended: it is told of its end. */
export const isServed = ({ subscription }: Pick<KeptSubscription, 'subscription'>): boolean =>
  subscription.status === 'active' || subscription.status === 'ended';

export class DueQueue {
  readonly #store: QueueStore;
  /** Until when events wait for their mail server that say something of a message. */
  readonly #blockedUntilMs: (subscription: Subscription) => number;
  /** Ids, by when one of theirs went last. */
  readonly #turns = new Set<string>();

  constructor(store: QueueStore, blockedUntilMs: (subscription: Subscription) => number) {
    this.#store = store;
    this.#blockedUntilMs = blockedUntilMs;
  }

  /** Null when there is none that may go beside those that are under way. */
  async next(underWay: UnderWay, nowMs: number): Promise<Delivery | null> {
    const nextDueMs = this.#store.nextDueMs();
    if (nextDueMs === null || nextDueMs > nowMs) return null;
    const served = (await this.#store.subscriptions()).filter(isServed);
    for (const { kept, own } of this.#inTurn(served, underWay)) {
      const { id, settings } = kept.subscription;
      if (own.size >= attemptsAllowed(kept.receiver, settings.order, nowMs)) continue;
      const delivery = await this.#dueOf(kept.subscription, own, nowMs);
      if (delivery === null) continue;
      this.#turns.delete(id);
      this.#turns.add(id);
      return delivery;
    }
    return null;
  }

  /** When there is one to be sent; null when none waits. */
  async nextMs(): Promise<number | null> {
    if (this.#store.nextDueMs() === null) return null;
    const served = (await this.#store.subscriptions()).filter(isServed);
    const times = served.flatMap(({ subscription, receiver }) => {
      const dueMs = this.#nextDueMs(subscription);
      return dueMs === null ? [] : [Math.max(dueMs, receiver?.restUntilMs ?? 0)];
    });
    return times.length === 0 ? null : Math.min(...times);
  }

  #inTurn(served: readonly KeptSubscription[], underWay: UnderWay) {
    const turns = [...this.#turns];
    const placed = served.map((kept) => {
      const { id } = kept.subscription;
      const own = new Set([...underWay].filter(([, { subscriptionId }]) => subscriptionId === id).map(([seq]) => seq));
      return { kept, own, turn: turns.indexOf(id) };
    });
    return placed.sort((one, other) => one.own.size - other.own.size || one.turn - other.turn);
  }

  /** In order: the oldest that waits, or nothing, whichever others are due. */
  async #dueOf(subscription: Subscription, except: ReadonlySet<number>, nowMs: number): Promise<Delivery | null> {
    const { id: subscriptionId, status } = subscription;
    const isBlocked = nowMs < this.#blockedUntilMs(subscription);
    const inOrder = isInOrder(subscription);
    if (inOrder && (this.#store.firstPending(subscriptionId)?.dueMs ?? Number.POSITIVE_INFINITY) > nowMs) return null;
    const types = status === 'ended' ? accountTypes : isBlocked && !inOrder ? unreadTypes : null;
    const [delivery] = await this.#store.dueOf({ subscriptionId, nowMs, most: 1, except, types });
    if (delivery === undefined) return null;
    return inOrder && isBlocked && !unreadTypes.includes(delivery.event.type) ? null : delivery;
  }

  #nextDueMs(subscription: Subscription): number | null {
    const { id, status } = subscription;
    if (status === 'ended') return this.#store.nextDueOf(id, accountTypes);
    const inOrder = isInOrder(subscription);
    const anyMs = inOrder ? (this.#store.firstPending(id)?.dueMs ?? null) : this.#store.nextDueOf(id, null);
    const blockedUntilMs = this.#blockedUntilMs(subscription);
    if (anyMs === null || blockedUntilMs <= anyMs) return anyMs;
    // Those that say nothing of a message need not wait for the mail server.
    const unreadMs = inOrder ? null : this.#store.nextDueOf(id, unreadTypes);
    return Math.min(unreadMs ?? blockedUntilMs, blockedUntilMs);
  }
}

const isInOrder = ({ settings, status }: Subscription): boolean => settings.order === 'in-order' && status === 'active';
