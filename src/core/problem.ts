/**
 * How does a failure look outside?
 *
 * RFC 9457 `application/problem+json`: what is true of its kind always (`problem-kinds.ts`), and what is true of this one failure. Neither ever carries what a mail server said
 * in free text: it may quote a user or a subject.
 */
import type { MailFailure } from './failure.ts';
import { type ProblemStatus, problemKinds } from './problem-kinds.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: ProblemStatus;
  readonly detail: string;
  readonly [member: string]: unknown;
}

/** The answer to a failure. `type` is relative: it resolves against the address that was called. */
export function problemOf(failure: MailFailure): Problem {
  const { kind, ...members } = failure;
  const { status, title } = problemKinds[kind];
  return { type: `/problems/${kind}`, title, status, detail: detailOf(failure), ...members };
}

function detailOf(failure: MailFailure): string {
  switch (failure.kind) {
    case 'request-invalid':
      return failure.errors.map(({ field, message }) => `${field}: ${message}`).join(' ');
    case 'method-not-allowed':
      return `Use ${failure.allow.join(' or ')}.`;
    case 'body-too-large':
      return `Send at most ${failure.limitBytes} octets.`;
    case 'media-type-unsupported':
      return `Send the body as ${failure.expected}.`;
    case 'protocol-mismatch':
      return `Call it under ${failure.route}.`;
    case 'server-forbidden':
      return {
        address: 'The host is not a public address or a full domain name.',
        port: 'Only the standard ports of IMAP and POP3 may be called.',
        cleartext: 'A password is never sent without TLS here. Leave security=none out.',
        provider: 'A provider’s access tokens are shown to its own mail server alone.',
      }[failure.reason];
    case 'target-forbidden':
      return {
        address: 'The host is not a public address or a full domain name.',
        port: 'Only the standard port of HTTPS may be called.',
        cleartext: 'Only https:// may be called.',
        credentials: 'Leave user and password out of the URL.',
      }[failure.reason];
    case 'uri-too-long':
    case 'header-too-large':
      return `Send at most ${failure.limitBytes} octets.`;
    case 'caller-unknown':
      return failure.reason === 'missing' ? 'Send X-API-Key.' : 'It is not known, or not any more.';
    case 'caller-forbidden':
      return failure.reason === 'server' ? 'It is not for this mail server.' : 'It does not allow this.';
    case 'scope-missing':
      return `It lacks the scope ${failure.scope}. Nothing was done.`;
    case 'access-too-wide':
      return `Ask for less in \`${failure.member}\`. Nothing was made.`;
    case 'unsupported-by-server':
      return `The server does not offer ${failure.feature}.`;
    case 'search-too-broad':
      return `At most ${failure.limit} ${failure.of} are looked at one by one, and there are more.`;
    case 'protocol-violated':
      return failure.detail;
    case 'limit-exceeded':
      return `The limit is ${failure.limit}.`;
    case 'message-too-large':
      return failure.limitBytes === null
        ? 'It did not say how large a message may be.'
        : `It takes at most ${failure.limitBytes} octets.`;
    case 'mailbox-not-found':
      return failure.field === undefined
        ? problemKinds[failure.kind].explanation
        : `There is no mailbox that \`${failure.field}\` names. Nothing was changed.`;
    case 'mailbox-not-granted':
      return failure.field === undefined
        ? problemKinds[failure.kind].explanation
        : `It allows nothing in a mailbox that \`${failure.field}\` names. Nothing was done.`;
    case 'command-refused':
      // RFC 1939 §6: some messages may be gone. To acknowledge again deletes the rest and does not mind what is gone.
      if (failure.command === 'QUIT') return 'It refused QUIT: some messages may be deleted and some not. Do it again.';
      return `It refused ${failure.command}.`;
    case 'partly-done':
    case 'permission-denied':
      return `It refused ${failure.command}.`;
    case 'mailbox-exists':
      return failure.field === 'name'
        ? 'There is a mailbox of this name in this place. Nothing was changed.'
        : 'Another mailbox has this role. Nothing was changed.';
    case 'mailbox-not-empty':
      return failure.totalEmails === null
        ? 'It may hold messages. Use `?removeEmails=true` to delete it with all that it holds.'
        : `It holds ${failure.totalEmails}. Use \`?removeEmails=true\` to delete them with it.`;
    case 'mailbox-protected':
      return failure.role === 'inbox'
        ? 'The inbox stays as it is.'
        : `It has the role ${failure.role}. Use \`?removeEmails=true\` to delete it all the same.`;
    case 'subscriptions-full':
      return `One account has ${failure.most} at most. End one, and try again.`;
    case 'deadline-exceeded':
      return `No ${failure.phase} within ${failure.limitMs} ms.`;
    case 'range-not-satisfiable':
      return `There are ${failure.length} octets.`;
    case 'misconfigured':
      return `The operator has to set ${failure.variable}.`;
    case 'caller-unverified':
    case 'rate-limited':
    case 'provider-unavailable':
    case 'login-throttled':
    case 'login-unavailable':
    case 'server-limit-reached':
    case 'server-busy':
    case 'maildrop-locked':
    case 'queue-full':
    case 'listeners-full':
      return `Try again in ${failure.retryAfterSeconds} s.`;
    case 'route-unknown':
    case 'capsule-invalid':
    case 'capsule-expired':
    case 'capsule-revoked':
    case 'provider-unknown':
    case 'authorization-failed':
    case 'grant-revoked':
    case 'credentials-missing':
    case 'login-refused':
    case 'mailbox-has-children':
    case 'message-not-found':
    case 'part-not-found':
    case 'thread-not-found':
    case 'state-gone':
    case 'already-in-trash':
    case 'precondition-failed':
    case 'charset-unsupported':
    case 'over-quota':
    case 'not-a-draft':
    case 'idempotency-key-reused':
    case 'idempotency-key-in-progress':
    case 'idempotency-key-in-doubt':
    case 'storing-in-doubt':
    case 'stored-and-removed':
    case 'same-mailbox':
    case 'copy-unproven':
    case 'receipt-invalid':
    case 'receipt-expired':
    case 'uidl-not-unique':
    case 'too-large-for-json':
    case 'subscription-not-found':
    case 'subscription-ended':
    case 'delivery-not-found':
    case 'connect-failed':
    case 'tls-failed':
    case 'connection-lost':
    case 'internal':
      return problemKinds[failure.kind].explanation;
  }
}

/** The headers that belong to a failure's status. */
export function headersOf(failure: MailFailure): Readonly<Record<string, string>> {
  if ('retryAfterSeconds' in failure) return { 'Retry-After': String(failure.retryAfterSeconds) };
  if (failure.kind === 'method-not-allowed') return { Allow: failure.allow.join(', ') };
  // RFC 9110 §15.5.17
  if (failure.kind === 'range-not-satisfiable') return { 'Content-Range': `bytes */${failure.length}` };
  // A scheme that no browser knows: none asks its user for a password that would be of no use.
  if (failure.kind === 'caller-unknown') return { 'WWW-Authenticate': 'ApiKey realm="postern", header="X-API-Key"' };
  const { status } = problemKinds[failure.kind];
  // RFC 6750 §3.1. A browser would ask for a password otherwise.
  if (failure.kind.startsWith('capsule-') || failure.kind === 'grant-revoked') {
    return { 'WWW-Authenticate': 'Bearer realm="mail account", error="invalid_token"' };
  }
  return status === 401 ? { 'WWW-Authenticate': 'Basic realm="mail account", charset="UTF-8"' } : {};
}
