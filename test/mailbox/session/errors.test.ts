import { describe, expect, it } from 'vitest';
import { Failed } from '../../../src/core/failure.ts';
import { commandFailureOf, connectFailureOf, faultOf, loginFailureOf } from '../../../src/mailbox/session/errors.ts';

const error = (members: object, message = 'Command failed') => Object.assign(new Error(message), members);
const tagged = (status: string, code?: string) => ({
  responseStatus: status,
  response: { attributes: code === undefined ? [] : [{ section: [{ type: 'ATOM', value: code }] }] },
});
const lost = { code: 'NoConnection' };

describe('faultOf', () => {
  it.each([
    ['LineTooLarge', 'imapLineBytes'],
    ['LiteralTooLarge', 'imapLiteralBytes'],
    ['ResponseTooLarge', 'imapResponseBytes'],
    ['TooManyTokens', 'imapResponseTokens'],
  ])('names the limit behind %s', (code, limit) => {
    expect(faultOf(error({ code }))).toEqual({ kind: 'limit-exceeded', limit });
  });

  it.each(['ParserError11', 'UnexpectedTag', 'MissingTag', 'ResponseProcessingFailed'])(
    'takes %s for a violation',
    (code) => {
      expect(faultOf(error({ code }))).toMatchObject({ kind: 'protocol-violated' });
    },
  );

  it('lets a failure that is known already through', () => {
    expect(faultOf(new Failed({ kind: 'queue-full', limitedBy: 'postern', retryAfterSeconds: 5 }))).toMatchObject({
      kind: 'queue-full',
    });
  });
});

describe('commandFailureOf', () => {
  it('tells NO and BAD from a connection that is gone', () => {
    expect(commandFailureOf(error(tagged('NO', 'CANNOT')), 'SELECT', null)).toEqual({
      kind: 'command-refused',
      command: 'SELECT',
      responseCode: 'CANNOT',
    });
    expect(commandFailureOf(error(tagged('BAD')), 'UID STORE', null)).toMatchObject({ responseCode: null });
    expect(commandFailureOf(error(lost), 'UID STORE', null)).toEqual({ kind: 'connection-lost' });
  });

  it.each([
    ['NOPERM', 'UID STORE', { kind: 'permission-denied', command: 'UID STORE' }],
    ['OVERQUOTA', 'UID COPY', { kind: 'over-quota' }],
    ['LIMIT', 'FETCH', { kind: 'server-limit-reached', limitedBy: 'mail-server', responseCode: 'LIMIT' }],
    ['THROTTLED', 'SELECT', { kind: 'server-limit-reached', responseCode: 'THROTTLED', retryAfterSeconds: 30 }],
    ['UNAVAILABLE', 'SELECT', { kind: 'server-busy', command: 'SELECT', responseCode: 'UNAVAILABLE' }],
    ['INUSE', 'UID MOVE', { kind: 'server-busy', retryAfterSeconds: 30 }],
    ['SYS/TEMP', 'FETCH', { kind: 'server-busy' }],
    ['NONEXISTENT', 'SELECT', { kind: 'mailbox-not-found' }],
    ['TRYCREATE', 'UID COPY', { kind: 'mailbox-not-found' }],
    ['NONEXISTENT', 'UID FETCH', { kind: 'command-refused', responseCode: 'NONEXISTENT' }],
    ['EXPUNGEISSUED', 'UID STORE', { kind: 'command-refused', responseCode: 'EXPUNGEISSUED' }],
    ['EXPIRED', 'FETCH', { kind: 'login-refused', responseCode: 'EXPIRED' }],
    ['SERVERBUG', 'FETCH', { kind: 'command-refused', responseCode: 'SERVERBUG' }],
  ])('knows what NO [%s] means to %s', (code, command, failure) => {
    expect(commandFailureOf(error(tagged('NO', code)), command, null)).toMatchObject(failure);
  });

  it.each(['Permission denied', 'Access denied for APPEND on INBOX.Team (ACL "i" required)'])(
    'knows who says NO %s without a code',
    (responseText) => {
      const refused = error({ ...tagged('NO'), responseText });
      expect(commandFailureOf(refused, 'APPEND', null)).toEqual({ kind: 'permission-denied', command: 'APPEND' });
    },
  );

  it('leaves Exchange alone for as long as it wants, and not for days', () => {
    const throttled = (throttleReset: number) =>
      commandFailureOf(error({ ...tagged('BAD'), code: 'ETHROTTLE', throttleReset }), 'FETCH', null);
    expect(throttled(92_415)).toMatchObject({ kind: 'server-limit-reached', retryAfterSeconds: 93 });
    expect(throttled(1e12)).toMatchObject({ retryAfterSeconds: 3600 });
  });

  it('gives the reason that the connection told when it closed', () => {
    const fault = { kind: 'limit-exceeded', limit: 'imapLineBytes' } as const;
    expect(commandFailureOf(error(lost), 'FETCH', fault)).toBe(fault);
  });

  it('takes the login back that Exchange revokes with the first command', () => {
    const revoked = { ...tagged('BAD'), responseText: 'User is authenticated but not connected.' };
    expect(commandFailureOf(error(revoked), 'SELECT', null)).toMatchObject({ kind: 'login-refused' });
  });

  it('does not hide a bug', () => {
    expect(commandFailureOf(new TypeError('x is undefined'), 'FETCH', null)).toBeNull();
  });
});

