/**
 * What does a look at an account find, for each of its subscriptions?
 *
 * The same question to both protocols (`mailbox-news.ts`, `maildrop-news.ts`). A look changes nothing: what was found becomes true when it
 * is stored together with what is known from then on.
 */
import type { Result } from '../../core/failure.ts';
import type { AccountParts } from '../../core/seal.ts';
import type { WatchEvent } from '../event.ts';
import type { Subscription } from '../subscription.ts';

/** A subscription, and what is known for it of its mailboxes or its maildrop. */
export interface Watched {
  readonly subscription: Subscription;
  /** As the look before has left it; null when there was none: then it is learned what there is, and nothing is new. */
  readonly known: Uint8Array | null;
  /** Where it is to begin instead, while `known` is null: a state that was given out (`mailbox/sync`, `maildrop/sync`). */
  readonly since: Uint8Array | null;
}

export interface Look {
  /** What makes the account the same account (`core/account-parts.ts`). */
  readonly account: AccountParts;
  readonly nowMs: number;
  /** Events for one subscription; when there are more, `hasMore`. */
  readonly mostEvents: number;
}

export interface News {
  /** From now on; the very octets of `Watched.known` where nothing has changed, so that nothing need be written. */
  readonly known: Uint8Array;
  /** In the order in which they came about. */
  readonly events: readonly WatchEvent[];
  readonly hasMore: boolean;
}

/** For each subscription, by its id. One that fails by itself (a mailbox that is not granted, a search that the server cannot do) does not keep the others. */
export type NewsOfEach = ReadonlyMap<Subscription['id'], Result<News>>;
