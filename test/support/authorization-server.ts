/**
 * An OAuth 2.0 authorization server on loopback, as small as it may be and as strict as it has to be.
 *
 * Consent is given by whoever opens the authorization endpoint. It checks what a good provider checks (client, redirect URI, PKCE,
 * codes that are good once), signs ID tokens, and can do what a test needs of a provider: replace refresh tokens, end tokens early,
 * fail, or lie.
 */
import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { generateKeyPair, SignJWT } from 'jose';
import { listening } from '../../scripts/listening.ts';
import { makeCertificates } from '../../scripts/mail-server/certificates.ts';
import { canaryPassword } from './canary.ts';

export const client = { clientId: 'postern-tests', clientSecret: `${canaryPassword}-client` };

export interface AuthorizationServer {
  readonly issuer: string;
  readonly ca: string;
  readonly caFile: string;
  /** Where Dovecot asks. */
  readonly introspectionUrl: string;
  /** Each token that was given out so far. */
  readonly tokens: readonly string[];
  /** How often refresh tokens were shown to it. */
  readonly refreshes: number;
  /** What it does from now on. */
  readonly manner: Manner;
  /** Access tokens end before their time. */
  endAccessTokens(): void;
  /** All grants of a user end. */
  revoke(user: string): void;
  stop(): Promise<void>;
}

export interface Manner {
  /** Whose consent is given. */
  user: string;
  /** Of ID tokens; left out: none are given. */
  claims: Record<string, unknown> | null;
  replacesRefreshTokens: boolean;
  givesRefreshTokens: boolean;
  expiresInSeconds: number | null;
  /** Answers this at the token endpoint instead, when it has looked at nothing. */
  tokenAnswer: { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> } | null;
}

interface Grant {
  readonly user: string;
  isRevoked: boolean;
}

interface Code {
  readonly grant: Grant;
  readonly challenge: string;
  readonly redirectUri: string;
}