describe('loginFailureOf', () => {
  it.each(['AUTHENTICATIONFAILED', 'AUTHORIZATIONFAILED', 'EXPIRED', 'PRIVACYREQUIRED', 'CONTACTADMIN', 'WEBALERT'])(
    'says that a login was refused with [%s]',
    (code) => {
      expect(loginFailureOf(error(tagged('NO', code)))).toEqual({ kind: 'login-refused', responseCode: code });
    },
  );

  it('takes NO and BAD without a code for a refusal', () => {
    expect(loginFailureOf(error(tagged('NO')))).toEqual({ kind: 'login-refused', responseCode: null });
    expect(loginFailureOf(error(tagged('BAD')))).toEqual({ kind: 'login-refused', responseCode: null });
    expect(loginFailureOf(error(lost))).toBeNull();
  });

  it.each(['UNAVAILABLE', 'INUSE', 'SYS/TEMP'])('blames no password for [%s]', (code) => {
    expect(loginFailureOf(error(tagged('NO', code)))).toMatchObject({
      kind: 'login-unavailable',
      retryAfterSeconds: 30,
    });
  });

  it.each([
    ['UNAVAILABLE', 'Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)'],
    ['LIMIT', 'Rate limit hit.'],
    ['ALERT', 'Too many simultaneous connections. (Failure)'],
    ['ALERT', 'Account exceeded command or bandwidth limits. (Failure)'],
    [undefined, 'Too many open connections (host=10)'],
    [undefined, 'Maximum connection limit reached'],
    [undefined, 'Too many concurrent IMAP connections.'],
  ])('sees the limit in NO [%s] %s', (code, responseText) => {
    const failure = loginFailureOf(error({ ...tagged('NO', code), responseText }));
    expect(failure).toMatchObject({ kind: 'server-limit-reached', responseCode: code ?? null });
  });

  it('repeats nothing that the server said', () => {
    const said = error({ ...tagged('NO'), responseText: 'grace@weaver.example is locked' });
    expect(JSON.stringify(loginFailureOf(said))).not.toContain('grace');
  });
});

describe('connectFailureOf', () => {
  const goodbye = (text: string, code?: string) => ({
    attributes: [
      ...(code === undefined ? [] : [{ type: 'ATOM', value: '', section: [{ type: 'ATOM', value: code }] }]),
      { type: 'TEXT', value: text },
    ],
  });

  it('asks to come again when the server says BYE before the login', () => {
    const unavailable = { kind: 'login-unavailable', retryAfterSeconds: 30 };
    expect(connectFailureOf(error(lost), null, goodbye('going down'))).toEqual({ ...unavailable, responseCode: null });
    expect(connectFailureOf(error(lost), null, goodbye('later', 'UNAVAILABLE'))).toEqual({
      ...unavailable,
      responseCode: 'UNAVAILABLE',
    });
    expect(connectFailureOf(error(lost), null, goodbye('Too many open connections'))).toMatchObject({
      kind: 'server-limit-reached',
    });
  });

  it('believes what the login was told before what the connection was', () => {
    const refused = new Failed({ kind: 'login-refused', responseCode: null });
    expect(connectFailureOf(refused, null, goodbye('bye'))).toMatchObject({ kind: 'login-refused' });
  });

  it.each([
    [error({ tlsFailed: true }, 'internal error'), 'tls-failed'],
    [error({}, 'TLS handshake failed'), 'tls-failed'],
    [error({}, 'proxy request failed, cannot connect to the specified address'), 'connect-failed'],
    [error({ code: 'ClosedAfterConnectText' }), 'connection-lost'],
    [error({ code: 'CONNECT_TIMEOUT' }), 'deadline-exceeded'],
    [error({ code: 'GREETING_TIMEOUT' }), 'deadline-exceeded'],
    [error({ code: 'UPGRADE_TIMEOUT', tlsFailed: true }), 'deadline-exceeded'],
    [new Failed({ kind: 'server-forbidden', reason: 'address' }), 'server-forbidden'],
  ])('%s is %s', (thrown, kind) => {
    expect(connectFailureOf(thrown, null)).toMatchObject({ kind });
  });
});
