/**
 * What crosses from the proxy to the gateway for a mailbox?
 *
 * Facts as the server gave them, as plain values and byte streams. Turning header bytes and part bytes into JSON is the
 * gateway's work.
 */

import type { ByteRange, Extent } from '../core/byte-range.ts';
import type { MailFailure } from '../core/failure.ts';
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

/** Whose a mailbox is (RFC 2342). */
export const namespaceKinds = ['personal', 'other-users', 'shared'] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

/** RFC 8621 §2, `myRights`. */
export interface MailboxRights {
  readonly mayReadItems: boolean;
  readonly mayAddItems: boolean;
  readonly mayRemoveItems: boolean;
  readonly maySetSeen: boolean;
  readonly maySetKeywords: boolean;
  readonly mayCreateChild: boolean;
  readonly mayRename: boolean;
  readonly mayDelete: boolean;
  readonly maySubmit: boolean;
}

export interface ListedMailbox {
  readonly path: string;
  readonly name: string;
  readonly parentPath: string | null;
  readonly role: Role | null;
  readonly namespace: NamespaceKind;
  readonly isSubscribed: boolean;
  /** False for a name that only holds others (`\Noselect`, `\NonExistent`); its counts are 0. */
  readonly isSelectable: boolean;
  /** Null when the server does not tell: the mailbox may be seen and not read. */
  readonly totalEmails: number | null;
  readonly unreadEmails: number | null;
  /** In octets; null when it was not asked for, or the server does not tell (STATUS=SIZE, RFC 8438). */
  readonly size: number | null;
  /** Null when they were not asked for, or the server does not tell (ACL, RFC 4314). */
  readonly myRights: MailboxRights | null;
}

/** One limit of a quota root (RFC 9208), in octets or as a number of things. */
export interface ToldQuota {
  readonly root: string;
  readonly resource: 'STORAGE' | 'MESSAGE' | 'MAILBOX';
  readonly used: number;
  readonly limit: number;
}

/** What of mailboxes is asked for only when somebody wants it, since it costs the mail server work. */
export interface MailboxExtras {
  readonly size: boolean;
  readonly myRights: boolean;
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
  /** What the server calls the conversation that it belongs to; null where it has no names for them. */
  readonly threadId: string | null;
  /** Null when it was not asked for. */
  readonly preview: FetchedPreview | null;
  /** Gmail's (X-GM-EXT-1); missing when they were not asked for. */
  readonly labels?: readonly string[];
}

/** What a message begins with: as the server says, or the first octets of a text part, as transferred. */
export type FetchedPreview =
  | { readonly text: string }
  | { readonly part: MimePart; readonly bytes: Uint8Array; readonly isTruncated: boolean };

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
  /** A state from which no change is missing that the page does not show; null where it would have cost more to know. */
  readonly state: Uint8Array | null;
}

/** A page of those messages that were searched for. */
export interface FoundPage {
  readonly mailboxPath: string;
  readonly uidValidity: number;
  /** How many were found. */
  readonly total: number;
  /** In the order that was asked for, or in `sort`. */
  readonly emails: readonly FetchedEmail[];
  /** The last ones up to the end of this page, for the next one to go on behind them; null when there is none. */
  readonly seen: readonly Uid[] | null;
  /** The program that was sent to the server. */
  readonly program: string;
  /** False when the server cannot sort so, and they come by arrival. */
  readonly isSortSupported: boolean;
}

/** How far a mailbox has been shown. */
export interface Position {
  readonly path: string;
  readonly uidValidity: number;
  /** Messages with lower UIDs come next. */
  readonly below: number;
}

