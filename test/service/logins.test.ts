/**
 * Does a real server let us in by each mechanism that it may offer, over both protocols, and keep us out without a proof?
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canaryPassword } from '../support/canary.ts';
import { encrypted, type MailHost, startMailHost } from '../support/mail.ts';
import { type Caller, type Postern, startPostern } from '../support/postern.ts';

const protocols = [
  { protocol: 'pop3', path: '/v1/pop/messages' },
  { protocol: 'imap', path: '/v1/imap/mailboxes' },
] as const;

/** How Dovecot has logged that somebody came in over this protocol: `PLAIN`. */
async function methodsOf({ dovecot }: MailHost, protocol: 'pop3' | 'imap'): Promise<Set<string | undefined>> {
  const lines = (await dovecot.log()).split('\n').filter((line) => line.includes(`${protocol}-login: `));
  return new Set(lines.flatMap((line) => (/ method=(\S+?),/.exec(line) ?? []).slice(1)));
}

describe.each(['plain', 'login'])('a server with the mechanisms %s', (mechanisms) => {
  let host: MailHost;
  let postern: Postern;
  beforeAll(async () => {
    host = await startMailHost({ extraConfig: `auth_mechanisms = ${mechanisms}` });
    postern = await startPostern({ trustedCertificates: [host.dovecot.ca] });
  });
  afterAll(async () => {
    await host.stop();
    await postern.stop();
  });
  const best = mechanisms.toUpperCase();

  it.each(protocols)(`lets a password in by ${best} over $protocol, and no wrong one`, async ({ protocol, path }) => {
    const impostor = await host.caller(protocol);
    await postern.problem('login-refused', { ...impostor, password: `${impostor.password}x` }, path);
    for (const security of encrypted) {
      const caller = await host.caller(protocol, security);
      expect((await postern.call(caller, path)).status, security).toBe(200);
    }
    expect(await methodsOf(host, protocol)).toEqual(new Set([best]));
  });

  it.each(protocols)('takes no access token over $protocol, and is shown none', async ({ protocol, path }) => {
    const caller = await host.caller(protocol);
    const problem = await postern.problem('unsupported-by-server', null, path, { headers: withToken(caller) });
    expect(problem.status).toBe(422);
  });
});

const withToken = ({ user, mailServer }: Caller, token = canaryPassword) => ({
  Authorization: `Bearer ${token}`,
  'Mail-User': user,
  'Mail-Server': mailServer,
});

// Dovecot 2.3 asks an authorization server by RFC 7662 whose token it was shown.
describe.each(['xoauth2', 'plain login xoauth2 oauthbearer'])('a server with %s', (mechanisms) => {
  let host: MailHost;
  let postern: Postern;
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer();
    host = await startMailHost({ extraConfig: `auth_mechanisms = ${mechanisms}\n${issuer.dovecotConfig}` });
    postern = await startPostern({ trustedCertificates: [host.dovecot.ca] });
  });
  afterAll(async () => {
    await host.stop();
    await postern.stop();
    await issuer.stop();
  });
  const best = mechanisms.includes('oauthbearer') ? 'OAUTHBEARER' : 'XOAUTH2';

  it.each(protocols)(`lets a token in by ${best} over $protocol, for its own mailbox`, async ({ protocol, path }) => {
    for (const security of encrypted) {
      const caller = await host.caller(protocol, security);
      const token = issuer.tokenFor(caller.user);
      const { status } = await postern.call(null, path, { headers: withToken(caller, token) });
      expect(status, security).toBe(200);
    }
    expect(await methodsOf(host, protocol)).toEqual(new Set([best]));
  });

  it.each(protocols)('refuses a token that is not for this mailbox over $protocol', async ({ protocol, path }) => {
    const [caller, other] = [await host.caller(protocol), await host.caller(protocol)];
    for (const token of [`${canaryPassword}-invalid`, issuer.tokenFor(other.user)]) {
      const problem = await postern.problem('login-refused', null, path, { headers: withToken(caller, token) });
      expect(problem.status).toBe(401);
    }
  });
});

interface Issuer {
  readonly dovecotConfig: string;
  tokenFor(user: string): string;
  stop(): Promise<void>;
}

/** An authorization server that knows whom each token is for. */
async function startIssuer(): Promise<Issuer> {
  const owners = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    const token = new URL(request.url ?? '', 'http://issuer').searchParams.get('token') ?? '';
    const username = owners.get(token);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(username === undefined ? { active: false } : { active: true, username }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a listening HTTP server has no port');
  const directory = await mkdtemp(join(tmpdir(), 'postern-issuer-'));
  const file = join(directory, 'oauth2.conf');
  await writeFile(
    file,
    [
      `introspection_url = http://127.0.0.1:${address.port}/introspect?token=`,
      'introspection_mode = get',
      'username_attribute = username',
      'active_attribute = active',
      'active_value = true',
      '',
    ].join('\n'),
  );
  return {
    dovecotConfig: `passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = ${file}\n}`,
    tokenFor(user) {
      const token = `${canaryPassword}-token-${owners.size}`;
      owners.set(token, user);
      return token;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await rm(directory, { recursive: true });
    },
  };
}
