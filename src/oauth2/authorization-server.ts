/**
 * How does one talk to a provider's authorization server? (RFC 6749, RFC 8414, OpenID Connect)
 *
 * The only place that knows oauth4webapi. Every request goes through the egress rule and has a deadline, every answer is bounded, and
 * every error leaves here as a MailFailure: what a provider says in words (`error_description`) goes no further.
 */
import { decodeJwt } from 'jose';
import * as oauth from 'oauth4webapi';
import { z } from 'zod';
import { within } from '../core/deadline.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { logEvent } from '../core/log.ts';
import { Secret } from '../core/secret.ts';
import { guardedFetch } from '../egress/guarded-fetch.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { type Metadata, metadataOf } from './metadata.ts';
import type { Provider } from './provider.ts';

export interface Tokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | null;
  /** Null when the provider does not say. */
  readonly expiresInSeconds: number | null;
  /** Of the ID token, which came from the provider itself, through TLS (OpenID Connect Core §3.1.3.7). */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What goes back to the provider for tokens. */
export interface Redemption {
  readonly code: string;
  readonly redirectUri: string;
  readonly verifier: string;
}

interface Options {
  readonly [oauth.customFetch]: ReturnType<typeof boundedFetch>;
  readonly [oauth.allowInsecureRequests]: true;
}

export class AuthorizationServer {
  readonly #provider: Provider;
  readonly #client: oauth.Client;
  readonly #authentication: oauth.ClientAuth;
  readonly #options: Options;

  constructor(provider: Provider, development: boolean) {
    this.#provider = provider;
    this.#client = { client_id: provider.clientId };
    this.#authentication = authenticationOf(provider);
    this.#options = {
      [oauth.customFetch]: boundedFetch(guardedFetch(development)),
      // What may be called, and that it is by HTTPS, is the egress rule's to say.
      [oauth.allowInsecureRequests]: true,
    };
  }

  /** Where people are sent. Fails with `provider-unavailable` or `misconfigured`. */
  authorizationEndpoint(): Promise<Result<URL>> {
    return this.#asked('metadata', noAccess, async (metadata) => new URL(metadata.authorization_endpoint ?? ''));
  }

  /**
   * What of a callback is to be redeemed. Fails with `authorization-failed`: `state-invalid` for an answer that is not this provider's
   * (RFC 9207) or that nobody can read.
   */
  codeIn(callback: URLSearchParams, state: string): Promise<Result<string>> {
    return this.#asked('callback', noAccess, async (metadata) => {
      // Theirs has the tenant in it, which is not known before there are tokens.
      const issuer = callback.get('iss');
      const known = issuer !== null && isOfTenant(metadata.issuer, issuer) ? { ...metadata, issuer } : metadata;
      const parameters = oauth.validateAuthResponse(known, this.#client, callback, state);
      const code = parameters.get('code');
      if (code === null) throw new Failed({ kind: 'authorization-failed', reason: 'state-invalid' });
      return code;
    });
  }

  /** Fails with `authorization-failed`, `provider-unavailable` or `misconfigured`. */
  redeemed({ code, redirectUri, verifier }: Redemption): Promise<Result<Tokens>> {
    const refused: MailFailure = { kind: 'authorization-failed', reason: 'code-refused' };
    return this.#asked('code', refused, async (metadata) => {
      const plain = { ...metadata, authorization_response_iss_parameter_supported: false };
      const given = new URLSearchParams({ code });
      const callback = oauth.validateAuthResponse(plain, this.#client, given, oauth.expectNoState);
      const response = await oauth.authorizationCodeGrantRequest(
        metadata,
        this.#client,
        this.#authentication,
        callback,
        redirectUri,
        verifier,
        this.#options,
      );
      const known = await withIssuer(metadata, response.clone());
      return tokensOf(await oauth.processAuthorizationCodeResponse(known, this.#client, response));
    });
  }

  /** Fails with `grant-revoked`, `provider-unavailable` or `misconfigured`. */
  refreshed(refreshToken: Secret): Promise<Result<Tokens>> {
    const refused: MailFailure = { kind: 'grant-revoked', provider: this.#provider.name };
    return this.#asked('refresh', refused, async (metadata) => {
      const response = await oauth.refreshTokenGrantRequest(
        metadata,
        this.#client,
        this.#authentication,
        refreshToken.reveal(),
        this.#options,
      );
      const known = await withIssuer(metadata, response.clone());
      return tokensOf(await oauth.processRefreshTokenResponse(known, this.#client, response));
    });
  }

  /** What the provider knows of whoever signed in (OpenID Connect Core §5.3). */
  userInfo({ accessToken, claims }: Tokens): Promise<Result<Readonly<Record<string, unknown>>>> {
    return this.#asked('userinfo', noAccess, async (metadata) => {
      const response = await oauth.userInfoRequest(metadata, this.#client, accessToken.reveal(), this.#options);
      const subject = typeof claims['sub'] === 'string' ? claims['sub'] : oauth.skipSubjectCheck;
      return oauth.processUserInfoResponse(metadata, this.#client, subject, response);
    });
  }

  /** `refused`: what it means when the provider does not take the code or the refresh token (`invalid_grant`). */
  async #asked<T>(step: Step, refused: MailFailure, ask: (metadata: Metadata) => Promise<T>): Promise<Result<T>> {
    const { name } = this.#provider;
    const start = Date.now();
    try {
      const metadata = await within(limits.providerMs, 'request', metadataOf(this.#provider, this.#options));
      // Not less time because that took long: a refresh token may have been replaced, and nobody would know by which.
      const value = await within(limits.providerMs, 'request', ask(metadata));
      if (step === 'refresh') logEvent('token.refreshed', { provider: name, elapsedMs: Date.now() - start });
      return ok(value);
    } catch (error) {
      const failure = failureOf(error, step, refused);
      logEvent('provider.failed', { provider: name, step, failure: failure.kind, reason: reasonOf(error) });
      return err(failure);
    }
  }
}

export type Step = 'metadata' | 'callback' | 'code' | 'refresh' | 'userinfo';

const noAccess: MailFailure = { kind: 'provider-unavailable', retryAfterSeconds: limits.providerRetrySeconds };
const unregistered: MailFailure = { kind: 'misconfigured', variable: 'OAUTH2_PROVIDERS' };

function authenticationOf({ clientSecret, clientAuthentication }: Provider): oauth.ClientAuth {
  if (clientSecret === null) return oauth.None();
  const authenticate = clientAuthentication === 'basic' ? oauth.ClientSecretBasic : oauth.ClientSecretPost;
  return authenticate(clientSecret.reveal());
}

function tokensOf(answer: oauth.TokenEndpointResponse): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn } = answer;
  // It is sent to a mail server between control characters (RFC 7628 §3.1); RFC 6750 §2.1 has none in it.
  if (!/^[!-~]+$/.test(accessToken)) throw new Failed(noAccess);
  return {
    accessToken: new Secret(accessToken),
    refreshToken: refreshToken === undefined ? null : new Secret(refreshToken),
    expiresInSeconds: expiresIn ?? null,
    claims: oauth.getValidatedIdTokenClaims(answer) ?? {},
  };
}