/** A page of the messages of several mailboxes that were searched for. */
export interface FoundAcross {
  readonly total: number;
  /** The newest first. */
  readonly emails: readonly {
    readonly mailboxPath: string;
    readonly uidValidity: number;
    readonly email: FetchedEmail;
  }[];
  /** Where the next page begins, in all that were searched; null when there is none. */
  readonly next: readonly Position[] | null;
  /** Those that could not be searched, and why. */
  readonly failed: readonly { readonly name: MailboxName; readonly failure: MailFailure }[];
  readonly program: string;
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
  /** The text and HTML parts that were asked for, by part id. */
  readonly bodies: ReadonlyMap<string, FetchedBody>;
  /** The header fields of attached messages, by part id. */
  readonly embedded: ReadonlyMap<string, Uint8Array>;
}

/** What is wanted of the octets of a message or part: that it is there, how many they are, all of them, or some. */
export type BytesWish =
  | { readonly kind: 'presence' | 'length' | 'whole' }
  | { readonly kind: 'range'; readonly range: ByteRange };

export interface StreamedMessage {
  /** Octets of the whole, after transfer decoding; null where nobody knows before the last has been read. */
  readonly length: number | null;
  /** Those of a range, after transfer decoding; null for all of them, a range that could not be found in time included. */
  readonly extent: Extent | null;
  /** As transferred, not decoded; null where no octets were wanted. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** How many octets to leave out of what `body` decodes to. */
  readonly skip: number;
}

export interface StreamedPart extends StreamedMessage {
  readonly part: MimePart;
}

/** A mailbox, or what a search found in it, oldest first. */
export interface ExportedMailbox {
  readonly mailboxPath: string;
  readonly uidValidity: number;
  /** How many messages there are in all, those before a cursor included. */
  readonly total: number;
  /** How many of them come now. */
  readonly count: number;
  /** The last of them, when there are more behind it. */
  readonly nextAfterUid: Uid | null;
  /** As frames (`export/frames.ts`); null where only the numbers were wanted. */
  readonly body: ReadableStream<Uint8Array> | null;
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

/**
 * What has changed in a mailbox between two states (RFC 8620 §5.2). States are octets that the proxy alone reads. Something may
 * be told twice, in two answers; nothing is left out.
 */
export interface FetchedChanges {
  readonly mailboxPath: string;
  readonly uidValidity: number;
  /** As it was given; null when none was, and then nothing has changed since. */
  readonly oldState: Uint8Array | null;
  readonly newState: Uint8Array;
  readonly hasMoreChanges: boolean;
  readonly created: readonly Uid[];
  readonly updated: readonly Uid[];
  readonly destroyed: readonly Uid[];
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

/** How it was found out which messages are one conversation: by what the server says, or by ourselves from their headers. */
export const threadMethods = ['OBJECTID', 'X-GM-THRID', 'REFS', 'REFERENCES', 'local'] as const;
export type ThreadMethod = (typeof threadMethods)[number];

/** Which conversation is meant: by the name that the server has for it, or as that in which this message is. */
export type ThreadName = { readonly threadId: string } | { readonly message: MessageName };

export interface FetchedThread {
  /** Null where the server has no names for conversations. */
  readonly threadId: string | null;
  /** All messages of it that are in this mailbox, in the order of their arrival. */
  readonly uids: readonly Uid[];
  /** How many of them lack `\\Seen`. */
  readonly unread: number;
  /** What was asked for: none, the oldest and some of the newest, or as many as are given as summaries. */
  readonly emails: readonly FetchedEmail[];
}

export interface FetchedThreads {
  readonly mailboxPath: string;
  readonly uidValidity: number;
  readonly method: ThreadMethod;
  /** False when only the newest messages were looked at (`limits.threadedMessages`). */
  readonly isComplete: boolean;
  /** How many conversations there are among the messages that were looked at. */
  readonly total: number;
  readonly threads: readonly FetchedThread[];
  /** The next page holds conversations whose newest message has a lower UID than this; null when there is none. */
  readonly nextBeforeUid: Uid | null;
}

export interface StreamedEvents {
  /** As `live/lines.ts` writes them. */
  readonly lines: ReadableStream<Uint8Array>;
}
