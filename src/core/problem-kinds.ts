/**
 * What is true of each kind of failure, always: its HTTP status, its title, and what its page at `/problems/{kind}` says?
 *
 * For people. What is true of one failure alone, `problem.ts` adds.
 */
import type { MailFailure } from './failure.ts';

export type ProblemStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 409
  | 410
  | 412
  | 413
  | 414
  | 415
  | 416
  | 422
  | 429
  | 431
  | 500
  | 502
  | 503
  | 504
  | 507;

export interface ProblemKind {
  readonly status: ProblemStatus;
  readonly title: string;
  /** What it means and what the caller can do, for the page. */
  readonly explanation: string;
}

export const problemKinds: Readonly<Record<MailFailure['kind'], ProblemKind>> = {
  'request-invalid': {
    status: 400,
    title: 'The request is not valid',
    explanation: 'Each member of `errors` names a field, where it stands, and what to change. Nothing was done.',
  },
  'route-unknown': {
    status: 404,
    title: 'There is nothing at this path',
    explanation: 'The paths that exist are in /openapi.json.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This path does not take this method',
    explanation: 'The Allow header and the member `allow` list the methods that it takes.',
  },
  'body-too-large': {
    status: 413,
    title: 'The request body is too large',
    explanation: 'The member `limitBytes` says how large it may be. Nothing was done.',
  },
  'uri-too-long': {
    status: 414,
    title: 'The URL is too long',
    explanation:
      'The member `limitBytes` says how long it may be. What is long has a place in a body. Nothing was done.',
  },
  'header-too-large': {
    status: 431,
    title: 'The headers of the request are too large',
    explanation: 'The member `limitBytes` says how large they may be together. Nothing was done.',
  },
  'media-type-unsupported': {
    status: 415,
    title: 'The request body has another media type than expected',
    explanation: 'Send the Content-Type that the member `expected` names.',
  },
  'protocol-mismatch': {
    status: 400,
    title: 'This account speaks the other protocol',
    explanation:
      'An IMAP account belongs under /v1/imap, a POP3 account under /v1/pop. The member `route` names yours.',
  },
  'server-forbidden': {
    status: 403,
    title: 'This mail server may not be called',
    explanation:
      'Postern calls public addresses only, on ports 143 and 993 for IMAP and 110 and 995 for POP3, and always with TLS; and with a sign-in at a provider, this provider’s server. The member `reason` says which rule it was: address, port, cleartext or provider.',
  },
  'target-forbidden': {
    status: 403,
    title: 'This address may not be called',
    explanation:
      'Postern calls public addresses only, by HTTPS on port 443, and with no user or password in the URL. The member `reason` says which rule it was: address, port, cleartext or credentials. Nothing was sent.',
  },
  'caller-unknown': {
    status: 401,
    title: 'This Postern takes calls only from those whom its operator knows',
    explanation:
      'Send the key that the operator gave you as `X-API-Key`. The member `reason` says whether there was none (`missing`) or one that is not known, or not any more (`refused`). Nothing was done.',
  },
  'caller-unverified': {
    status: 503,
    title: 'It cannot be found out at the moment who calls',
    explanation:
      'The keys of Cloudflare Access could not be had, by which what it says about a caller is verified. Nothing was done; try again after `Retry-After`.',
  },
  'caller-forbidden': {
    status: 403,
    title: 'The operator’s key does not allow this',
    explanation:
      'The member `reason` says whether it is the mail server that the key is not for (`server`), or what was to be done there (`scope`). Nothing was done.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    explanation:
      'The limit is ours: `limit` says whether it is that of the key, of the mail account or of the address that calls. The RateLimit headers tell how many are left to a key and an account. Nothing was done; try again after `Retry-After`.',
  },
  'capsule-invalid': {
    status: 401,
    title: 'This is not a capsule of this Postern',
    explanation:
      'A capsule is good only as it came, where it was made, and while the operator keeps the key that sealed it. Make another one by POST /v1/accounts.',
  },
  'capsule-expired': {
    status: 401,
    title: 'The capsule has expired',
    explanation: 'Make another one by POST /v1/accounts.',
  },
  'capsule-revoked': {
    status: 401,
    title: 'The capsule was revoked',
    explanation: 'The operator has ended it, or one that it was narrowed from. Make another one by POST /v1/accounts.',
  },
  'scope-missing': {
    status: 403,
    title: 'The capsule does not allow this',
    explanation:
      'The member `scope` names what it lacks: read, modify, delete or subscribe. Use the capsule that it was narrowed from, or make another one by POST /v1/accounts. Nothing was done.',
  },
  'mailbox-not-granted': {
    status: 403,
    title: 'The capsule is for other mailboxes',
    explanation:
      'It was narrowed to some mailboxes, and allows nothing in others, nor to make, rename or delete any. GET /v1/imap/mailboxes lists those that it is for. Nothing was done.',
  },
  'access-too-wide': {
    status: 403,
    title: 'A capsule cannot be exchanged for one that allows more',
    explanation:
      'The member `member` names what asks for more than is held: scopes, mailboxes or expiresInSeconds. Ask for less, or make a new one with the password. Nothing was made.',
  },
  'provider-unknown': {
    status: 404,
    title: 'There is no such provider here',
    explanation:
      'The operator has not set up an OAuth 2.0 client with this provider. A password may do: POST /v1/accounts.',
  },
  'authorization-failed': {
    status: 400,
    title: 'The sign-in has not come to its end',
    explanation:
      'The member `reason` says why: the user has declined (`denied`), the answer does not belong to a sign-in that began here in this browser (`state-invalid`) or took too long (`state-expired`), the provider does not take its own code (`code-refused`), gives no access for longer than an hour or so (`refresh-token-missing`), or does not say whose mail it is (`user-unknown`). Begin again.',
  },
  'grant-revoked': {
    status: 401,
    title: 'The provider gives no access to this mail any more',
    explanation:
      'The user, or the provider, has ended what was agreed to when the capsule was made, for instance by a new password. Let the user sign in again: GET /v1/oauth/{provider}/start.',
  },
  'provider-unavailable': {
    status: 503,
    title: 'The provider gives no access tokens at the moment',
    explanation:
      'Its authorization server could not be reached or failed. The capsule is as good as before. Try again after `Retry-After`.',
  },
  'credentials-missing': {
    status: 401,
    title: 'The request does not say whose mail it wants',
    explanation:
      'Send a capsule as `Authorization: Bearer pstn_…`, which is all it takes; or user and password as `Authorization: Basic …`, or an OAuth 2.0 access token as `Authorization: Bearer …` with `Mail-User`; and the server as `Mail-Server: imaps://imap.example.com` or `pop3s://…`.',
  },
  'login-refused': {
    status: 401,
    title: 'The mail server refused user or password',
    explanation:
      'Many providers want an app password, or IMAP and POP3 switched on in their settings. `responseCode` is what the server said (RFC 3206, RFC 5530). With `Retry-After` it is what it said a moment ago: one that was refused several times is asked about less and less often, so that the account is not locked.',
  },
  'login-throttled': {
    status: 429,
    title: 'Too many refused logins to this account',
    explanation:
      'The limit is ours: after several passwords were refused, new ones are tried less often, so that nobody can guess, and the mail server does not lock the account. A password that was accepted lately is not slowed down. Try again after `Retry-After`.',
  },
  'login-unavailable': {
    status: 503,
    title: 'The mail server takes no login at the moment',
    explanation: 'The password was not judged. Try again after `Retry-After`.',
  },
  'mailbox-not-found': {
    status: 404,
    title: 'There is no such mailbox',
    explanation: 'It may have been renamed or deleted. GET /v1/imap/mailboxes lists those that exist, with their ids.',
  },
  'mailbox-exists': {
    status: 409,
    title: 'There is such a mailbox already',
    explanation:
      'The member `field` says whether it has the same name in the same place, or the same role. Nothing was changed. If this call repeats one whose answer got lost, that one did it.',
  },
  'mailbox-not-empty': {
    status: 409,
    title: 'The mailbox holds messages',
    explanation:
      'The member `totalEmails` says how many, or is null when the server does not tell. `?removeEmails=true` deletes it with all of them, for good. Nothing was deleted.',
  },
  'mailbox-has-children': {
    status: 409,
    title: 'The mailbox holds other mailboxes',
    explanation: 'Delete or move those first. Nothing was deleted.',
  },
  'mailbox-protected': {
    status: 409,
    title: 'This mailbox is needed for its role',
    explanation:
      'The inbox can be neither renamed nor moved, unsubscribed or deleted. Another mailbox with a role is deleted with `?removeEmails=true` alone, even when it is empty. Nothing was changed.',
  },
  'message-not-found': {
    status: 404,
    title: 'There is no such message',
    explanation: 'It was moved, deleted or expunged since it was listed, or it never existed.',
  },
  'part-not-found': {
    status: 404,
    title: 'The message has no such part',
    explanation: 'The parts of a message are listed in its `attachments`, `textBody` and `htmlBody`.',
  },
  'thread-not-found': {
    status: 404,
    title: 'There is no such conversation',
    explanation: 'Its messages were moved, deleted or expunged since it was listed, or it never existed.',
  },
  'state-gone': {
    status: 410,
    title: 'What was known of this mailbox is out of date',
    explanation:
      'The server has renumbered it (UIDVALIDITY, RFC 9051 §2.3.1.1), so that ids, cursors and states from before name nothing any more; or what has changed since a state cannot be told exactly. List the mailbox again.',
  },
  'already-in-trash': {
    status: 409,
    title: 'The message is in the trash already',
    explanation: 'Use `?permanent=true` to remove it for good.',
  },
  'permission-denied': {
    status: 403,
    title: 'The mail server does not let this user do that',
    explanation:
      'The login is good, but the mailbox belongs to somebody else or is protected (`[NOPERM]`, RFC 5530). Nothing was changed.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The message was changed by somebody else',
    explanation:
      'The state that `If-Match` names is not that of the message any more. Nothing was changed: read it again.',
  },
  'range-not-satisfiable': {
    status: 416,
    title: 'The range begins behind the end',
    explanation: 'The member `length` and the Content-Range header say how many octets there are.',
  },
  'charset-unsupported': {
    status: 422,
    title: 'The part cannot be converted to UTF-8',
    explanation:
      'It is no text, or text in a charset that is not known; the member `charset` is the one that it declares. Leave `charset` out to get its octets as they were sent.',
  },
  'over-quota': {
    status: 507,
    title: 'The mail account is full',
    explanation: 'The mail server has no room for more (`[OVERQUOTA]`, RFC 5530). Nothing was changed.',
  },
  'not-a-draft': {
    status: 409,
    title: 'The message is not a draft',
    explanation:
      'Only a draft is replaced: a message with the keyword `$draft`, or one in the mailbox with the role drafts. Nothing was changed. Add the new message (POST) and delete the old one, or mark it as a draft before.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key was used for another request',
    explanation:
      'A key stands for one request: the same mailbox, the same message, the same parameters. Nothing was done. Take a new key for a new request.',
  },
  'idempotency-key-in-progress': {
    status: 409,
    title: 'A request with this Idempotency-Key is being carried out',
    explanation: 'Nothing was done by this one. Repeat it after `Retry-After` to get the answer of the other.',
  },
  'idempotency-key-in-doubt': {
    status: 409,
    title: 'It is not known whether an earlier request with this Idempotency-Key was carried out',
    explanation:
      'Its connection was lost before the mail server answered, and what was to be added is not found. Nothing was done by this one, since it might be there twice then. With `Retry-After` it is worth repeating: if nothing at all has come into the mailbox by then, it is done. Otherwise look into the mailbox, and if it is not there, repeat the request with a new key.',
  },
  'storing-in-doubt': {
    status: 409,
    title: 'It is not known whether the message was stored',
    explanation:
      'The connection was lost after the mail server had the whole message and before it answered, and the message is not found. It was not sent again, since it might be in the mailbox twice then, and stays where it came from. With `Retry-After` it is worth repeating: what has not come by then will not come any more. Otherwise something has been removed from the mailbox since, which may have been this message, or it has come in another form: look for it there, and delete it where it came from, or take it into another mailbox.',
  },
  'stored-and-removed': {
    status: 409,
    title: 'The message was stored before, and is no longer in the mailbox',
    explanation:
      'It was taken into this mailbox before, and should then have been deleted where it came from, which failed; meanwhile somebody has moved or deleted it in the mailbox. It is not added again, and stays where it came from: delete it there if it is not wanted, or take it into another mailbox.',
  },
  'same-mailbox': {
    status: 409,
    title: 'The maildrop and the mailbox are one and the same',
    explanation:
      'The message that is to be stored is in the mailbox under the number that the maildrop knows it by: POP3 and IMAP show the same account here. What is deleted in the one would be gone from the other, so nothing of this maildrop is deleted. With `keep` nothing is deleted in any case.',
  },
  'copy-unproven': {
    status: 409,
    title: 'What is in the mailbox may be the message itself',
    explanation:
      'The mailbox has a message with exactly these octets, and Postern does not know that it is a copy: it did not put it there from this maildrop, or that was more than a day ago. The maildrop may show the mailbox itself, by other names, and then what is deleted in the one would be gone from both. So the message stays in its maildrop. If you know that they are two accounts, repeat the request with `alreadyThere` set to `delete`.',
  },
  'receipt-invalid': {
    status: 400,
    title: 'This is not a receipt for this maildrop',
    explanation:
      'A receipt is good only as it came, for the account that downloaded, while the operator keeps the key. Nothing was deleted; download again.',
  },
  'receipt-expired': {
    status: 410,
    title: 'The receipt has expired',
    explanation: 'Nothing was deleted. Download again: the messages are still on the server.',
  },
  'unsupported-by-server': {
    status: 422,
    title: 'The mail server cannot do this',
    explanation: 'The member `feature` names what it lacks. Nothing was changed.',
  },
  'search-too-broad': {
    status: 422,
    title: 'Too much would have to be looked at one by one',
    explanation:
      'IMAP cannot search for attachments, nor for a time of day, nor in all mailboxes at once. The member `limit` says how many of what `of` names are looked at one by one. Add conditions that leave fewer, or name fewer mailboxes.',
  },
  'uidl-not-unique': {
    status: 422,
    title: 'The server gives this unique-id to several messages',
    explanation:
      'It cannot be told which of them is meant, so none is deleted or handed out as downloaded. It can still be read.',
  },
  'too-large-for-json': {
    status: 422,
    title: 'The message does not fit into JSON',
    explanation:
      'Its text is too long, or it has too many parts, to be handed out whole as an Email. Download it with `format: "raw"`. The receipt does not cover it.',
  },
  'message-too-large': {
    status: 413,
    title: 'The mail server takes no message of this size',
    explanation:
      'The limit is the mail server’s; `limitBytes` says how much it takes, or is null when it does not tell (APPENDLIMIT, `[TOOBIG]`). Nothing was added.',
  },
  'subscription-not-found': {
    status: 404,
    title: 'There is no such subscription',
    explanation:
      'This account has no webhook subscription with this id, or it was made with a capsule that may reach more than yours. `GET /v1/subscriptions` lists those that you may see.',
  },
  'subscriptions-full': {
    status: 409,
    title: 'The account has as many subscriptions as it may have',
    explanation: 'End one of them by `DELETE /v1/subscriptions/{id}`. Nothing was changed.',
  },
  'subscription-ended': {
    status: 409,
    title: 'Nothing is sent for this subscription',
    explanation:
      'It is paused or suspended, and goes on when `PATCH` sets its `status` to active. Or it has ended: its receiver answered 410, or the capsule that it was made with is over, and its credential was erased. Then make a new one, or give it another credential by `PATCH` with `renewCredential`.',
  },
  'delivery-not-found': {
    status: 404,
    title: 'There is no such delivery',
    explanation:
      'The subscription has no delivery with this id. Deliveries are kept for seven days after they came to an end.',
  },
  'maildrop-locked': {
    status: 409,
    title: 'The maildrop is locked by another session',
    explanation: 'POP3 gives a maildrop to one session at a time (RFC 1939 §8). Try again after `Retry-After`.',
  },
  'queue-full': {
    status: 429,
    title: 'Too many requests at once for this account',
    explanation: 'The limit is ours: requests of one account share a few mail sessions. Try again after `Retry-After`.',
  },
  'listeners-full': {
    status: 429,
    title: 'Too many listen to this account already',
    explanation:
      'The limit is ours: `limit` says whether it is the streams of events and waiting calls of this account (`listeners`) or the mailboxes that they listen to (`watchedMailboxes`), and `most` how many of them there may be. Close one that nobody needs, or ask for changes without `wait`.',
  },
  'server-limit-reached': {
    status: 429,
    title: 'The mail server allows no more at the moment',
    explanation:
      'The limit is the mail server’s: of connections for this user, which other devices share, or of what one may ask of it in a time. Try again after `Retry-After`.',
  },
  'connect-failed': {
    status: 502,
    title: 'The mail server could not be reached',
    explanation: 'The name does not resolve, nothing listens on the port, or TLS could not be agreed on.',
  },
  'tls-failed': {
    status: 502,
    title: 'The connection to the mail server could not be encrypted',
    explanation:
      'Its certificate is not trusted or not for this name, or it does not offer STARTTLS or STLS. The password was not sent.',
  },
  'connection-lost': {
    status: 502,
    title: 'The mail server closed the connection',
    explanation:
      'Reading changed nothing. If something was to be changed it may or may not have happened: look before you repeat it. An acknowledgement can be repeated safely.',
  },
  'protocol-violated': {
    status: 502,
    title: 'The mail server answered outside its protocol',
    explanation: 'The session was closed. Check that host and port belong to a mail server.',
  },
  'limit-exceeded': {
    status: 502,
    title: 'The mail server sent more than is accepted',
    explanation: 'The member `limit` names the limit. The session was closed.',
  },
  'command-refused': {
    status: 502,
    title: 'The mail server refused a command',
    explanation: 'The members `command` and `responseCode` say which, and why as far as the server says.',
  },
  'partly-done': {
    status: 502,
    title: 'The mail server refused the second half of a change',
    explanation:
      'The member `command` was refused after something had been changed already, and it could not be undone. `keywords` is what the message is marked with now, null when that could not be found out. `copy` is a copy of it that was made, or what was to replace it; null when there is none. The message itself is still where it was, unless `keywords` is null: then nobody knows.',
  },
  'server-busy': {
    status: 503,
    title: 'The mail server cannot do it at the moment',
    explanation:
      'Something behind it is down or in use (`[UNAVAILABLE]`, `[INUSE]`, `[SYS/TEMP]`). Nothing was changed. Try again after `Retry-After`.',
  },
  'deadline-exceeded': {
    status: 504,
    title: 'The mail server took too long',
    explanation:
      'The members `phase` and `limitMs` say where and how long it was waited for. If something was to be changed it may or may not have happened: look before you repeat it.',
  },
  misconfigured: {
    status: 500,
    title: 'This Postern is not set up completely',
    explanation: 'The member `variable` names what its operator has to set.',
  },
  internal: {
    status: 500,
    title: 'A fault of ours',
    explanation: 'Report it with the X-Request-Id of the answer.',
  },
};
