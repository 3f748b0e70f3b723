/**
 * What can go wrong?
 *
 * A closed union: every failure that a caller can meet is one of these values, inside a Worker and across RPC (a thrown
 * error loses its class on the way). `problem.ts` turns each into an answer; a kind without its arm there does not
 * compile. Only bugs are thrown.
 */

import type { Scope } from './access.ts';
import type { ResponseCode } from './response-code.ts';

/** One thing that is wrong with a request, and what to do about it. */
export interface FieldError {
  readonly in: 'path' | 'query' | 'header' | 'body';
  /** The field's name, with dots into a body: `ids.0`. */
  readonly field: string;
  readonly message: string;
}

/** The phases of a mail session that have a deadline of their own. */
export type Phase = 'connect' | 'greeting' | 'login' | 'command' | 'queue' | 'read' | 'request';

export type MailFailure =
  // The request
  | { readonly kind: 'request-invalid'; readonly errors: readonly FieldError[] }
  | { readonly kind: 'route-unknown' }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'body-too-large'; readonly limitBytes: number }
  | { readonly kind: 'uri-too-long'; readonly limitBytes: number }
  | { readonly kind: 'header-too-large'; readonly limitBytes: number }
  | { readonly kind: 'media-type-unsupported'; readonly expected: string }
  | { readonly kind: 'protocol-mismatch'; readonly route: '/v1/imap' | '/v1/pop' }
  /** `provider`: it is not that of the provider whose tokens it would be shown. */
  | { readonly kind: 'server-forbidden'; readonly reason: ServerRefusal | 'provider' }
  /** Another address than a mail server's that Postern is asked to call. */
  | { readonly kind: 'target-forbidden'; readonly reason: TargetRefusal }
  // Who calls
  /** No key or token of the operator's, or none that is known. */
  | { readonly kind: 'caller-unknown'; readonly reason: 'missing' | 'refused' }
  /** Whoever vouches for callers could not be asked for its keys. */
  | { readonly kind: 'caller-unverified'; readonly retryAfterSeconds: number }
  /** The operator's key is good, and not for this. */
  | { readonly kind: 'caller-forbidden'; readonly reason: 'server' | 'scope' }
  | {
      readonly kind: 'rate-limited';
      readonly limitedBy: 'postern';
      readonly limit: 'key' | 'account' | 'address';
      readonly retryAfterSeconds: number;
    }
  | { readonly kind: 'credentials-missing' }
  | { readonly kind: 'capsule-invalid' }
  | { readonly kind: 'capsule-expired' }
  | { readonly kind: 'capsule-revoked' }
  /** `field` when it is not the capsule of the request that lacks it, but one that the body names. */
  | { readonly kind: 'scope-missing'; readonly scope: Scope; readonly field?: string }
  /** The capsule is narrowed to other mailboxes; said of those that do not exist as well. `field` as above. */
  | { readonly kind: 'mailbox-not-granted'; readonly field?: string }
  | { readonly kind: 'access-too-wide'; readonly member: 'scopes' | 'mailboxes' | 'expiresInSeconds' }
  | { readonly kind: 'provider-unknown' }
  | { readonly kind: 'authorization-failed'; readonly reason: AuthorizationFailure }
  | { readonly kind: 'grant-revoked'; readonly provider: string }
  | { readonly kind: 'provider-unavailable'; readonly retryAfterSeconds: number }
  | {
      readonly kind: 'login-refused';
      readonly responseCode: ResponseCode | null;
      /** When the mail server will be asked again; missing when it was asked just now. */
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'login-throttled'; readonly limitedBy: 'postern'; readonly retryAfterSeconds: number }
  | {
      readonly kind: 'login-unavailable';
      readonly responseCode: ResponseCode | null;
      readonly retryAfterSeconds: number;
    }
  // What is asked for
  /** `field` when it is not the mailbox of the path that is missing, but one that the body names. */
  | { readonly kind: 'mailbox-not-found'; readonly field?: 'mailboxId' | 'copyTo' | 'parentId' }
  /** There is one already of that name in that place, or with that role. */
  | { readonly kind: 'mailbox-exists'; readonly field: 'name' | 'role' }
  /** Null when the server does not say how many messages there are. */
  | { readonly kind: 'mailbox-not-empty'; readonly totalEmails: number | null }
  | { readonly kind: 'mailbox-has-children' }
  | { readonly kind: 'mailbox-protected'; readonly role: string }
  | { readonly kind: 'message-not-found' }
  | { readonly kind: 'part-not-found' }
  | { readonly kind: 'thread-not-found' }
  | { readonly kind: 'state-gone' }
  | { readonly kind: 'already-in-trash' }
  | { readonly kind: 'permission-denied'; readonly command: string }
  | { readonly kind: 'precondition-failed' }
  /** `length`: octets of the whole. */
  | { readonly kind: 'range-not-satisfiable'; readonly length: number }
  /** Null for a part that is no text. */
  | { readonly kind: 'charset-unsupported'; readonly charset: string | null }
  | { readonly kind: 'over-quota' }
  | { readonly kind: 'not-a-draft' }
  | { readonly kind: 'idempotency-key-reused' }
  | { readonly kind: 'idempotency-key-in-progress'; readonly retryAfterSeconds: number }
  /** `retryAfterSeconds` when it may be known by then. */
  | { readonly kind: 'idempotency-key-in-doubt'; readonly retryAfterSeconds?: number }
  /** Of a message on its way from one account into another. `retryAfterSeconds` when it may be known by then. */
  | { readonly kind: 'storing-in-doubt'; readonly retryAfterSeconds?: number }
  /** The same: it was stored, and is not where it was stored any more. */
  | { readonly kind: 'stored-and-removed' }
  /** The maildrop that messages are to be deleted from shows what the mailbox holds that they are to be kept in. */
  | { readonly kind: 'same-mailbox' }
  /** The same may be so: the message is there, and it is not known to be a copy. */
  | { readonly kind: 'copy-unproven' }
  | { readonly kind: 'receipt-invalid' }
  | { readonly kind: 'receipt-expired' }
  | { readonly kind: 'unsupported-by-server'; readonly feature: string }
  /** So many messages, or mailboxes, are looked at one by one for one search, and there are more. */
  | { readonly kind: 'search-too-broad'; readonly of: 'messages' | 'mailboxes'; readonly limit: number }
  | { readonly kind: 'uidl-not-unique' }
  | { readonly kind: 'too-large-for-json' }
  /** More than the mail server takes; null when it does not say how much that is. */
  | { readonly kind: 'message-too-large'; readonly limitedBy: 'mail-server'; readonly limitBytes: number | null }
  // Webhooks
  /** Also for one that another capsule has made, and that this one may not see. */
  | { readonly kind: 'subscription-not-found' }
  | { readonly kind: 'subscriptions-full'; readonly limitedBy: 'postern'; readonly most: number }
  /** It has ended for good, or is not active: there is nothing to be sent. */
  | { readonly kind: 'subscription-ended' }
  | { readonly kind: 'delivery-not-found' }
  // The mail server and the way there
  | { readonly kind: 'maildrop-locked'; readonly retryAfterSeconds: number }
  | { readonly kind: 'queue-full'; readonly limitedBy: 'postern'; readonly retryAfterSeconds: number }
  /** `limit` is which of ours, and `most` how many there are. */
  | {
      readonly kind: 'listeners-full';
      readonly limitedBy: 'postern';
      readonly limit: 'listeners' | 'watchedMailboxes';
      readonly most: number;
      readonly retryAfterSeconds: number;
    }
  | {
      readonly kind: 'server-limit-reached';
      readonly limitedBy: 'mail-server';
      readonly responseCode: ResponseCode | null;
      readonly retryAfterSeconds: number;
    }
  | { readonly kind: 'connect-failed' }
  | { readonly kind: 'tls-failed' }
  | { readonly kind: 'connection-lost' }
  | { readonly kind: 'protocol-violated'; readonly detail: string }
  | { readonly kind: 'limit-exceeded'; readonly limit: string }
  | { readonly kind: 'command-refused'; readonly command: string; readonly responseCode: ResponseCode | null }
  | {
      readonly kind: 'partly-done';
      readonly command: string;
      readonly responseCode: ResponseCode | null;
      /** What the message is marked with now; null when that could not be found out. */
      readonly keywords: Readonly<Record<string, true>> | null;
      /** The copy that there is now; its id is null when the server did not tell. */
      readonly copy: { readonly id: string | null; readonly mailboxId: string } | null;
    }
  | {
      readonly kind: 'server-busy';
      readonly command: string;
      readonly responseCode: ResponseCode;
      readonly retryAfterSeconds: number;
    }
  | { readonly kind: 'deadline-exceeded'; readonly phase: Phase; readonly limitMs: number }
  // Ourselves
  | { readonly kind: 'misconfigured'; readonly variable: string }
  | { readonly kind: 'internal' };

/** Why a mail server may not be dialled. */
export type ServerRefusal = 'address' | 'port' | 'cleartext';

/** Why another address may not be called: its host, its port, because it is not HTTPS, or because a user or password is in it. */
export type TargetRefusal = 'address' | 'port' | 'cleartext' | 'credentials';

/** Why an authorization has not come to a capsule. */
export type AuthorizationFailure =
  | 'denied'
  | 'state-invalid'
  | 'state-expired'
  | 'code-refused'
  | 'refresh-token-missing'
  | 'user-unknown';

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: MailFailure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const err = (failure: MailFailure): { readonly ok: false; readonly failure: MailFailure } => ({
  ok: false,
  failure,
});

/** A failure on its way through code that can only throw (a stream, a library's callback). Never crosses RPC. */
export class Failed extends Error {
  readonly failure: MailFailure;

  constructor(failure: MailFailure) {
    super(failure.kind);
    this.name = 'Failed';
    this.failure = failure;
  }
}
