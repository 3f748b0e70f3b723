/**
 * Does a sign-in with a provider end in a capsule that reads mail, and only in the right hands?
 */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { MintedCapsuleSchema } from '../../src/account/schema.ts';
import { type Purpose, parseKeyring, seal } from '../../src/core/seal.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { StartedSchema } from '../../src/oauth2/schema.ts';
import { canariesIn } from '../support/canary.ts';
import { type ImapServer, startImapServer } from '../support/imap-script.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import {
  acmeOf,
  application,
  bearer,
  challengeOf,
  codeVerifier,
  locationOf,
  oauth2Stage,
  type Returning,
} from '../support/oauth2-stage.ts';
import { testKey } from '../support/postern.ts';

let scripted: ImapServer;
const stage = oauth2Stage({
  async providers({ provider, host }) {
    scripted = await startImapServer({ capabilities: ['SASL-IR', 'AUTH=XOAUTH2'] });
    const acme = acmeOf(provider, host);
    const { authorizationEndpoint, tokenEndpoint } = {
      authorizationEndpoint: `${provider.issuer}/authorize`,
      tokenEndpoint: `${provider.issuer}/token`,
    };
    return {
      other: acme,
      asking: { ...acme, userFrom: 'userinfo.address' },
      silent: { ...acme, userFrom: 'request' },
      told: { ...acme, authorizationEndpoint, tokenEndpoint, clientAuthentication: 'basic' },
      scripted: { ...acme, imap: scripted.caller().mailServer, pop3: undefined },
      // What Microsoft does: each tenant is an issuer of its own.
      tenants: { ...acme, issuer: 'https://issuer.example/{tenantid}/v2.0', authorizationEndpoint, tokenEndpoint },
    };
  },
});
afterAll(() => scripted.stop());

const forApplication = `?returnTo=${encodeURIComponent(application)}&codeChallenge=${challengeOf(codeVerifier)}&state=mine`;

/** Where the application is called, and with what. */
async function atApplication(query = forApplication): Promise<URL> {
  const answer = await stage.callback(await stage.returning(query));
  expect(answer.status, await answer.text()).toBe(302);
  return locationOf(answer);
}

/** The reason of an authorization that fails at its callback. */
async function reasonAt(returning: Returning): Promise<unknown> {
  const response = await stage.callback(returning);
  const body = await response.text();
  expect(canariesIn(body)).toEqual([]);
  // The provider's code may be in the address.
  const told = ['location', 'cache-control', 'referrer-policy'].map((name) => response.headers.get(name));
  expect(told).toEqual([null, 'no-store', 'no-referrer']);
  expect(JSON.parse(body)).toMatchObject({ type: '/problems/authorization-failed', status: 400 });
  return JSON.parse(body).reason;
}

const withQuery = ({ callback, cookie }: Returning, change: (query: URLSearchParams) => void): Returning => {
  const url = new URL(callback);
  change(url.searchParams);
  return { callback: url, cookie };
};

/** Something of a sign-in, sealed by Postern's own key. */
async function sealedUntil(purpose: Purpose, inSeconds: number, value: unknown): Promise<string> {
  const keyring = parseKeyring(testKey);
  if (keyring === null) throw new Error('These tests have keys');
  const expiresAt = Math.floor(Date.now() / 1000) + inSeconds;
  return seal(keyring, purpose, null, expiresAt, new TextEncoder().encode(JSON.stringify(value)));
}

const signIn = { provider: 'acme', protocol: 'imap', scopes: ['read'], application: null };

