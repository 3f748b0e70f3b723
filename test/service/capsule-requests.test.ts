/**
 * What is wrong with a request for a capsule, and is it told before anything is dialled, field by field and without a secret?
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canaryPassword } from '../support/canary.ts';
import { accounts, sealedFor } from '../support/capsules.ts';
import { accountOf } from '../support/consolidation.ts';
import { type DeafServer, startDeafServer } from '../support/deaf-server.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
let server: DeafServer;
beforeAll(async () => {
  postern = await startPostern({});
  server = await startDeafServer();
});
afterAll(async () => {
  expect(server.connections, 'connections to a mail server').toBe(0);
  await server.stop();
  await postern.stop();
});

const fieldsOf = async (body: unknown): Promise<string[]> => {
  const { errors = [] } = await postern.problem('request-invalid', null, accounts, { body });
  expect(errors.map((error) => error.in)).toEqual(errors.map(() => 'body'));
  return errors.map(({ field }) => field);
};

const account = { server: 'imaps://imap.example.com', user: 'ada', password: canaryPassword };

describe('a request', () => {
  it.each<[string, object, string[]]>([
    ['nothing', {}, ['server', 'user', 'password']],
    ['an unknown member', { ...account, scope: 'read' }, ['scope']],
    ['no credential', { ...account, password: undefined }, ['password']],
    ['an empty password', { ...account, password: '' }, ['password']],
    ['two credentials', { ...account, accessToken: canaryPassword }, ['accessToken']],
    [
      'three credentials',
      { ...account, accessToken: 'a', oauth2: { provider: 'a', refreshToken: 'b' } },
      ['accessToken', 'oauth2'],
    ],
    [
      'a refresh token of nobody',
      { ...account, password: undefined, oauth2: { refreshToken: 'b' } },
      ['oauth2.provider'],
    ],
    [
      'a refresh token that ends its field',
      { ...account, password: undefined, oauth2: { provider: 'a', refreshToken: 'b\n' } },
      ['oauth2'],
    ],
    [
      'a capsule for a refresh token',
      { ...account, password: undefined, oauth2: { provider: 'a', refreshToken: 'pstn_b' } },
      ['oauth2'],
    ],
    [
      'a capsule and a refresh token',
      { token: canaryPassword, oauth2: { provider: 'a', refreshToken: 'b' } },
      ['oauth2'],
    ],
    ['a capsule and a credential', { token: canaryPassword, password: canaryPassword }, ['password']],
    ['a token that is no text', { token: [canaryPassword] }, ['token']],
    ['a password of several', { ...account, password: { 0: canaryPassword } }, ['password']],
    ['a password that ends the command', { ...account, password: `${canaryPassword}\r\nA LOGOUT` }, ['password']],
    ['a user that ends the command', { ...account, user: 'ada\0' }, ['user']],
    ['a capsule for a password', { ...account, password: `pstn_${canaryPassword}` }, ['password']],
    [
      'a capsule for an access token',
      { ...account, password: undefined, accessToken: `pstn_${canaryPassword}` },
      ['accessToken'],
    ],
    ['a token that ends its field', { ...account, password: undefined, accessToken: 'a\u0001b' }, ['accessToken']],
    ['what is no server', { ...account, server: 'imap.example.com' }, ['server']],
    ['a server with a password in it', { ...account, server: `imaps://a:${canaryPassword}@b.example` }, ['server']],
    ['no scopes', { ...account, scopes: [] }, ['scopes']],
    ['a scope that there is not', { ...account, scopes: ['read', 'admin'] }, ['scopes.1']],
    ['a scope for a list', { ...account, scopes: 'read' }, ['scopes']],
    ['no mailboxes', { ...account, mailboxes: [] }, ['mailboxes']],
    ['all mailboxes by null', { ...account, mailboxes: null }, ['mailboxes']],
    ['too many mailboxes', { ...account, mailboxes: Array(21).fill('inbox') }, ['mailboxes']],
    ['mailboxes of a maildrop', { ...account, server: 'pop3s://a.example', mailboxes: ['inbox'] }, ['mailboxes']],
    ['a user that nobody has', { ...account, user: 'x'.repeat(16_385) }, ['user']],
    ['a password that no server takes', { ...account, password: 'x'.repeat(16_385) }, ['password']],
    ['a token that no capsule is', { token: 'x'.repeat(16_385) }, ['token']],
    ['more than a header holds', { ...account, password: 'x'.repeat(12_288) }, ['body']],
    ['mailboxes that no header holds', { ...account, mailboxes: ['inbox', `mb_${'A'.repeat(12_288)}`] }, ['mailboxes']],
    ['no life', { ...account, expiresInSeconds: 0 }, ['expiresInSeconds']],
    ['a life that is over', { ...account, expiresInSeconds: -60 }, ['expiresInSeconds']],
    ['a life in parts of a second', { ...account, expiresInSeconds: 1.5 }, ['expiresInSeconds']],
    ['a life in words', { ...account, expiresInSeconds: '1h' }, ['expiresInSeconds']],
    ['more than a year', { ...account, expiresInSeconds: 366 * 86_400 }, ['expiresInSeconds']],
    ['no end', { ...account, expiresInSeconds: null }, ['expiresInSeconds']],
  ])('with %s is refused, and told where', async (_what, body, fields) => {
    expect(await fieldsOf(body)).toEqual(fields);
  });

  it('for a server that may not be called is refused as it is elsewhere', async () => {
    const body = { ...account, server: 'imaps://10.0.0.1' };
    expect(await postern.problem('server-forbidden', null, accounts, { body })).toMatchObject({ reason: 'address' });
  });

  it('with a capsule for a password in its Authorization header does not reach the server', async () => {
    const caller = { user: 'ada', password: `pstn_${canaryPassword}`, mailServer: 'imaps://imap.example.com' };
    const { errors } = await postern.problem('request-invalid', caller, '/v1/account');
    expect(errors?.map(({ field }) => field)).toEqual(['Authorization']);
  });

  it('says nothing by its Authorization header', async () => {
    const headers = { Authorization: `Basic ${Buffer.from(`ada:${canaryPassword}`).toString('base64')}` };
    await postern.problem('request-invalid', null, accounts, { body: {}, headers });
  });

  it('has a body of JSON', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(account));
    const headers = { 'Content-Type': 'text/plain' };
    await postern.problem('media-type-unsupported', null, accounts, { method: 'POST', bytes, headers });
    const broken = { method: 'POST', bytes: bytes.slice(0, -1), headers: { 'Content-Type': 'application/json' } };
    await postern.problem('request-invalid', null, accounts, broken);
  });
});

it('a mailbox by a name that no id has is not looked for', async () => {
  const body = { ...accountOf(server.caller('pop3')), mailboxes: ['mb_%%', '../x'] };
  expect(await fieldsOf(body)).toEqual(['mailboxes']);
});

it('a capsule from before a server was forbidden is not exchanged', async () => {
  const token = await sealedFor({ user: 'ada', password: 'x', mailServer: 'imap://10.0.0.1:143' });
  await postern.problem('server-forbidden', null, accounts, { body: { token } });
});
