/**
 * Does every failure become a problem that says what to do, and nothing that a mail server said?
 */
import { describe, expect, it } from 'vitest';
import type { FieldError, MailFailure } from '../../src/core/failure.ts';
import { headersOf, problemOf } from '../../src/core/problem.ts';
import { problemKinds } from '../../src/core/problem-kinds.ts';

const errors: readonly FieldError[] = [
  { in: 'query', field: 'limit', message: 'Give a whole number.' },
  { in: 'query', field: 'fields.0', message: 'Name a field.' },
];

/** One of each kind: a kind that is missing here does not compile. */
const failures: { readonly [K in MailFailure['kind']]: Extract<MailFailure, { kind: K }> } = {
  'request-invalid': { kind: 'request-invalid', errors },
  'route-unknown': { kind: 'route-unknown' },
  'method-not-allowed': { kind: 'method-not-allowed', allow: ['GET', 'HEAD'] },
  'body-too-large': { kind: 'body-too-large', limitBytes: 1024 },
  'media-type-unsupported': { kind: 'media-type-unsupported', expected: 'application/json' },
  'protocol-mismatch': { kind: 'protocol-mismatch', route: '/v1/pop' },
  'server-forbidden': { kind: 'server-forbidden', reason: 'port' },
  'uri-too-long': { kind: 'uri-too-long', limitBytes: 16_384 },
  'header-too-large': { kind: 'header-too-large', limitBytes: 16_384 },
  'target-forbidden': { kind: 'target-forbidden', reason: 'address' },
  'caller-unknown': { kind: 'caller-unknown', reason: 'missing' },
  'caller-unverified': { kind: 'caller-unverified', retryAfterSeconds: 10 },
  'caller-forbidden': { kind: 'caller-forbidden', reason: 'server' },
  'rate-limited': { kind: 'rate-limited', limitedBy: 'postern', limit: 'account', retryAfterSeconds: 3 },
  'capsule-invalid': { kind: 'capsule-invalid' },
  'capsule-expired': { kind: 'capsule-expired' },
  'capsule-revoked': { kind: 'capsule-revoked' },
  'scope-missing': { kind: 'scope-missing', scope: 'delete' },
  'mailbox-not-granted': { kind: 'mailbox-not-granted' },
  'access-too-wide': { kind: 'access-too-wide', member: 'scopes' },
  'provider-unknown': { kind: 'provider-unknown' },
  'authorization-failed': { kind: 'authorization-failed', reason: 'denied' },
  'grant-revoked': { kind: 'grant-revoked', provider: 'google' },
  'provider-unavailable': { kind: 'provider-unavailable', retryAfterSeconds: 30 },
  'credentials-missing': { kind: 'credentials-missing' },
  'login-refused': { kind: 'login-refused', responseCode: 'AUTHENTICATIONFAILED' },
  'login-throttled': { kind: 'login-throttled', limitedBy: 'postern', retryAfterSeconds: 10 },
  'login-unavailable': { kind: 'login-unavailable', responseCode: null, retryAfterSeconds: 30 },
  'mailbox-not-found': { kind: 'mailbox-not-found' },
  'mailbox-exists': { kind: 'mailbox-exists', field: 'name' },
  'mailbox-not-empty': { kind: 'mailbox-not-empty', totalEmails: 3 },
  'mailbox-has-children': { kind: 'mailbox-has-children' },
  'mailbox-protected': { kind: 'mailbox-protected', role: 'inbox' },
  'message-not-found': { kind: 'message-not-found' },
  'part-not-found': { kind: 'part-not-found' },
  'thread-not-found': { kind: 'thread-not-found' },
  'state-gone': { kind: 'state-gone' },
  'already-in-trash': { kind: 'already-in-trash' },
  'receipt-invalid': { kind: 'receipt-invalid' },
  'subscription-not-found': { kind: 'subscription-not-found' },
  'subscriptions-full': { kind: 'subscriptions-full', limitedBy: 'postern', most: 20 },
  'subscription-ended': { kind: 'subscription-ended' },
  'delivery-not-found': { kind: 'delivery-not-found' },
  'receipt-expired': { kind: 'receipt-expired' },
  'unsupported-by-server': { kind: 'unsupported-by-server', feature: 'UIDPLUS' },
  'search-too-broad': { kind: 'search-too-broad', of: 'messages', limit: 5_000 },
  'uidl-not-unique': { kind: 'uidl-not-unique' },
  'too-large-for-json': { kind: 'too-large-for-json' },
  'message-too-large': { kind: 'message-too-large', limitedBy: 'mail-server', limitBytes: null },
  'maildrop-locked': { kind: 'maildrop-locked', retryAfterSeconds: 7 },
  'queue-full': { kind: 'queue-full', limitedBy: 'postern', retryAfterSeconds: 5 },
  'listeners-full': {
    kind: 'listeners-full',
    limitedBy: 'postern',
    limit: 'watchedMailboxes',
    most: 8,
    retryAfterSeconds: 30,
  },
  'server-limit-reached': {
    kind: 'server-limit-reached',
    limitedBy: 'mail-server',
    responseCode: 'LIMIT',
    retryAfterSeconds: 30,
  },
  'server-busy': { kind: 'server-busy', command: 'UID COPY', responseCode: 'UNAVAILABLE', retryAfterSeconds: 30 },
  'permission-denied': { kind: 'permission-denied', command: 'UID MOVE' },
  'precondition-failed': { kind: 'precondition-failed' },
  'range-not-satisfiable': { kind: 'range-not-satisfiable', length: 12 },
  'charset-unsupported': { kind: 'charset-unsupported', charset: 'x-unknown' },
  'over-quota': { kind: 'over-quota' },
  'not-a-draft': { kind: 'not-a-draft' },
  'idempotency-key-reused': { kind: 'idempotency-key-reused' },
  'idempotency-key-in-progress': { kind: 'idempotency-key-in-progress', retryAfterSeconds: 5 },
  'idempotency-key-in-doubt': { kind: 'idempotency-key-in-doubt', retryAfterSeconds: 90 },
  'storing-in-doubt': { kind: 'storing-in-doubt', retryAfterSeconds: 90 },
  'stored-and-removed': { kind: 'stored-and-removed' },
  'same-mailbox': { kind: 'same-mailbox' },
  'copy-unproven': { kind: 'copy-unproven' },
  'connect-failed': { kind: 'connect-failed' },
  'tls-failed': { kind: 'tls-failed' },
  'connection-lost': { kind: 'connection-lost' },
  'protocol-violated': { kind: 'protocol-violated', detail: 'It answered a command that was not sent.' },
  'limit-exceeded': { kind: 'limit-exceeded', limit: 'imapLineBytes' },
  'command-refused': { kind: 'command-refused', command: 'UID STORE', responseCode: 'READ-ONLY' },
  'partly-done': {
    kind: 'partly-done',
    command: 'UID EXPUNGE',
    responseCode: null,
    keywords: { $seen: true },
    copy: { id: null, mailboxId: 'mb_VHJhc2g' },
  },
  'deadline-exceeded': { kind: 'deadline-exceeded', phase: 'login', limitMs: 20_000 },
  misconfigured: { kind: 'misconfigured', variable: 'CAPSULE_KEYS' },
  internal: { kind: 'internal' },
};
const all = Object.values(failures);

