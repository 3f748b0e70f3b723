/**
 * What is a subscription?
 *
 * What its caller has chosen, and what it may do: as it is kept, sealed, in the account's Watcher. Pure.
 */
import type { Access } from '../core/access.ts';
import type { AccountMessage } from '../core/account.ts';
import { limits } from '../core/limits.ts';
import type { EventType } from './event.ts';

/** What an event about a message holds besides what a listing shows. Read when it is sent, and never stored. */
export interface Include {
  readonly text: boolean;
  readonly html: boolean;
  /** All header fields. */
  readonly headers: boolean;
  /** What attachments there are, and where their octets are to be had. */
  readonly attachments: boolean;
  /** The octets of the message, as base64, up to `limits.rawIncludedBytes`. */
  readonly raw: boolean;
  /** A capsule that reads this mailbox for an hour, beside the links. */
  readonly capsule: boolean;
  /** Text and HTML are cut at this many octets each. */
  readonly maxBodyBytes: number;
}

/** What a listing shows, and nothing else. */
export const nothingIncluded: Include = {
  text: false,
  html: false,
  headers: false,
  attachments: false,
  raw: false,
  capsule: false,
  maxBodyBytes: limits.bodyIncludedBytesDefault,
};

/** What the caller has chosen. */
export interface Settings {
  /** Where events are sent. It may hold a secret of the receiver's. */
  readonly url: string;
  readonly events: readonly EventType[];
  /** Ids or roles; `*` for every mailbox but those where no mail is received (trash, junk, drafts, sent, and views: all, flagged). Null for a maildrop. */
  readonly mailboxes: readonly string[] | null;
  /** As in a listing; null for all. */
  readonly q: string | null;
  /** Addresses (`ada@weaver.example`) and domains (`@weaver.example`), in small letters; empty for all. */
  readonly from: readonly string[];
  /** Octets of the whole message. */
  readonly minBytes: number | null;
  readonly maxBytes: number | null;
  /** Also messages that came to the server long before the subscription and were only now put into the mailbox. */
  readonly includeOlder: boolean;
  readonly include: Include;
  readonly pollSeconds: number;
  /** Looked at less often while nothing happens, up to this; null to stay with `pollSeconds`. */
  readonly slowestPollSeconds: number | null;
  readonly mode: 'poll' | 'live';
  /** `in-order`: none is sent before the one that came before it has arrived, or is given up. */
  readonly order: 'parallel' | 'in-order';
}

/** `suspended`: for want of an answer for days, until somebody says to go on. `ended`: for good, and its credential is erased. */
export type SubscriptionStatus = 'active' | 'paused' | 'suspended' | 'ended';
export type StatusReason = 'receiver-gone' | 'receiver-failing' | 'capsule-expired' | 'capsule-revoked';

/** Of the capsule that it was made with. */
export interface Lineage {
  readonly ids: readonly string[];
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export interface SigningSecret {
  /** `whsec_…` */
  readonly secret: string;
  /** Milliseconds since 1970; null for the newest, which has no end. */
  readonly untilMs: number | null;
}

export interface Subscription {
  readonly id: string;
  readonly createdAtMs: number;
  readonly status: SubscriptionStatus;
  readonly statusReason: StatusReason | null;
  readonly settings: Settings;
  /** Whose mail it is, spelled as in the request: to others that name the same user in another way it is out of reach. */
  readonly account: Pick<AccountMessage, 'server' | 'user'>;
  /** Which of the account's credentials it looks with; null when that is erased. */
  readonly credentialId: string | null;
  /** Of the request that made it, without `subscribe` having to be there any more. */
  readonly access: Access;
  /** Null when it was made with the credential itself. */
  readonly lineage: Lineage | null;
  /** Newest first. */
  readonly secrets: readonly SigningSecret[];
  /** Where this Postern is for the receiver: links begin with it. */
  readonly origin: string;
}