describe('a sign-in', () => {
  it('ends in a capsule that reads mail over IMAP, as far as was asked for', async () => {
    const { user } = await stage.somebody();
    await stage.host.dovecot.deliver(user, 'INBOX', letter('one'));
    const capsule = await stage.capsule('?scopes=read&mailboxes=inbox&expiresInSeconds=600');
    expect(capsule.account).toMatchObject({ protocol: 'imap', user });
    expect(capsule.access).toEqual({ scopes: ['read'], mailboxes: ['inbox'] });
    expect(Date.parse(capsule.expiresAt) - Date.now()).toBeLessThanOrEqual(600_000);
    const response = await stage.postern.call(null, messagesPath('inbox'), { headers: bearer(capsule) });
    expect(EmailPageSchema.parse(await response.json()).total).toBe(1);
  });

  it('ends in a capsule that reads mail over POP3', async () => {
    const { user } = await stage.somebody('pop3');
    await stage.host.dovecot.deliver(user, 'INBOX', letter('one'));
    const capsule = await stage.capsule('?protocol=pop3', 'told');
    const response = await stage.postern.call(null, '/v1/pop/messages', { headers: bearer(capsule) });
    expect(MaildropPageSchema.parse(await response.json()).total).toBe(1);
  });

  it('asks for a code with PKCE, and tells the provider nothing but what it has to', async () => {
    const begun = await stage.postern.call(null, '/v1/oauth/acme/start?user=ada@postern.example', {
      redirect: 'manual',
    });
    const query = Object.fromEntries(locationOf(begun).searchParams);
    expect(query).toEqual({
      response_type: 'code',
      client_id: 'postern-tests',
      redirect_uri: `${stage.postern.url}/v1/oauth/acme/callback`,
      scope: 'openid email mail offline_access',
      state: expect.any(String),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      login_hint: 'ada@postern.example',
    });
    expect(begun.headers.get('set-cookie')).toMatch(
      /^__Host-postern-sign-in-[\w-]+=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect([begun.headers.get('cache-control'), begun.headers.get('referrer-policy')]).toEqual([
      'no-store',
      'no-referrer',
    ]);
  });

  it.each([
    ['the provider’s own word, where it asks for that', 'asking', ''],
    ['whoever begins, where the provider says nothing', 'silent', 'user'],
  ])('is for the mail of %s', async (_, provider, parameter) => {
    const { user } = await stage.somebody();
    const query = parameter === '' ? '' : `?user=${encodeURIComponent(user)}`;
    expect((await stage.capsule(query, provider)).account.user).toBe(user);
  });

  it('ends nowhere for the mail of somebody else than who has signed in', async () => {
    await stage.somebody();
    const { user: victim } = await stage.host.caller('imap');
    const response = await stage.callback(await stage.returning(`?user=${encodeURIComponent(victim)}`, 'silent'));
    expect(await response.json()).toMatchObject({ type: '/problems/login-refused' });
  });

  it('shows the capsule on a page without script, kept by nobody, in which everything is escaped', async () => {
    await stage.somebody();
    stage.provider.manner.claims = { email: '<script>alert("1")</script>@x.example' };
    const response = await stage.callback(await stage.returning('', 'scripted'), 'text/html');
    stage.provider.manner.claims = {};
    const page = await response.text();
    expect(response.status, page).toBe(200);
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;@x.example');
    expect(page).toMatch(/<textarea[^>]*>pstn_[\w.-]+<\/textarea>/);
    expect(page).not.toMatch(/<script|\son\w+=/i);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'$/),
    });
  });

  it.each([
    ['that ends a line', 'ada@x.example\r\nA1 LOGOUT'],
    ['that ends a SASL field', 'ada@x.example\x01auth=Bearer x'],
    ['that is no text', { not: 'a name' }],
    ['that is longer than any name', 'a'.repeat(400)],
    ['that is empty', ''],
  ])('ends without a capsule where the provider tells a name %s', async (_, email) => {
    await stage.somebody();
    const returning = await stage.returning('', 'scripted');
    stage.provider.manner.claims = { email };
    const connections = scripted.connections;
    expect(await reasonAt(returning)).toBe('user-unknown');
    stage.provider.manner.claims = {};
    expect(scripted.connections).toBe(connections);
  });

  it('ends without a capsule when the provider gives no refresh token', async () => {
    await stage.somebody();
    const returning = await stage.returning();
    stage.provider.manner.givesRefreshTokens = false;
    expect(await reasonAt(returning)).toBe('refresh-token-missing');
    stage.provider.manner.givesRefreshTokens = true;
  });

  it.each([
    ['the tenant that the ID token names', { tid: 'b0', iss: 'https://issuer.example/b0/v2.0' }, 200],
    ['a tenant that the ID token does not name', { tid: 'b0', iss: 'https://issuer.example/b1/v2.0' }, 503],
    ['somebody else', { tid: 'b0', iss: 'https://evil.example/b0/v2.0' }, 503],
  ])('takes an ID token of %s, where each tenant is an issuer of its own: %j', async (_, claims, status) => {
    const { user } = await stage.somebody();
    const returning = withQuery(await stage.returning('', 'tenants'), (query) => query.delete('iss'));
    stage.provider.manner.claims = { email: user, ...claims };
    const response = await stage.callback(returning);
    stage.provider.manner.claims = {};
    expect(response.status).toBe(status);
  });
});