describe.each(all)('$kind', (failure) => {
  const { kind, ...members } = failure;
  const problem = problemOf(failure);

  it('has the type, the title and the status of its kind, a detail in a sentence, and its own members', () => {
    const { title, status } = problemKinds[kind];
    expect(problem).toEqual({ type: `/problems/${kind}`, title, status, detail: problem.detail, ...members });
    expect(problem.detail).toMatch(/^(\w+(\.\d+)?: )?[A-Z].*[.)]$/s);
    expect(title).not.toMatch(/\.$/);
  });

  it('has an explanation for people', () => {
    expect(problemKinds[kind].explanation).toMatch(/^[A-Z].{20,}\.$/s);
  });

  it('has the headers that its status asks for', () => {
    const headers = headersOf(failure);
    expect('WWW-Authenticate' in headers).toBe(problem.status === 401);
    expect('Allow' in headers).toBe(problem.status === 405);
    if (problem.status === 429) expect(headers['Retry-After']).toMatch(/^\d+$/);
    if ('retryAfterSeconds' in failure) expect(headers['Retry-After']).toBe(String(failure.retryAfterSeconds));
  });
});

it('tells every field that is wrong in its detail', () => {
  expect(problemOf(failures['request-invalid']).detail).toBe('limit: Give a whole number. fields.0: Name a field.');
});

it('says which mailbox is missing when it is not that of the path', () => {
  expect(problemOf({ kind: 'mailbox-not-found', field: 'mailboxId' }).detail).toContain('`mailboxId`');
  expect(problemOf({ kind: 'mailbox-not-found' }).detail).not.toContain('mailboxId');
});

it('says for each rule about servers which one it was', () => {
  const details = (['address', 'port', 'cleartext', 'provider'] as const).map(
    (reason) => problemOf({ kind: 'server-forbidden', reason }).detail,
  );
  expect(new Set(details).size).toBe(4);
});
