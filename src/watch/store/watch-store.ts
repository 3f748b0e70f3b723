/**
 * What does a Watcher keep, and how is it read and changed?
 *
 * In the SQLite of its object, all of it sealed but for opaque ids, types, states, numbers and times. Reads are cheap while the object
 * lives: what was opened stays in memory until it changes, and nothing is there before it is written. It sets no alarm and reads no clock.
 */
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import type { Keyring } from '../../core/seal.ts';
import type { DeliveriesPage, DeliveriesRequest, ReplayRange } from '../answers.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { ReceiverState } from '../delivery/receiver.ts';
import type { EventType } from '../event.ts';
import type { Change, WatchCredential } from './change.ts';
import { DeliveryRows, type DueWish, type Waiting } from './delivery-rows.ts';
import {
  isAnySubscriptionThere,
  type LookedAt,
  readCredentials,
  readReceivers,
  readSubscriptions,
} from './subscription-rows.ts';
import { createTables, emptyTables, isMeta, type Meta, metaKey, version } from './tables.ts';
import { Vault } from './vault.ts';
import { idOf, writeOf } from './writes.ts';

export type { DueWish } from './delivery-rows.ts';

/** What of its object the store lives in. The id keeps the data key from being of use in another object. */
export type Home = Pick<DurableObjectState, 'storage' | 'id'>;

export interface KeptSubscription extends LookedAt {
  readonly receiver: ReceiverState | null;
}

export interface Counts {
  readonly pending: number;
  readonly dead: number;
}

/**
 * What is to be written; as a function, it is decided when it is its turn, with nothing written between what it reads here and what it
 * returns. (It must not commit by itself: it would wait for its own end.)
 */
export type Changes = readonly Change[] | (() => Promise<readonly Change[]>);

/** What was read, until it changes. */
interface Opened {
  vault?: Promise<Vault>;
  credentials?: Promise<readonly WatchCredential[]>;
  subscriptions?: Promise<readonly LookedAt[]>;
  receivers?: ReadonlyMap<string, ReceiverState>;
  waiting?: ReadonlyMap<string, Waiting>;
}

/** What has to be read anew after a change. */
const changed: Readonly<Record<Change['kind'], readonly Exclude<keyof Opened, 'vault'>[]>> = {
  credential: ['credentials'],
  'credential-erased': ['credentials'],
  subscription: ['subscriptions'],
  'subscription-erased': ['subscriptions', 'receivers', 'waiting'],
  known: ['subscriptions'],
  receiver: ['receivers'],
  'delivery-added': ['waiting'],
  'delivery-tried': ['waiting'],
  'delivery-again': ['waiting'],
  'deliveries-cancelled': ['waiting'],
};

/**
 * What is sealed is read by methods that answer a Promise. These throw `Failed`: `misconfigured` when the key that all is sealed with was
 * taken out of CAPSULE_KEYS (`unlock` tells beforehand), `internal` for a row that is not what was written there, and for tables of a
 * version that came later.
 */
export class WatchStore {
  readonly #storage: DurableObjectStorage;
  readonly #objectId: string;
  readonly #keyring: Keyring;
  readonly #deliveries: DeliveryRows;
  /** Undefined before it was read; null when nothing is kept: then there are no tables. */
  #meta: Meta | null | undefined;
  #opened: Opened = {};
  /** While the object lives; ids are random, and none comes again. */
  readonly #erased = new Set<string>();
  /** Settles when the last one that was begun has ended. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ storage, id }: Home, keyring: Keyring) {
    this.#storage = storage;
    this.#objectId = id.toString();
    this.#keyring = keyring;
    this.#deliveries = new DeliveryRows(storage.sql);
  }

  /** Whether what is kept can be opened; also where nothing is. Fails as `Failed` says. */
  async unlock(): Promise<Result<void>> {
    try {
      return await this.#reading(ok(undefined), async () => ok(undefined));
    } catch (error) {
      if (error instanceof Failed) return err(error.failure);
      throw error;
    }
  }

