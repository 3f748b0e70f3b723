import { describe, expect, it } from 'vitest';
import { Failed } from '../../../src/core/failure.ts';
import { commandFailureOf, connectFailureOf, faultOf } from '../../../src/mailbox/session/errors.ts';

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
    expect(commandFailureOf(error(tagged('NO', 'NOPERM')), 'SELECT', null)).toEqual({
      kind: 'command-refused',
      command: 'SELECT',
      responseCode: 'NOPERM',
    });
    expect(commandFailureOf(error(tagged('BAD')), 'UID STORE', null)).toMatchObject({ responseCode: null });
    expect(commandFailureOf(error(lost), 'UID STORE', null)).toEqual({ kind: 'connection-lost' });
  });

  it('gives the reason that the connection told when it closed', () => {
    const fault = { kind: 'limit-exceeded', limit: 'imapLineBytes' } as const;
    expect(commandFailureOf(error(lost), 'FETCH', fault)).toBe(fault);
  });

  it('calls throttling a limit', () => {
    expect(commandFailureOf(error({ ...tagged('BAD'), code: 'ETHROTTLE' }), 'FETCH', null)).toMatchObject({
      responseCode: 'LIMIT',
    });
  });

  it('takes the login back that Exchange revokes with the first command', () => {
    const revoked = { ...tagged('BAD'), responseText: 'User is authenticated but not connected.' };
    expect(commandFailureOf(error(revoked), 'SELECT', null)).toMatchObject({ kind: 'login-refused' });
  });

  it('does not hide a bug', () => {
    expect(commandFailureOf(new TypeError('x is undefined'), 'FETCH', null)).toBeNull();
  });
});

describe('connectFailureOf', () => {
  const refused = (code?: string) => error({ ...tagged('NO', code), authenticationFailed: true });

  it('says which code a login was refused with', () => {
    const failure = { kind: 'login-refused', responseCode: 'AUTHENTICATIONFAILED' };
    expect(connectFailureOf(refused('AUTHENTICATIONFAILED'), null)).toEqual(failure);
    expect(connectFailureOf(refused(), null)).toEqual({ kind: 'login-refused', responseCode: null });
  });

  it.each(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SYS/TEMP'])('blames no password for [%s]', (code) => {
    expect(connectFailureOf(refused(code), null)).toMatchObject({ kind: 'login-unavailable', retryAfterSeconds: 30 });
  });

  it('asks to come again when the server says BYE before the login', () => {
    const bye = error({ code: 'ClosedAfterConnectTLS', reason: 'Too many connections' });
    expect(connectFailureOf(bye, null)).toMatchObject({ kind: 'login-unavailable', responseCode: null });
  });

  it('says that passwords are not taken at all', () => {
    const disabled = error({ authenticationFailed: true }, 'Login is disabled');
    expect(connectFailureOf(disabled, null)).toMatchObject({ kind: 'unsupported-by-server' });
  });

  it('says that no mechanism fits an access token', () => {
    const unsupported = error({}, 'Unsupported authentication mechanism');
    expect(connectFailureOf(unsupported, null)).toEqual({
      kind: 'unsupported-by-server',
      feature: 'SASL OAUTHBEARER or XOAUTH2',
    });
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

  it('repeats nothing that the server said', () => {
    const said = error({ ...tagged('NO'), authenticationFailed: true, responseText: 'grace@weaver.example is locked' });
    expect(JSON.stringify(connectFailureOf(said, null))).not.toContain('grace');
  });
});
