/**
 * Where do a capsule's tokens go, how often are they fetched, and what is told when there are none any more?
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MintedCapsuleSchema } from '../../src/account/schema.ts';
import { fullAccess } from '../../src/core/access.ts';
import { newCapsuleId, sealCapsule } from '../../src/core/capsule.ts';
import { parseKeyring } from '../../src/core/seal.ts';
import { Secret } from '../../src/core/secret.ts';
import { type MailServer, parseMailServer } from '../../src/core/server.ts';
import { canaryPassword, entriesBelow, tracesBelow } from '../support/canary.ts';
import { type ImapServer, startImapServer } from '../support/imap-script.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { acmeOf, bearer, type Capsule, oauth2Stage } from '../support/oauth2-stage.ts';
import { type PopServer, startPopServer } from '../support/pop-script.ts';
import { testKey } from '../support/postern.ts';

let scripted: ImapServer;
let scriptedPop: PopServer;
const stage = oauth2Stage({
  async providers({ provider, host }) {
    scripted = await startImapServer({ capabilities: ['SASL-IR', 'AUTH=XOAUTH2'], messages: [letter('1')] });
    scriptedPop = await startPopServer({
      capabilities: ['UIDL', 'SASL XOAUTH2'],
      answer: (command) => (command.startsWith('AUTH') ? '+OK in\r\n' : undefined),
    });
    const acme = acmeOf(provider, host);
    return {
      scripted: { ...acme, imap: scripted.caller().mailServer, pop3: scriptedPop.caller().mailServer },
      unregistered: { ...acme, clientSecret: 'another' },
    };
  },
});
afterAll(async () => {
  await scripted.stop();
  await scriptedPop.stop();
});

const listing = { imap: messagesPath('inbox'), pop3: '/v1/pop/messages' } as const;
type Protocol = keyof typeof listing;

const list = (capsule: Pick<Capsule, 'token'>, protocol: Protocol = 'imap') =>
  stage.postern.call(null, listing[protocol], { headers: bearer(capsule) });

const statusOf = async (answer: Promise<Response>): Promise<number> => {
  const response = await answer;
  await response.arrayBuffer();
  return response.status;
};

const signedIn = async (protocol: Protocol = 'imap') => {
  const { user } = await stage.somebody(protocol);
  return { user, capsule: await stage.capsule(`?protocol=${protocol}`) };
};

/** All access tokens end, and the sessions of this user with a mailbox. */
async function end(user: string): Promise<void> {
  stage.provider.endAccessTokens();
  await stage.host.dovecot.kick(user);
}

/** How often tokens are refreshed while this is done. */
async function refreshesOf(work: () => Promise<void>): Promise<number> {
  const before = stage.provider.refreshes;
  await work();
  return stage.provider.refreshes - before;
}

describe('an access token', () => {
  it('is fetched once for all who need it at the same time, and kept for those who come later', async () => {
    const { capsule } = await signedIn();
    await stage.postern.crashAndRestart();
    const count = await refreshesOf(async () => {
      const statuses = await Promise.all(Array.from({ length: 12 }, () => statusOf(list(capsule))));
      expect(statuses).toEqual(Array(12).fill(200));
      expect(await statusOf(list(capsule))).toBe(200);
    });
    expect(count).toBe(1);
  });

  it('is fetched for each login when it is good for no longer than the margin', async () => {
    stage.provider.manner.expiresInSeconds = 60;
    const { capsule } = await signedIn('pop3');
    const count = await refreshesOf(async () => {
      for (let time = 0; time < 2; time++) expect(await statusOf(list(capsule, 'pop3'))).toBe(200);
    });
    stage.provider.manner.expiresInSeconds = 3600;
    expect(count).toBe(2);
  });

  it('may end while a session goes on: the next one is opened with another, and nobody notices', async () => {
    const { user, capsule } = await signedIn();
    expect(await statusOf(list(capsule))).toBe(200);
    await end(user);
    const count = await refreshesOf(async () => expect(await statusOf(list(capsule))).toBe(200));
    expect(count).toBe(1);
  });

  it('that has ended costs a maildrop one refresh, for however many who come at once', async () => {
    const { capsule } = await signedIn('pop3');
    expect(await statusOf(list(capsule, 'pop3'))).toBe(200);
    stage.provider.endAccessTokens();
    const count = await refreshesOf(async () => {
      const statuses = await Promise.all([1, 2, 3].map(() => statusOf(list(capsule, 'pop3'))));
      expect(statuses).toEqual([200, 200, 200]);
    });
    expect(count).toBe(1);
  });

  it('that ends again and again is no guess, and holds nobody up', async () => {
    const { capsule } = await signedIn('pop3');
    for (let time = 0; time < 8; time++) {
      stage.provider.endAccessTokens();
      expect(await statusOf(list(capsule, 'pop3'))).toBe(200);
    }
  });
});