  credentials(): Promise<readonly WatchCredential[]> {
    return this.#reading([], (vault) => {
      this.#opened.credentials ??= readCredentials(this.#storage.sql, vault);
      return this.#opened.credentials;
    });
  }

  /** Oldest first. */
  async subscriptions(): Promise<readonly KeptSubscription[]> {
    const kept = await this.#reading([], (vault) => {
      this.#opened.subscriptions ??= readSubscriptions(this.#storage.sql, vault);
      return this.#opened.subscriptions;
    });
    const receivers = this.#receivers();
    return kept.map((each) => ({ ...each, receiver: receivers.get(each.subscription.id) ?? null }));
  }

  /**
   * All or nothing, one commit after the other. What is about a subscription or a credential that was erased is left out, so that nothing
   * that was on its way brings it back. When the last subscription goes, all else goes with it, the data key first of all.
   */
  commit(changes: Changes): Promise<void> {
    return this.#inTurn(() => this.#write(changes));
  }

  /** Those of one subscription that wait and are to be sent by now, the oldest first. */
  dueOf(wish: DueWish): Promise<readonly Delivery[]> {
    return this.#reading([], (vault) => this.#deliveries.due(vault, wish));
  }

  /** When the next one of a subscription is to be sent; null when none waits. */
  nextDueOf(subscriptionId: string, types: readonly EventType[] | null): number | null {
    const { dueMs } = this.#waiting().get(subscriptionId) ?? { dueMs: null };
    return dueMs === null || types === null ? dueMs : this.#deliveries.nextDueMs(subscriptionId, types);
  }

  /** When the next one is to be sent, of all; null when none waits. */
  nextDueMs(): number | null {
    const times = [...this.#waiting().values()].map(({ dueMs }) => dueMs);
    return times.length === 0 ? null : Math.min(...times);
  }

  counts(subscriptionId: string): Counts {
    if (this.#read() === null) return { pending: 0, dead: 0 };
    const pending = this.#waiting().get(subscriptionId)?.count ?? 0;
    return { pending, dead: this.#deliveries.dead(subscriptionId) };
  }

  /** The oldest that waits. */
  firstPending(subscriptionId: string): { readonly seq: number; readonly dueMs: number } | null {
    return this.#read() === null ? null : this.#deliveries.firstPending(subscriptionId);
  }

  delivery(subscriptionId: string, deliveryId: string): Promise<Delivery | null> {
    return this.#reading(null, (vault) => this.#deliveries.byId(vault, subscriptionId, deliveryId));
  }

  page(subscriptionId: string, request: DeliveriesRequest): Promise<DeliveriesPage> {
    const none = { deliveries: [], nextBefore: null };
    return this.#reading(none, (vault) => this.#deliveries.page(vault, subscriptionId, request));
  }

  /** Oldest first. */
  inRange(subscriptionId: string, range: ReplayRange, most: number): Promise<readonly Delivery[]> {
    return this.#reading([], (vault) => this.#deliveries.inRange(vault, subscriptionId, range, most));
  }

  /** Erases deliveries that came to their end before then, some hundred at a time, and tells how many. */
  forgetOld(beforeMs: number): number {
    return this.#read() === null ? 0 : this.#deliveries.forget(beforeMs);
  }

  /** There is no subscription, and so nothing else. */
  isEmpty(): boolean {
    return this.#read() === null;
  }

  /** Where nothing is kept, whatever else is in the object's storage goes too: empty tables, and its alarm. */
  eraseRest(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.isEmpty()) await this.#storage.deleteAll();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    // Whoever began it is told how it ended; the next one only waits for the end.
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #write(changes: Changes): Promise<void> {
    const asked = typeof changes === 'function' ? await changes() : changes;
    const wanted = asked.filter((change) => !this.#erased.has(idOf(change) ?? ''));
    const kept = await this.#vault();
    // Where nothing is kept, nothing but a subscription begins it.
    const begins = kept === null && wanted.some(({ kind }) => kind === 'subscription');
    if (wanted.length === 0 || (kept === null && !begins)) return;
    const vault = kept ?? (await Vault.made(this.#keyring, this.#objectId));
    const { sql } = this.#storage;
    const writes = await Promise.all(wanted.map((change) => writeOf(sql, this.#deliveries, vault, change)));
    const erased = wanted.filter(({ kind }) => kind === 'subscription-erased' || kind === 'credential-erased');
    const isOver = this.#storage.transactionSync(() => {
      if (begins) this.#begin(vault);
      for (const write of writes) write();
      return erased.length > 0 && this.#endIfOver();
    });
    // From here on it is written.
    for (const change of erased) this.#erased.add(idOf(change) ?? '');
    for (const part of wanted.flatMap(({ kind }) => changed[kind])) delete this.#opened[part];
    if (begins) this.#became({ version, sealedKey: vault.sealedKey }, vault);
    if (isOver) this.#became(null, null);
  }

  #became(meta: Meta | null, vault: Vault | null): void {
    this.#meta = meta;
    this.#opened = vault === null ? {} : { vault: Promise.resolve(vault) };
  }

  #begin({ sealedKey }: Vault): void {
    createTables(this.#storage.sql);
    this.#storage.kv.put(metaKey, { version, sealedKey } satisfies Meta);
  }

  #endIfOver(): boolean {
    if (isAnySubscriptionThere(this.#storage.sql)) return false;
    emptyTables(this.#storage.sql);
    return this.#storage.kv.delete(metaKey);
  }

  #read(): Meta | null {
    if (this.#meta === undefined) {
      const kept: unknown = this.#storage.kv.get(metaKey) ?? null;
      if (kept !== null && !isMeta(kept)) throw new Failed({ kind: 'internal' });
      this.#meta = kept;
    }
    return this.#meta;
  }

  /** Null when nothing is kept. */
  async #vault(): Promise<Vault | null> {
    const meta = this.#read();
    if (meta === null) return null;
    this.#opened.vault ??= this.#unlocked(meta);
    return this.#opened.vault;
  }

  async #unlocked(meta: Meta): Promise<Vault> {
    const vault = await Vault.opened(this.#keyring, this.#objectId, meta.sealedKey);
    if (vault === null) throw new Failed({ kind: 'misconfigured', variable: 'CAPSULE_KEYS' });
    if (vault.isResealed && this.#meta === meta) {
      this.#meta = { version, sealedKey: vault.sealedKey };
      this.#storage.kv.put(metaKey, this.#meta);
    }
    return vault;
  }

  /** `read` has to have read all rows before it waits for anything: by then all may be erased. */
  async #reading<T>(none: T, read: (vault: Vault) => Promise<T>): Promise<T> {
    try {
      const vault = await this.#vault();
      return vault === null || this.#read() === null ? none : await read(vault);
    } catch (error) {
      // What has failed is not remembered: the next one reads anew.
      this.#opened = {};
      throw error;
    }
  }

  #receivers(): ReadonlyMap<string, ReceiverState> {
    if (this.#read() === null) return new Map();
    this.#opened.receivers ??= readReceivers(this.#storage.sql);
    return this.#opened.receivers;
  }

  #waiting(): ReadonlyMap<string, Waiting> {
    if (this.#read() === null) return new Map();
    this.#opened.waiting ??= this.#deliveries.waiting();
    return this.#opened.waiting;
  }
}
