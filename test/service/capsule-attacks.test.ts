/**
 * Does whoever has no capsule, or one of something else, get anywhere with it?
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capsulePrefix } from '../../src/core/capsule.ts';
import { seal } from '../../src/core/seal.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { accounts, bearing, capsuleFor, exchangeOf, keyringOf, sealedFor } from '../support/capsules.ts';
import { consolidations } from '../support/consolidation.ts';
import { type DeafServer, startDeafServer } from '../support/deaf-server.ts';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { type Call, type Postern, startPostern, testKey } from '../support/postern.ts';

const inbox = messagesPath('inbox');
const mailboxes = '/v1/imap/mailboxes';
const now = (): number => Math.floor(Date.now() / 1000);
const keyText = (id: string, byte: number): string => `${id}:${Buffer.alloc(32, byte).toString('base64url')}`;

describe('at a Postern with an older and a newer key, which has revoked a capsule', () => {
  let postern: Postern;
  let server: DeafServer;
  const [newer, removed] = [keyText('newer', 3), keyText('removed', 4)];
  beforeAll(async () => {
    postern = await startPostern({
      variables: { CAPSULE_KEYS: `${newer},${testKey}`, REVOKED_CAPSULES: 'stolen, lost\nleaked' },
    });
    server = await startDeafServer();
  });
  afterAll(async () => {
    await server.stop();
    await postern.stop();
  });

  const caller = () => server.caller('imap');
  const otherwise = (token: string): string => token.slice(0, -1) + (token.endsWith('A') ? 'Q' : 'A');
  const sealed = async (purpose: 'receipt' | 'oauth2-state' | 'oauth2-code' | 'oauth2-ticket'): Promise<string> =>
    capsulePrefix + (await seal(keyringOf(testKey), purpose, null, now() + 60, new TextEncoder().encode('{}')));

  const refused: readonly (readonly [string, string, () => Promise<string>])[] = [
    ['made up', 'capsule-invalid', async () => 'pstn_eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c'],
    ['changed', 'capsule-invalid', async () => otherwise(await sealedFor(caller()))],
    ['cut short', 'capsule-invalid', async () => (await sealedFor(caller())).slice(0, -20)],
    ['expired', 'capsule-expired', () => sealedFor(caller(), { expiresAt: now() - 1 })],
    ['revoked', 'capsule-revoked', () => sealedFor(caller(), { ids: ['stolen'] })],
    ['made of a revoked one', 'capsule-revoked', () => sealedFor(caller(), { ids: ['third', 'second', 'leaked'] })],
    ['sealed with a key that was removed', 'capsule-invalid', () => sealedFor(caller(), { keys: removed })],
    ['of another Postern', 'capsule-invalid', () => sealedFor(caller(), { keys: keyText('test', 9) })],
    ['a receipt', 'capsule-invalid', () => sealed('receipt')],
    ['a state of a sign-in', 'capsule-invalid', () => sealed('oauth2-state')],
    ['a code of a sign-in', 'capsule-invalid', () => sealed('oauth2-code')],
    ['a ticket of a sign-in', 'capsule-invalid', () => sealed('oauth2-ticket')],
  ];

  it.each(refused)(
    'what is %s opens nothing, is exchanged for nothing, and has nothing dialled',
    async (_what, kind, make) => {
      const before = server.connections;
      const token = await make();
      const problem = await postern.problem(kind, null, mailboxes, bearing(token));
      expect(problem.status).toBe(401);
      await postern.problem(kind, null, accounts, { body: { token, scopes: ['read'] } });
      const { errors = [] } = await postern.problem('request-invalid', null, consolidations, {
        body: { from: [{ token }], into: { token, mailboxId: 'inbox' } },
      });
      expect(errors.map(({ field }) => field)).toEqual(['from.0.token', 'into.token']);
      expect(server.connections).toBe(before);
    },
  );

  it('asks for a token, not for a password as a browser would', async () => {
    const response = await postern.call(null, mailboxes, bearing(await sealedFor(caller(), { expiresAt: now() - 1 })));
    await response.arrayBuffer();
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="mail account", error="invalid_token"');
  });

  it.each([
    ['the older key', testKey],
    ['the newer key', newer],
  ])('what was sealed with %s opens', async (_which, keys) => {
    await postern.problem('connection-lost', null, mailboxes, bearing(await sealedFor(caller(), { keys })));
    expect(server.connections).toBeGreaterThan(0);
  });

  it.each([
    ['Mail-Server', { 'Mail-Server': 'imaps://imap.example.com' }],
    ['Mail-User', { 'Mail-User': 'grace@example.com' }],
    ['an empty Mail-User', { 'Mail-User': '' }],
  ])('a capsule is for its own account alone: with %s it is refused', async (_what, headers) => {
    const before = server.connections;
    const call = bearing(await sealedFor(caller()), { headers });
    const { errors = [] } = await postern.problem('request-invalid', null, mailboxes, call);
    expect(errors.map(({ field, message }) => [field, message.slice(0, 12)])).toEqual([
      [Object.keys(headers)[0], 'Leave it out'],
    ]);
    expect(server.connections).toBe(before);
  });

  it.each<[string, (token: string) => Call]>([
    [
      'beside a password',
      (token) => ({
        headers: { Authorization: `Basic Z3JhY2U6eA==, Bearer ${token}`, 'Mail-Server': 'imap://x.example' },
      }),
    ],
    ['beside another one', (token) => ({ headers: { Authorization: `Bearer ${token}, Bearer ${token}` } })],
    ['as a user', (token) => ({ headers: { Authorization: `Basic ${Buffer.from(`${token}:`).toString('base64')}` } })],
    ['in a cookie', (token) => ({ headers: { Cookie: `token=${token}; Authorization=Bearer ${token}` } })],
    ['as a key', (token) => ({ headers: { 'X-API-Key': token } })],
    ['without its scheme', (token) => ({ headers: { Authorization: token } })],
  ])('a capsule %s is none', async (_where, call) => {
    const before = server.connections;
    const response = await postern.call(null, mailboxes, call(await sealedFor(caller())));
    await response.arrayBuffer();
    expect([400, 401]).toContain(response.status);
    expect(server.connections).toBe(before);
  });

  it.each(['token', 'access_token', 'capsule', 'authorization'])(
    'a capsule in the query, as %s, is not taken, so that it is in no log on the way',
    async (name) => {
      const query = `?${name}=${await sealedFor(caller())}`;
      const before = server.connections;
      for (const path of [mailboxes, inbox, '/v1/account', '/v1/pop/messages', `${inbox}/1.1/raw`]) {
        await postern.problem('credentials-missing', null, path + query);
      }
      expect(server.connections).toBe(before);
    },
  );

  it.each<[string, object, string[]]>([
    ['another server', { server: 'imaps://imap.example.com' }, ['server']],
    ['another user', { user: 'grace' }, ['user']],
    ['a password', { password: 'x' }, ['password']],
    [
      'another account',
      { server: 'imaps://a.example', user: 'grace', accessToken: 'x' },
      ['server', 'user', 'accessToken'],
    ],
  ])('a capsule is not exchanged for one of %s', async (_what, more, fields) => {
    const body = { token: await sealedFor(caller()), ...more };
    const { errors = [] } = await postern.problem('request-invalid', null, accounts, { body });
    expect(errors.map(({ field }) => field)).toEqual(fields);
  });
});

describe('where there are warm sessions', () => {
  const stage = imapStage();
  const { json, problem } = {
    json: (token: string) => stage.postern.json(EmailPageSchema, null, inbox, bearing(token)),
    problem: (kind: string, token: string) => stage.postern.problem(kind, null, inbox, bearing(token)),
  };

  it('a capsule with another password of the same user does not reach them', async () => {
    const caller = await stage.callerWith([letter('private')]);
    const { token } = await capsuleFor(stage.postern, caller);
    const guessed = await sealedFor({ ...caller, password: `${caller.password}x` });
    for (const _turn of [1, 2, 3]) {
      expect((await json(token)).total).toBe(1);
      await problem('login-refused', guessed);
    }
  });

  it('nor does one that holds the password as an access token', async () => {
    const caller = await stage.callerWith([letter('private')]);
    const { token } = await capsuleFor(stage.postern, caller);
    expect((await json(token)).total).toBe(1);
    const body = { server: caller.mailServer, user: caller.user, accessToken: caller.password };
    const response = await stage.postern.call(null, accounts, { body });
    await response.arrayBuffer();
    expect(response.status).toBeGreaterThanOrEqual(400);
  });

  it('a capsule shows the mail of its own account, 20 calls each of two at once', async () => {
    const [ada, bob] = await Promise.all([stage.callerWith([letter('ada')]), stage.callerWith([letter('bob')])]);
    const capsules = await Promise.all(
      [ada, bob].map(async (caller) => (await capsuleFor(stage.postern, caller)).token),
    );
    const seen = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const { messages } = await json(capsules[index % 2] ?? '');
        return messages.flatMap(({ messageId }) => messageId ?? []);
      }),
    );
    for (const [index, ids] of seen.entries()) {
      expect(ids).toEqual([index % 2 === 0 ? 'ada@weaver.example' : 'bob@weaver.example']);
    }
  });

  it('a lesser capsule does not get what the session was opened for', async () => {
    const caller = await stage.callerWith([letter('kept')]);
    const whole = await capsuleFor(stage.postern, caller);
    const { token } = await exchangeOf(stage.postern, whole.token, { scopes: ['read'] });
    const [path = ''] = await stage.paths(caller);
    for (const [call, scope] of [
      [{ method: 'DELETE' }, 'delete'],
      [{ method: 'PATCH', body: { keywords: { $seen: true } } }, 'modify'],
    ] as const) {
      const told = await stage.postern.problem('scope-missing', null, path, bearing(token, call));
      expect(told).toMatchObject({ scope });
    }
    expect((await stage.read(caller, path)).keywords).toEqual({});
  });

  it('a state of one account is none for the capsule of another', async () => {
    const [ada, bob] = await Promise.all([stage.callerWith([]), stage.callerWith([])]);
    const { state } = await stage.page(ada);
    const changes = `/v1/imap/mailboxes/inbox/changes?since=${state}`;
    const [own, other] = await Promise.all([ada, bob].map((caller) => capsuleFor(stage.postern, caller)));
    const response = await stage.postern.call(null, changes, bearing(own?.token ?? ''));
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('newState')]);
    await stage.postern.problem('request-invalid', null, changes, bearing(other?.token ?? ''));
  });

  it('a capsule stops with the password that is in it', async () => {
    const caller = await stage.host.caller('pop3');
    const { token } = await capsuleFor(stage.postern, caller);
    await stage.host.dovecot.setPassword(caller.user, `${caller.password}-2`);
    await stage.postern.problem('login-refused', null, '/v1/pop/messages', bearing(token));
    await stage.postern.problem('login-refused', null, accounts, { body: { token } });
  });

  it('tells nobody a capsule, in no line of the log', async () => {
    const { token } = await capsuleFor(stage.postern, await stage.callerWith([]));
    await json(token);
    await problem('capsule-invalid', `${token.slice(0, -3)}AAA`);
    const log = stage.postern.log.join('\n');
    expect(log).toContain('/v1/accounts');
    expect(log).not.toContain(capsulePrefix);
    expect(log).not.toContain(token.slice(20, 60));
  });
});