describe('a grant that has ended', () => {
  it.each(['imap', 'pop3'] as const)(
    'is a 401 that says so (%s), and is not asked about by each who comes',
    async (protocol) => {
      const { user, capsule } = await signedIn(protocol);
      stage.provider.revoke(user);
      if (protocol === 'imap') await end(user);
      const count = await refreshesOf(async () => {
        for (let time = 0; time < 5; time++) {
          const problem = await stage.postern.problem('grant-revoked', null, listing[protocol], {
            headers: bearer(capsule),
          });
          expect(problem).toMatchObject({ status: 401, provider: 'acme' });
        }
      });
      expect(count).toBe(1);
    },
  );

  it.each(['interaction_required', 'consent_required'])('is one also where the provider says %s', async (error) => {
    const { capsule } = await signedIn('pop3');
    stage.provider.endAccessTokens();
    stage.provider.manner.tokenAnswer = { status: 400, body: { error, error_description: canaryPassword } };
    const problem = stage.postern.problem('grant-revoked', null, listing.pop3, { headers: bearer(capsule) });
    await problem.finally(() => {
      stage.provider.manner.tokenAnswer = null;
    });
  });

  it('is noticed at the next login although its access token was kept', async () => {
    const { user, capsule } = await signedIn('pop3');
    stage.provider.revoke(user);
    await stage.postern.problem('grant-revoked', null, listing.pop3, { headers: bearer(capsule) });
  });
});

describe('a provider that gives no tokens', () => {
  it.each([
    ['is down', { status: 503, body: '<html>maintenance</html>', headers: { 'Content-Type': 'text/html' } }],
    ['answers what is no JSON', { status: 200, body: `<b>${canaryPassword}</b>` }],
    ['answers no token', { status: 200, body: { token_type: 'Bearer' } }],
    [
      'answers a token that would end a SASL field',
      { status: 200, body: { access_token: 'a\x01user=eve', token_type: 'Bearer' } },
    ],
    ['leads elsewhere', { status: 307, body: {}, headers: { Location: 'https://localhost:1/token' } }],
    [
      'answers without end',
      { status: 200, body: { access_token: 'a', token_type: 'Bearer', more: 'x'.repeat(300_000) } },
    ],
    ['explains itself', { status: 400, body: { error: 'slow_down', error_description: canaryPassword } }],
  ])('and %s is a 503 with Retry-After, and the capsule is good again afterwards', async (_, tokenAnswer) => {
    const { capsule } = await signedIn('pop3');
    stage.provider.endAccessTokens();
    stage.provider.manner.tokenAnswer = tokenAnswer;
    const response = await list(capsule, 'pop3');
    stage.provider.manner.tokenAnswer = null;
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await response.json()).toMatchObject({ type: '/problems/provider-unavailable' });
    expect(await statusOf(list(capsule, 'pop3'))).toBe(200);
  });

  it('because it does not know the client is the operator’s to mend', async () => {
    const { capsule } = await signedIn();
    const token = await sealedFor({ ...accountOf(capsule), provider: 'unregistered' });
    await stage.postern.problem('misconfigured', null, listing.imap, { headers: bearer({ token }) });
  });
});

