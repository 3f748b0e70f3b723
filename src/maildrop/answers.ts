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

/** Messages in the order of the maildrop, oldest first. */
export interface MaildropPage {
  readonly messages: readonly ListedMessage[];
  /** False when there are more behind the last one of these. */
  readonly isLast: boolean;
  /** Of the whole maildrop. */
  readonly total: number;
  readonly totalBytes: number;
}

export interface StreamedMessage extends SpooledMessage {
  readonly body: ReadableStream<Uint8Array>;
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
