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

/** Where a message is after a change, and how it is marked. */
export interface UpdatedMessage extends MovedMessage {
  readonly flags: readonly string[];
  /** Of the state that it is in now; null when that was not told. */
  readonly stateTag: string | null;
}
