/**
 * What does a Watcher keep, and how is it read and changed?
 *
 * In the SQLite of its object, all of it sealed but for opaque ids, types, states, numbers and times. Reads are cheap while the object
 * lives: what was opened stays in memory until it changes, and nothing is there before it is written. It sets no alarm and reads no clock.
 */
import { Failed, ok, type Result } from '../../core/failure.ts';
import type { Keyring } from '../../core/seal.ts';
import type { DeliveriesPage, DeliveriesRequest, ReplayRange } from '../answers.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { Subscription } from '../subscription.ts';
import type { Change, WatchCredential } from './change.ts';

/** What of its object the store lives in. The id keeps the data key from being of use in another object. */
export type Home = Pick<DurableObjectState, 'storage' | 'id'>;

export interface KeptSubscription {
  readonly subscription: Subscription;
  /** As the look before has left it; null when there was none. The same octets until they change. */
  readonly known: Uint8Array | null;
  readonly newsAtMs: number | null;
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

const unbuilt = (): never => {
  throw new Failed({ kind: 'internal' });
};

/**
 * What is sealed is read by methods that answer a Promise. These throw `Failed`: `misconfigured` when the key that all is sealed with was
 * taken out of CAPSULE_KEYS (`unlock` tells beforehand), `internal` for a row that is not what was written there.
 */
export class WatchStore {
  constructor(_home: Home, _keyring: Keyring) {}

  /** Whether what is kept can be opened. Also where nothing is kept. Seals the data key anew under the newest key. Fails with `misconfigured`. */
  async unlock(): Promise<Result<void>> {
    return ok(undefined);
  }

  /** Oldest first. */
  async credentials(): Promise<readonly WatchCredential[]> {
    return unbuilt();
  }

  /** Oldest first. */
  async subscriptions(): Promise<readonly KeptSubscription[]> {
    return unbuilt();
  }

  /**
   * All or nothing, one commit after the other. What is about a subscription or a credential that is erased meanwhile is left out, so that
   * nothing that was on its way brings it back. When the last subscription goes, all else goes with it.
   */
  async commit(_changes: Changes): Promise<void> {
    return unbuilt();
  }

  /** Those that wait and are to be sent by now: the oldest of each subscription, then the second of each, and so on. */
  async due(_nowMs: number, _most: number): Promise<readonly Delivery[]> {
    return unbuilt();
  }

  /** When the next one is to be sent, of all; null when none waits. */
  nextDueMs(): number | null {
    return unbuilt();
  }

  counts(_subscriptionId: string): Counts {
    return unbuilt();
  }

  /** The oldest that waits. */
  firstPending(_subscriptionId: string): { readonly seq: number; readonly dueMs: number } | null {
    return unbuilt();
  }

  async delivery(_subscriptionId: string, _deliveryId: string): Promise<Delivery | null> {
    return unbuilt();
  }

  async page(_subscriptionId: string, _request: DeliveriesRequest): Promise<DeliveriesPage> {
    return unbuilt();
  }

  /** Oldest first. */
  async inRange(_subscriptionId: string, _range: ReplayRange, _most: number): Promise<readonly Delivery[]> {
    return unbuilt();
  }

  /** Erases deliveries that came to their end before then, some hundred at a time, and tells how many. */
  forgetOld(_beforeMs: number): number {
    return unbuilt();
  }

  /** There is no subscription, and so nothing else. */
  isEmpty(): boolean {
    return unbuilt();
  }

  /** Whatever is in the object's storage, its alarm included. Needs no key. */
  async eraseAll(): Promise<void> {
    return unbuilt();
  }
}