describe('a callback', () => {
  it('is good in the browser alone in which the sign-in began', async () => {
    await stage.somebody();
    const [one, other] = [await stage.returning(), await stage.returning()];
    expect(await reasonAt({ ...one, cookie: '' })).toBe('state-invalid');
    expect(await reasonAt({ ...one, cookie: other.cookie })).toBe('state-invalid');
    const [name = ''] = one.cookie.split('=');
    const [, nonce = ''] = other.cookie.split('=');
    expect(await reasonAt({ ...one, cookie: `${name}=${nonce}` })).toBe('state-invalid');
    expect((await stage.callback(one)).status).toBe(200);
  });

  it('is good once: its cookie goes, and the provider does not take its code again', async () => {
    await stage.somebody();
    const returning = await stage.returning();
    const [name = ''] = returning.cookie.split('=');
    const first = await stage.callback(returning);
    expect(first.status).toBe(200);
    expect(first.headers.get('set-cookie')).toMatch(new RegExp(`^${name}=; Max-Age=0; `));
    expect(await reasonAt(returning)).toBe('code-refused');
  });

  it('with a state that was changed, or sealed for something else, is refused', async () => {
    await stage.somebody();
    const returning = await stage.returning();
    const state = returning.callback.searchParams.get('state') ?? '';
    const ticket = await sealedUntil('oauth2-ticket', 60, signIn);
    for (const forged of [`${state}A`, state.slice(0, -1), 'x', ticket]) {
      expect(await reasonAt(withQuery(returning, (query) => query.set('state', forged)))).toBe('state-invalid');
    }
  });

  it('that comes too late is refused', async () => {
    const browser = createHash('sha256').update('nonce').digest('base64url');
    const away = { signIn, id: 'a', browser, verifier: codeVerifier, redirectUri: 'https://x.example' };
    const callback = new URL(`${stage.postern.url}/v1/oauth/acme/callback?code=1`);
    callback.searchParams.set('state', await sealedUntil('oauth2-state', 0, away));
    expect(await reasonAt({ callback, cookie: '__Host-postern-sign-in-a=nonce' })).toBe('state-expired');
  });

  it('of another provider is refused, also where it comes with the name of the right one', async () => {
    await stage.somebody();
    const returning = await stage.returning();
    const elsewhere = new URL(returning.callback.href.replace('/acme/', '/other/'));
    expect(await reasonAt({ ...returning, callback: elsewhere })).toBe('state-invalid');
  });

  it.each([
    ['that names another issuer', (query: URLSearchParams) => query.set('iss', 'https://evil.example')],
    ['that names none, where the provider promises to', (query: URLSearchParams) => query.delete('iss')],
    ['without a code', (query: URLSearchParams) => query.delete('code')],
  ])('%s is refused, and leads nowhere', async (_, change) => {
    await stage.somebody();
    const before = stage.provider.tokens.length;
    for (const query of ['', forApplication]) {
      expect(await reasonAt(withQuery(await stage.returning(query), change))).toBe('state-invalid');
    }
    expect(stage.provider.tokens).toHaveLength(before);
  });

  it.each([
    ['access_denied', 'denied', 'access_denied'],
    ['login_required', 'denied', 'access_denied'],
    ['<img src=x onerror=alert(1)>', 'code-refused', 'server_error'],
    ['x\r\nSet-Cookie: a=b', 'code-refused', 'server_error'],
  ])('with the error %j is told in words of our own', async (error, reason, told) => {
    await stage.somebody();
    const refused = (query: URLSearchParams): void => {
      query.delete('code');
      query.set('error', error);
      query.set('error_description', '<b>it says</b>');
      query.set('error_uri', 'https://evil.example');
    };
    expect(await reasonAt(withQuery(await stage.returning(), refused))).toBe(reason);
    const answer = await stage.callback(withQuery(await stage.returning(forApplication), refused));
    expect(locationOf(answer).href).toBe(`${application}?error=${told}&state=mine`);
  });

  it.each(['code=1', 'state=1&state=2', 'state=1&code=1&code=2'])(
    'with no state, or two answers, is none: %s',
    async (query) => {
      await stage.postern.problem('request-invalid', null, `/v1/oauth/acme/callback?${query}`);
    },
  );
});