export async function startAuthorizationServer(): Promise<AuthorizationServer> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-oauth2-'));
  // Dovecot, which runs as another user, reads the authority there.
  await chmod(directory, 0o755);
  const certificates = await makeCertificates(directory);
  const [ca, cert, key] = await Promise.all(
    [certificates.caFile, certificates.certFile, certificates.keyFile].map((file) => readFile(file, 'utf8')),
  );
  const codes = new Map<string, Code>();
  const access = new Map<string, Grant>();
  const refresh = new Map<string, Grant>();
  const tokens: string[] = [];
  const state = { refreshes: 0, issuer: '' };
  const manner: Manner = {
    user: '',
    claims: {},
    replacesRefreshTokens: false,
    givesRefreshTokens: true,
    expiresInSeconds: 3600,
    tokenAnswer: null,
  };
  const newToken = (kind: string): string => {
    const token = `${canaryPassword}-${kind}-${randomBytes(18).toString('base64url')}`;
    tokens.push(token);
    return token;
  };

  async function granted(grant: Grant, refreshToken: string | null): Promise<Answer> {
    const accessToken = newToken('access');
    access.set(accessToken, grant);
    const claims = manner.claims === null ? null : { email: grant.user, ...manner.claims };
    return {
      status: 200,
      body: {
        access_token: accessToken,
        token_type: 'Bearer',
        ...(manner.expiresInSeconds === null ? {} : { expires_in: manner.expiresInSeconds }),
        ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
        ...(claims === null ? {} : { id_token: await idToken(state.issuer, claims) }),
      },
    };
  }

  function newRefreshToken(grant: Grant): string {
    const token = newToken('refresh');
    refresh.set(token, grant);
    return token;
  }

  async function token(form: URLSearchParams, authorization = ''): Promise<Answer> {
    if (form.get('grant_type') === 'refresh_token') state.refreshes += 1;
    if (manner.tokenAnswer !== null) return manner.tokenAnswer;
    if (!isClient(form, authorization)) return refused('invalid_client', 401);
    return form.get('grant_type') === 'refresh_token' ? refreshed(form) : redeemed(form);
  }

  async function redeemed(form: URLSearchParams): Promise<Answer> {
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isGood = code?.challenge === challenge && code.redirectUri === form.get('redirect_uri');
    if (!isGood) return refused('invalid_grant', 400);
    return granted(code.grant, manner.givesRefreshTokens ? newRefreshToken(code.grant) : null);
  }

  async function refreshed(form: URLSearchParams): Promise<Answer> {
    const shown = form.get('refresh_token') ?? '';
    const grant = refresh.get(shown);
    if (grant === undefined || grant.isRevoked) return refused('invalid_grant', 400);
    if (!manner.replacesRefreshTokens) return granted(grant, null);
    refresh.delete(shown);
    return granted(grant, newRefreshToken(grant));
  }

  function introspected(form: URLSearchParams): Answer {
    const grant = access.get(form.get('token') ?? '');
    const isActive = grant !== undefined && !grant.isRevoked;
    return { status: 200, body: isActive ? { active: true, username: grant.user } : { active: false } };
  }

  function authorized(query: URLSearchParams): Answer {
    const redirect = new URL(query.get('redirect_uri') ?? '');
    const isGood =
      query.get('client_id') === client.clientId &&
      query.get('response_type') === 'code' &&
      query.get('code_challenge_method') === 'S256';
    if (!isGood) return refused('invalid_request', 400);
    const code = randomBytes(18).toString('base64url');
    const grant = { user: manner.user, isRevoked: false };
    codes.set(code, { grant, challenge: query.get('code_challenge') ?? '', redirectUri: redirect.href });
    redirect.searchParams.set('code', code);
    redirect.searchParams.set('state', query.get('state') ?? '');
    redirect.searchParams.set('iss', state.issuer);
    return { status: 302, body: null, headers: { Location: redirect.href } };
  }

  async function answerTo(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', state.issuer);
    const form = new URLSearchParams(request.method === 'POST' ? await text(request) : '');
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return { status: 200, body: metadataOf(state.issuer) };
      case '/authorize':
        return authorized(url.searchParams);
      case '/token':
        return token(form, request.headers.authorization);
      case '/introspect':
        return introspected(form);
      case '/userinfo': {
        const grant = access.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
        return { status: grant === undefined ? 401 : 200, body: { sub: 'somebody', address: grant?.user } };
      }
      default:
        return { status: 404, body: {} };
    }
  }

  const server = createServer({ cert, key }, (request, response) => {
    answerTo(request).then(
      ({ status, body, headers }) => {
        response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      },
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  });
  const port = await listening(server);
  state.issuer = `https://localhost:${port}`;
  return {
    issuer: state.issuer,
    ca: ca ?? '',
    caFile: certificates.caFile,
    introspectionUrl: `${state.issuer}/introspect`,
    tokens,
    get refreshes() {
      return state.refreshes;
    },
    manner,
    endAccessTokens: () => access.clear(),
    revoke(user) {
      for (const grant of [...access.values(), ...refresh.values()]) if (grant.user === user) grant.isRevoked = true;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await rm(directory, { recursive: true });
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/** RFC 6749 §2.3.1: in the body, or by HTTP Basic. */
function isClient(form: URLSearchParams, authorization: string): boolean {
  const [, basic = ''] = /^Basic (.+)$/.exec(authorization) ?? [];
  const inHeader = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
  const [id, secret] = basic === '' ? [form.get('client_id'), form.get('client_secret')] : inHeader;
  return id === client.clientId && secret === client.clientSecret;
}

const refused = (error: string, status: number): Answer => ({
  status,
  body: { error, error_description: `<b>${canaryPassword}</b>\r\nSet-Cookie: a=b` },
});

const metadataOf = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  authorization_response_iss_parameter_supported: true,
});

/** Signed by a key that nobody knows: the token comes through TLS, which is what vouches for it. */
const signingKey = generateKeyPair('RS256');

const idToken = async (issuer: string, claims: Record<string, unknown>): Promise<string> =>
  new SignJWT({ sub: 'somebody', iss: issuer, aud: client.clientId, ...claims })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign((await signingKey).privateKey);