describe('a refresh token', () => {
  it.each(['imap', 'pop3'] as const)('never reaches a mail server (%s)', async (protocol) => {
    await stage.somebody(protocol);
    const capsule = await stage.capsule(`?protocol=${protocol}`, 'scripted');
    expect(await statusOf(list(capsule, protocol))).toBe(200);
    const said = (protocol === 'imap' ? scripted : scriptedPop).commands.join('\n');
    const bare = said.replace(/[A-Za-z0-9+/=]{16,}/g, (text) => text + Buffer.from(text, 'base64').toString('latin1'));
    const [accesses, refreshes] = ['access', 'refresh'].map((kind) =>
      stage.provider.tokens.filter((token) => token.includes(`-${kind}-`) && bare.includes(token)),
    );
    expect(accesses).not.toEqual([]);
    expect(refreshes).toEqual([]);
  });

  it.each([
    ['another server', () => scripted.caller().mailServer],
    ['the provider’s server without TLS', () => `imap://localhost:${stage.host.dovecot.ports.imap}?security=none`],
  ])('gets no access token for %s, whatever a capsule says', async (_, server) => {
    const { capsule } = await signedIn();
    const token = await sealedFor({ ...accountOf(capsule), server: serverAt(server()) });
    const connections = scripted.connections;
    const count = await refreshesOf(async () => {
      const problem = await stage.postern.problem('server-forbidden', null, listing.imap, {
        headers: bearer({ token }),
      });
      expect(problem['reason']).toBe('provider');
    });
    expect([count, scripted.connections]).toEqual([0, connections]);
  });

  it('that an application has already makes a capsule, which reads mail, and is good for a month', async () => {
    const { capsule } = await signedIn();
    const body = bodyOf(capsule, 'acme');
    const minted = await stage.postern.json(MintedCapsuleSchema, null, '/v1/accounts', { body });
    expect(Date.parse(minted.expiresAt) - Date.now()).toBeGreaterThan(29 * 24 * 60 * 60_000);
    expect(await statusOf(list(minted))).toBe(200);
  });

  it.each<[string, string, (body: Brought) => Brought]>([
    ['server-forbidden', 'acme', (body) => ({ ...body, server: scripted.caller().mailServer })],
    ['provider-unknown', 'constructor', (body) => body],
    ['grant-revoked', 'acme', (body) => ({ ...body, oauth2: { ...body.oauth2, refreshToken: 'of-somebody' } })],
  ])('that an application has is refused as %s, and nothing is dialled', async (kind, provider, changed) => {
    const { capsule } = await signedIn();
    const connections = scripted.connections;
    await stage.postern.problem(kind, null, '/v1/accounts', { body: changed(bodyOf(capsule, provider)) });
    expect(scripted.connections).toBe(connections);
  });

  it('of a provider that is none here any more is told so', async () => {
    const { capsule } = await signedIn();
    const token = await sealedFor({ ...accountOf(capsule), provider: 'gone' });
    await stage.postern.problem('provider-unknown', null, listing.imap, { headers: bearer({ token }) });
  });
});

describe('a refresh token that is replaced with each use', () => {
  beforeAll(() => {
    stage.provider.manner.replacesRefreshTokens = true;
    return () => {
      stage.provider.manner.replacesRefreshTokens = false;
    };
  });

  it('leaves the capsule as good as it was, also when everything has crashed', async () => {
    const { user, capsule } = await signedIn();
    for (let time = 0; time < 3; time++) {
      await end(user);
      expect(await statusOf(list(capsule))).toBe(200);
    }
    await stage.postern.crashAndRestart();
    expect(await statusOf(list(capsule))).toBe(200);
  });

  it('serves the lesser capsules that were made of it as well', async () => {
    const { user, capsule } = await signedIn();
    const exchanged = await stage.postern.call(null, '/v1/accounts', {
      body: { token: capsule.token, scopes: ['read'] },
    });
    const lesser: Capsule = await exchanged.json();
    for (const one of [lesser, capsule, lesser]) {
      await end(user);
      expect(await statusOf(list(one))).toBe(200);
    }
  });

  it('and no other token lies in the storage where it could be read', async () => {
    await signedIn();
    const entries = await entriesBelow(stage.postern.storage);
    expect(entries.filter(({ text }) => text.includes('grant.'))).not.toEqual([]);
    expect(await tracesBelow(stage.postern.storage)).toEqual([]);
  });
});

interface Sealed {
  readonly server: MailServer;
  readonly user: string;
  readonly provider: string;
}

const accountOf = ({ account: { protocol, user, server } }: Capsule): Sealed => ({
  server: { protocol, ...server },
  user,
  provider: 'acme',
});

interface Brought {
  readonly server: string;
  readonly user: string;
  readonly oauth2: { readonly provider: string; readonly refreshToken: string };
}

/** What an application sends that has had people sign in by itself. */
const bodyOf = ({ account: { user } }: Capsule, provider: string): Brought => ({
  server: `imaps://localhost:${stage.host.dovecot.ports.imaps}`,
  user,
  oauth2: { provider, refreshToken: newestRefreshToken() },
});

const newestRefreshToken = (): string => stage.provider.tokens.findLast((token) => token.includes('-refresh-')) ?? '';

function serverAt(url: string): MailServer {
  const server = parseMailServer(url);
  if (!server.ok) throw new Error(`no server: ${url}`);
  return server.value;
}

/** A capsule with a refresh token that the provider knows, for whatever server, sealed by Postern's own key. */
function sealedFor({ server, user, provider }: Sealed): Promise<string> {
  const secret = new Secret(newestRefreshToken());
  const credential = { kind: 'refresh-token' as const, provider, secret };
  const keyring = parseKeyring(testKey);
  if (keyring === null) throw new Error('These tests have keys');
  const expiresAt = Math.floor(Date.now() / 1000) + 3600;
  const account = { server, user, credential, access: fullAccess };
  return sealCapsule(keyring, { account, ids: [newCapsuleId()], expiresAt });
}