const tenant = '{tenantid}';

/** Whether Microsoft's issuer for one tenant is what `template` says; it says so for no other provider. */
function isOfTenant(template: string, issuer: string): boolean {
  const [head = '', tail] = template.split(tenant);
  return tail !== undefined && issuer.startsWith(head) && issuer.endsWith(tail);
}

/** Microsoft's issuer names the tenant of whoever signed in, which the ID token tells. */
async function withIssuer(metadata: Metadata, response: Response): Promise<Metadata> {
  if (!metadata.issuer.includes(tenant) || !response.ok) return metadata;
  const { id_token: idToken } = IdTokenAnswer.parse(await response.json());
  if (idToken === undefined) return metadata;
  // Unproven: the library holds the token's issuer against this one.
  const { tid } = decodeJwt(idToken);
  return { ...metadata, issuer: metadata.issuer.replace(tenant, String(tid)) };
}

const IdTokenAnswer = z.object({ id_token: z.string().optional() });

/** What whoever signs in, or the provider, has to answer for in the authorization itself (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). */
const declined: ReadonlySet<string> = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
]);
const passing: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);
/** RFC 6749 §5.2: it is the client that the provider does not take, and nobody but the operator can mend that. */
const unregisteredCodes: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client', 'invalid_scope']);

function failureOf(error: unknown, step: Step, refused: MailFailure): MailFailure {
  if (error instanceof oauth.AuthorizationResponseError) {
    if (passing.has(error.error)) return noAccess;
    if (unregisteredCodes.has(error.error)) return unregistered;
    return { kind: 'authorization-failed', reason: declined.has(error.error) ? 'denied' : 'code-refused' };
  }
  if (error instanceof oauth.ResponseBodyError) {
    // Microsoft's says of a grant in these words as well that its user has to come again.
    if (error.error === 'invalid_grant' || declined.has(error.error)) return refused;
    return unregisteredCodes.has(error.error) ? unregistered : noAccess;
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) return unregistered;
  if (error instanceof Failed) {
    if (error.failure.kind === 'target-forbidden') return unregistered;
    return error.failure.kind === 'authorization-failed' ? error.failure : noAccess;
  }
  if (step === 'callback' && error instanceof oauth.OperationProcessingError) {
    return { kind: 'authorization-failed', reason: 'state-invalid' };
  }
  return noAccess;
}

/** For the operator: a code out of the library's own list, or a kind of error; never words of the provider. */
function reasonOf(error: unknown): string {
  if (error instanceof oauth.ResponseBodyError) return `HTTP ${error.status}`;
  if (error instanceof oauth.OperationProcessingError && error.code !== undefined) return error.code;
  if (error instanceof Failed) return error.failure.kind;
  return error instanceof Error ? error.name : typeof error;
}
