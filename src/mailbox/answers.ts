/**
 * What crosses from the proxy to the gateway for a mailbox?
 *
 * Facts as the server gave them, as plain values and byte streams. Turning header bytes and part bytes into JSON is the
 * gateway's work.
 */
import type { MimePart } from '../core/mime/part.ts';

export const roles = ['inbox', 'sent', 'drafts', 'trash', 'junk', 'archive', 'all', 'flagged'] as const;
/** The roles of RFC 8621 §2 that IMAP knows (RFC 6154), in the words of JMAP. */
export type Role = (typeof roles)[number];

/** Which mailbox is meant: by its path, with the server's own delimiter and in Unicode, or by its role. */
export type MailboxName = { readonly path: string } | { readonly role: Role };

declare const uidBrand: unique symbol;
/** A unique identifier inside one mailbox and UIDVALIDITY; never a sequence number (RFC 9051 §2.3.1.1). */
export type Uid = number & { readonly [uidBrand]: 'Uid' };

export interface MessageName {
  readonly uidValidity: number;
  readonly uid: Uid;
}

export interface ListedMailbox {
  readonly path: string;
  readonly name: string;
  readonly parentPath: string | null;
  readonly role: Role | null;
  readonly isSubscribed: boolean;
  /** False for a name that only holds others (`\Noselect`, `\NonExistent`); its counts are 0. */
  readonly isSelectable: boolean;
  readonly totalEmails: number;
  readonly unreadEmails: number;
}

export interface FetchedEmail {
  readonly uid: Uid;
  readonly flags: readonly string[];
  /** INTERNALDATE. */
  readonly receivedAt: Date;
  /** RFC822.SIZE. */
  readonly size: number;
  /** The header block or the fields of it that make an Email, as sent; null when it was not asked for. */
  readonly header: Uint8Array | null;
  /** From BODYSTRUCTURE; null when it was not asked for. */
  readonly structure: MimePart | null;
  /** Gmail's (X-GM-EXT-1); missing when they were not asked for. */
  readonly labels?: readonly string[];
}

export interface FetchedPage {
  /** As the server spells it, whichever name was asked for. */
  readonly mailboxPath: string;
  readonly uidValidity: number;
  /** How many messages the mailbox holds now. */
  readonly total: number;
  /** Newest first. */
  readonly emails: readonly FetchedEmail[];
  /** The next page holds messages with a lower UID than this; null when there is none. */
  readonly nextBeforeUid: Uid | null;
}

export interface FetchedBody {
  /** As transferred, not decoded. */
  readonly bytes: Uint8Array;
  readonly isTruncated: boolean;
}

/** The part of a message that changes; everything else of it never does (RFC 9051 §2.3). */
export interface MessageState {
  readonly flags: readonly string[];
  /** Grows with every change (CONDSTORE, RFC 7162); null where the mailbox has none. */
  readonly modseq: bigint | null;
}

/** What a change is conditional on: that the message is there, or in one of the states with these tags. */
export type Expected = 'any' | readonly string[];

export interface FetchedMessage extends FetchedEmail {
  readonly modseq: bigint | null;
  readonly mailboxPath: string;
  readonly header: Uint8Array;
  readonly structure: MimePart;
  /** The text and HTML parts, by part id. */
  readonly bodies: ReadonlyMap<string, FetchedBody>;
}

export interface StreamedMessage {
  readonly body: ReadableStream<Uint8Array>;
}

export interface StreamedPart {
  readonly part: MimePart;
  /** As transferred, not decoded. */
  readonly body: ReadableStream<Uint8Array>;
}

/** Where a message went; `message` is null when the server did not tell (no UIDPLUS, RFC 4315). */
export interface MovedMessage {
  readonly mailboxPath: string;
  readonly message: MessageName | null;
}

/** A message as it was before a change: what to ask for to have it so again. */
export interface PreviousState {
  readonly mailboxPath: string;
  readonly message: MessageName;
  readonly flags: readonly string[];
  /** Gmail's; null where it was not asked for them. */
  readonly labels: readonly string[] | null;
}

/** Where a message is that was thrown away. */
export interface TrashedMessage extends MovedMessage {
  readonly previous: PreviousState;
}

/** Where a message is after a change, and how it is marked. */
export interface UpdatedMessage extends MovedMessage {
  readonly flags: readonly string[];
  /** Gmail's; null where they were not to be changed. */
  readonly labels: readonly string[] | null;
  /** Null when nobody can tell, since an earlier try may have changed it already. */
  readonly previous: PreviousState | null;
  /** Of the state that it is in now; null when that was not told. */
  readonly stateTag: string | null;
}

/** What became of one message of a batch. */
export interface ChangedMessage {
  /** Where it is now, or its copy is; null when it is gone for good. */
  readonly now: MovedMessage | null;
  /** Null for a copy, and for what is gone. */
  readonly flags: readonly string[] | null;
  /** Null for a copy, which has changed nothing. */
  readonly previous: PreviousState | null;
}
