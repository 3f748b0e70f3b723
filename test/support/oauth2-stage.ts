/**
 * A Postern, a provider and its mail server for all tests of one file, and a browser to sign in with.
 */
import { createHash } from 'node:crypto';
import { get } from 'node:https';
import { afterAll, beforeAll, expect } from 'vitest';
import type { z } from 'zod';
import { MintedCapsuleSchema } from '../../src/account/schema.ts';
import { type AuthorizationServer, client, startAuthorizationServer } from './authorization-server.ts';
import { type MailHost, startMailHost } from './mail.ts';
import { type Caller, type Postern, startPostern } from './postern.ts';

export type Capsule = z.output<typeof MintedCapsuleSchema>;

export const application = 'https://app.example.com/signed-in';
export const codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');

/** What a browser has when it comes back from the provider, before it opens Postern's callback. */
export interface Returning {
  readonly callback: URL;
  readonly cookie: string;
}

export interface OAuth2Stage {
  readonly postern: Postern;
  readonly host: MailHost;
  readonly provider: AuthorizationServer;
  /** Somebody with a mailbox of their own, whose consent is given from now on. */
  somebody(protocol?: 'imap' | 'pop3'): Promise<Caller>;
  /** `start`, and what comes of it up to the callback. */
  returning(query?: string, provider?: string): Promise<Returning>;
  /** The callback as a browser opens it. */
  callback(returning: Returning, accept?: string): Promise<Response>;
  /** All of it. */
  capsule(query?: string, provider?: string): Promise<Capsule>;
}

interface Options {
  /** More providers, or other members of those that there are. */
  readonly providers?: (stage: { readonly provider: AuthorizationServer; readonly host: MailHost }) => Promise<object>;
  readonly variables?: Readonly<Record<string, string>>;
}

export function oauth2Stage({ providers = async () => ({}), variables = {} }: Options = {}): OAuth2Stage {
  let provider: AuthorizationServer | undefined;
  let host: MailHost | undefined;
  let postern: Postern | undefined;
  beforeAll(async () => {
    provider = await startAuthorizationServer();
    const { introspectionUrl: url, caFile } = provider;
    host = await startMailHost({ introspection: { url, caFile } });
    postern = await startPostern({
      trustedCertificates: [host.dovecot.ca, provider.ca],
      variables: {
        OAUTH2_PROVIDERS: JSON.stringify({ acme: acmeOf(provider, host), ...(await providers({ provider, host })) }),
        OAUTH2_RETURN_TO: application,
        ...variables,
      },
    });
  });
  afterAll(async () => {
    await host?.stop();
    await provider?.stop();
    await postern?.stop();
  });
  const started = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error('Not before the tests begin');
    return what;
  };
  const stage: OAuth2Stage = {
    get postern() {
      return started(postern);
    },
    get host() {
      return started(host);
    },
    get provider() {
      return started(provider);
    },
    async somebody(protocol = 'imap') {
      const caller = await stage.host.caller(protocol);
      stage.provider.manner.user = caller.user;
      return caller;
    },
    async returning(query = '', name = 'acme') {
      const begun = await stage.postern.call(null, `/v1/oauth/${name}/start${query}`, { redirect: 'manual' });
      expect(begun.status, await begun.text()).toBe(302);
      const [cookie = ''] = (begun.headers.get('set-cookie') ?? '').split(';');
      const consent = await consented(stage.provider.ca, locationOf(begun));
      return { callback: consent, cookie };
    },
    callback: ({ callback, cookie }, accept = 'application/json') =>
      stage.postern.call(null, callback.pathname + callback.search, {
        redirect: 'manual',
        headers: { Accept: accept, ...(cookie === '' ? {} : { Cookie: cookie }) },
      }),
    async capsule(query, name) {
      const answer = await stage.callback(await stage.returning(query, name));
      const text = await answer.text();
      expect(answer.status, text).toBe(200);
      return MintedCapsuleSchema.parse(JSON.parse(text));
    },
  };
  return stage;
}

export const acmeOf = ({ issuer }: AuthorizationServer, { dovecot: { ports } }: MailHost) => ({
  ...client,
  issuer,
  scopes: ['openid', 'email', 'mail', 'offline_access'],
  imap: `imaps://localhost:${ports.imaps}`,
  pop3: `pop3s://localhost:${ports.pop3s}`,
  userFrom: 'id_token.email',
});

export const locationOf = (response: Response): URL => new URL(response.headers.get('location') ?? '');

/** `Authorization` with a capsule. */
export const bearer = ({ token }: Pick<Capsule, 'token'>): Record<string, string> => ({
  Authorization: `Bearer ${token}`,
});

/** Where consent leads. */
function consented(ca: string, url: URL): Promise<URL> {
  return new Promise((resolve, reject) => {
    get(url.href, { ca }, (response) => {
      response.resume();
      const { location } = response.headers;
      if (location === undefined) reject(new Error(`no consent: ${response.statusCode}`));
      else resolve(new URL(location));
    }).on('error', reject);
  });
}