describe('an application', () => {
  const redeem = (code: string | null, verifier = codeVerifier) =>
    stage.postern.call(null, '/v1/oauth/token', { body: { code, codeVerifier: verifier } });

  it('is told a code at its own address, and fetches the capsule with it, once', async () => {
    const { user } = await stage.somebody();
    const address = await atApplication();
    expect(address.origin + address.pathname).toBe(application);
    expect(address.searchParams.get('state')).toBe('mine');
    const code = address.searchParams.get('code');
    const answer = await redeem(code);
    const capsule = MintedCapsuleSchema.parse(await answer.json());
    expect([answer.status, answer.headers.get('cache-control'), capsule.account.user]).toEqual([201, 'no-store', user]);
    expect((await stage.postern.call(null, messagesPath('inbox'), { headers: bearer(capsule) })).status).toBe(200);
    expect(await (await redeem(code)).json()).toMatchObject({ reason: 'code-refused' });
  });

  it('cannot use a code of another one, whose verifier it does not know', async () => {
    await stage.somebody();
    const code = (await atApplication()).searchParams.get('code');
    const before = stage.provider.tokens.length;
    expect(await (await redeem(code, 'a'.repeat(43))).json()).toMatchObject({ status: 400, reason: 'code-refused' });
    expect(await (await redeem(code, challengeOf(codeVerifier))).json()).toMatchObject({ reason: 'code-refused' });
    expect(stage.provider.tokens).toHaveLength(before);
    expect((await redeem(code)).status).toBe(201);
  });

  it.each([
    ['too late', 'oauth2-code', 0, 'state-expired'],
    ['that is none', 'oauth2-state', 60, 'state-invalid'],
  ] as const)('is refused a code %s', async (_, purpose, inSeconds, reason) => {
    const known = { returnTo: application, codeChallenge: challengeOf(codeVerifier) };
    const returned = { signIn: { ...signIn, application: known }, code: 'x', verifier: codeVerifier, redirectUri: 'x' };
    const response = await redeem(await sealedUntil(purpose, inSeconds, returned));
    expect(await response.json()).toMatchObject({ type: '/problems/authorization-failed', reason });
  });

  it.each([
    ['https://app.example.com/elsewhere', 'returnTo'],
    ['https://app.example.com.evil.example/signed-in', 'returnTo'],
    ['javascript:alert(1)', 'returnTo'],
    ['//evil.example', 'returnTo'],
  ])('is not called at %s', async (returnTo, field) => {
    const body = { returnTo, codeChallenge: challengeOf(codeVerifier) };
    const problem = await stage.postern.problem('request-invalid', null, '/v1/oauth/acme/start', { body });
    expect(problem.errors).toEqual([{ in: 'body', field, message: expect.any(String) }]);
  });

  it('has to prove later on that it is the same', async () => {
    const query = `?returnTo=${encodeURIComponent(application)}`;
    const problem = await stage.postern.problem('request-invalid', null, `/v1/oauth/acme/start${query}`);
    expect(problem.errors).toEqual([{ in: 'query', field: 'codeChallenge', message: expect.any(String) }]);
  });
});

describe('a ticket', () => {
  const ticketFor = async (body: unknown): Promise<URL> => {
    const answer = await stage.postern.call(null, '/v1/oauth/acme/start', { body });
    return new URL(StartedSchema.parse(await answer.json()).url);
  };

  it('begins the sign-in that it was made for', async () => {
    const { user } = await stage.somebody();
    const link = await ticketFor({ scopes: ['read', 'modify'] });
    expect(link.pathname).toBe('/v1/oauth/acme/start');
    const capsule = await stage.capsule(link.search);
    expect([capsule.account.user, capsule.access.scopes]).toEqual([user, ['read', 'modify']]);
  });

  it('takes nothing besides, and stands for no other provider', async () => {
    const { search } = await ticketFor({ scopes: ['read'] });
    const problem = await stage.postern.problem('request-invalid', null, `/v1/oauth/acme/start${search}&scopes=delete`);
    expect(problem.errors).toEqual([{ in: 'query', field: 'scopes', message: expect.any(String) }]);
    const other = await stage.postern.problem('authorization-failed', null, `/v1/oauth/other/start${search}`);
    expect(other).toMatchObject({ reason: 'state-invalid' });
  });

  it.each([
    ['oauth2-ticket', 0, 'state-expired'],
    ['oauth2-state', 60, 'state-invalid'],
  ] as const)('that is none is refused (%s, %d s)', async (purpose, inSeconds, reason) => {
    const path = `/v1/oauth/acme/start?ticket=${await sealedUntil(purpose, inSeconds, signIn)}`;
    expect(await stage.postern.problem('authorization-failed', null, path)).toMatchObject({ reason });
  });
});

it.each([
  ['?protocol=pop3&mailboxes=inbox', 'mailboxes'],
  ['?protocol=smtp', 'protocol'],
  ['?scopes=everything', 'scopes.0'],
  ['?expiresInSeconds=0', 'expiresInSeconds'],
  ['?user=a%0d%0ab', 'user'],
  ['?state=1', 'state'],
  ['?server=imaps://evil.example', 'server'],
])('what cannot be asked for is told by its name: %s', async (query, field) => {
  const problem = await stage.postern.problem('request-invalid', null, `/v1/oauth/acme/start${query}`);
  expect(problem.errors).toMatchObject([{ in: 'query', field }]);
});

it('a provider that is none here is a 404, and a server that it has not is told', async () => {
  await stage.postern.problem('provider-unknown', null, '/v1/oauth/nobody/start');
  await stage.postern.problem('provider-unknown', null, '/v1/oauth/__proto__/start');
  const problem = await stage.postern.problem('request-invalid', null, '/v1/oauth/scripted/start?protocol=pop3');
  expect(problem.errors).toMatchObject([{ field: 'protocol' }]);
});
