/**
 * What is told to a webhook?
 *
 * An event is about one subscription, and is all there before anybody is called: what it says does not depend on how often it has to be
 * sent. Only what `include` asks for is read when it is sent. Pure.
 */

import type { Uid } from '../mailbox/answers.ts';
import type { Occurrence } from '../maildrop/answers.ts';

export const eventTypes = [
  'message.received',
  'message.updated',
  'message.deleted',
  'mailbox.reset',
  'account.failed',
  'account.recovered',
] as const;
export type EventType = (typeof eventTypes)[number];

/** What `POST …/test` sends; nobody subscribes to it. */
export const testEventType = 'subscription.test';

/** Which message an event is about, for whoever reads it again. */
export type MessageRef =
  | { readonly protocol: 'imap'; readonly mailboxPath: string; readonly uidValidity: number; readonly uid: Uid }
  | { readonly protocol: 'pop3'; readonly uidl: string; readonly occurrence: Occurrence | null };

/** Whatever JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json | undefined };
export type JsonObject = { readonly [member: string]: Json | undefined };

/** Why a mailbox has to be listed anew. */
export type ResetReason =
  /** It has other messages under the same ids now, or none: UIDVALIDITY has changed. */
  | 'uidvalidity-changed'
  /** There is none of that name or role any more. */
  | 'mailbox-not-found'
  /** It has another name, and so another id, which `newMailboxId` says. */
  | 'mailbox-renamed'
  /** The server cannot tell any more what has changed since. */
  | 'state-lost';

/** Why mail cannot be looked at any more. */
export type AccountFailure = 'login-refused' | 'grant-revoked' | 'capsule-expired' | 'capsule-revoked' | 'unreachable';

export interface WatchEvent {
  /** The same for the same event, however often it is found (`event-id.ts`). It is the `webhook-id`. */
  readonly id: string;
  readonly type: EventType;
  /** When it was noticed; milliseconds since 1970. It is the `timestamp` of the body, and stays the same when it is sent again. */
  readonly atMs: number;
  /** Members of `data` beside `subscriptionId` and `account`: `mailboxId` and `message` (as a listing shows it) or what else the type has. */
  readonly data: JsonObject;
  /** Null when it is about no message. */
  readonly ref: MessageRef | null;
}
