/**
 * What crosses from the proxy to the gateway for a maildrop?
 *
 * Facts as the server gave them, as plain values and byte streams. Turning bytes into JSON is the gateway's work.
 */
import type { MailFailure } from '../core/failure.ts';

/** `2.3`: the second of three, in the order of the maildrop. */
export type Occurrence = `${number}.${number}`;

/** One message of a maildrop, as UIDL and LIST tell it (RFC 1939 §5, §7). */
export interface SpooledMessage {
  /** Where the server has no UIDL, the name that `rules.ts` makes in its place. */
  readonly uidl: string;
  /** Null for the only message with this UIDL. RFC 1939 forbids a second one; some servers have it. */
  readonly occurrence: Occurrence | null;
  /** Octets, as LIST says. */
  readonly size: number;
}

export interface ListedMessage extends SpooledMessage {
  /** The header block as sent; null when it was not asked for. */
  readonly header: Uint8Array | null;
}

/** What a message is called. */
type Name = Pick<SpooledMessage, 'uidl' | 'occurrence'>;

/** What has changed since a state (RFC 8620 §5.2). */
export interface MaildropChanges {
  /** The very octets of the old one where nothing has changed. */
  readonly newState: Uint8Array;
  readonly hasMoreChanges: boolean;
  readonly created: readonly Name[];
  /** Null where the old state has no names of those that are gone (docs/sync.md). */
  readonly destroyed: readonly Name[] | null;
  /** How many are gone, whether or not they have names. */
  readonly destroyedCount: number;
}

/** Messages in the order of the maildrop, oldest first. */
export interface MaildropPage {
  readonly messages: readonly ListedMessage[];
  /** False when there are more behind the last one of these. */
  readonly isLast: boolean;
  /** Of the whole maildrop. */
  readonly total: number;
  readonly totalBytes: number;
  /** Of the whole maildrop (`sync/state.ts`); null where it was not asked for. */
  readonly state: Uint8Array | null;
}

export interface StreamedMessage extends SpooledMessage {
  readonly body: ReadableStream<Uint8Array>;
}

/** A download, and what its receipt and its state begin with. */
export interface DownloadStream {
  /** See `frames.ts`. */
  readonly frames: ReadableStream<Uint8Array>;
  /** What the caller's state knows and is still there, by the names that a state has (`sync/state.ts`). */
  readonly known: readonly string[];
  /** UIDLs that the caller says it has and that are still there, each of one message alone. */
  readonly had: readonly string[];
}

export interface DeletedMessages {
  readonly deleted: number;
  /** Asked for, but not in the maildrop any more. */
  readonly alreadyGone: number;
  readonly notDeleted: readonly NotDeleted[];
}

/** What was asked for by a UIDL, and is still there or may be. */
export interface NotDeleted {
  readonly uidl: string;
  readonly failure: MailFailure;
}

/** When a message came, as far as its header tells, and by which field. */
export interface Dated {
  /** RFC 3339, in the zone of whoever wrote it. */
  readonly date: string;
  readonly datedBy: 'received' | 'date';
}

export interface PrunedMessage extends SpooledMessage {
  readonly dated: Dated | null;
}

export interface PrunedMessages {
  /** Those that were deleted; or would be. */
  readonly messages: readonly PrunedMessage[];
  /** Those that should have been. */
  readonly notDeleted: readonly { readonly message: PrunedMessage; readonly failure: MailFailure }[];
  /** How many stay, whatever the reason. */
  readonly kept: number;
  /** Whether it may be worth going on. */
  readonly hasMore: boolean;
}

export interface MaildropPolicy {
  /** Of mail that was left on the server. `after-days` 0: it goes when it was retrieved. */
  readonly expires: 'after-days' | 'never' | 'not-told';
  readonly expiresAfterDays: number | null;
  /** Between two logins; null when nothing is said. */
  readonly loginDelaySeconds: number | null;
}

export interface MaildropAbilities {
  /** As before the login. */
  readonly capabilities: readonly string[];
  readonly policy: MaildropPolicy;
}
