/**
 * What is a mail server shown of an account whose credential is a refresh token?
 *
 * An access token, fetched from the provider once for all who need it at the same time, and kept in memory until shortly before its
 * end. The refresh token itself goes to its provider alone: what speaks with mail servers takes no such account. And an access
 * token goes to the provider's own mail server alone, whatever server the account names.
 */
import type { Account, Credential, LoginAccount } from '../core/account.ts';
import { err, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { type Timings, timed } from '../core/reply.ts';
import type { Secret } from '../core/secret.ts';
import type { MailServer } from '../core/server.ts';
import { AuthorizationServer } from '../oauth2/authorization-server.ts';
import { type Provider, providerNamed } from '../oauth2/provider.ts';
import { type Grant, type GrantStorage, Grants, grantOf } from './grants.ts';

type RefreshToken = Extract<Credential, { readonly kind: 'refresh-token' }>;

interface Kept {
  readonly secret: Secret;
  readonly untilMs: number;
}

interface Token {
  readonly secret: Secret;
  /** It was fetched earlier, so the provider may have ended it since. */
  readonly isKept: boolean;
}

/** An access token on its way to another object. Never log one. */
export interface GivenToken {
  readonly token: string;
  /** Milliseconds since 1970, some time before its end. */
  readonly untilMs: number;
}

export type Open<A, S> = (account: A, timings: Timings) => Promise<Result<S>>;

export class AccessTokens {
  readonly #grants: Grants;
  readonly #providers: string | undefined;
  readonly #isDevelopment: boolean;
  readonly #kept = new Map<string, Kept>();
  readonly #coming = new Map<string, Promise<Result<Secret>>>();
  /** Until when a grant is known to have ended, by its id. */
  readonly #revoked = new Map<string, number>();

  constructor(storage: GrantStorage, { OAUTH2_PROVIDERS, DEVELOPMENT }: Pick<Env, 'DEVELOPMENT' | 'OAUTH2_PROVIDERS'>) {
    this.#grants = new Grants(storage);
    this.#providers = OAUTH2_PROVIDERS;
    this.#isDevelopment = DEVELOPMENT === 'true';
  }

  /**
   * `open`, for accounts with any credential. Fails as it does, or with `grant-revoked`, `provider-unavailable`, `provider-unknown`,
   * `misconfigured`, or `server-forbidden` for a server that is not the provider's.
   */
  opening<S>(open: Open<LoginAccount, S>): Open<Account, S> {
    return async ({ credential, ...account }, timings) => {
      if (credential.kind !== 'refresh-token') return open({ ...account, credential }, timings);
      const provider = this.#providerFor(credential, account.server);
      if (!provider.ok) return provider;
      const grant = await grantOf(credential.provider, credential.secret);
      const fetched = () => timed(timings, 'login', () => this.#token(provider.value, grant));
      const token = await fetched();
      if (!token.ok) return token;
      const opened = await open(shown(account, token.value), timings);
      const isRefused = !opened.ok && opened.failure.kind === 'login-refused';
      if (!isRefused || !token.value.isKept) return opened;
      // It may have ended before its time. Another one will tell, and is no guess: the capsule's credential is the same.
      this.#drop(grant, token.value.secret);
      const other = await fetched();
      return other.ok ? open(shown(account, other.value), timings) : other;
    };
  }

  /**
   * An access token for who logs in elsewhere than here: a refresh token is used, and replaced, in one place alone. `refused` is one that a
   * mail server did not take. Fails as `opening` does, but for what a login has to say.
   */
  async given({ credential, server }: Account, refused: string | null): Promise<Result<GivenToken>> {
    if (credential.kind !== 'refresh-token') return err({ kind: 'internal' });
    const provider = this.#providerFor(credential, server);
    if (!provider.ok) return provider;
    const grant = await grantOf(credential.provider, credential.secret);
    const kept = this.#kept.get(grant.id);
    if (kept !== undefined && kept.secret.reveal() === refused) this.#drop(grant, kept.secret);
    const token = await this.#token(provider.value, grant);
    if (!token.ok) return token;
    const { secret } = token.value;
    const untilMs = this.#kept.get(grant.id)?.untilMs ?? Date.now();
    return ok({ token: secret.reveal(), untilMs });
  }

  #providerFor({ provider: name }: RefreshToken, server: MailServer): Result<Provider> {
    const provider = providerNamed(this.#providers, name);
    if (!provider.ok) return provider;
    const own = provider.value.servers[server.protocol];
    // Also where the operator has changed it since a capsule was made.
    return own !== null && isSameServer(own, server) ? provider : err({ kind: 'server-forbidden', reason: 'provider' });
  }

  async #token(provider: Provider, grant: Grant): Promise<Result<Token>> {
    const kept = this.#kept.get(grant.id);
    if (kept !== undefined && Date.now() < kept.untilMs) return ok({ secret: kept.secret, isKept: true });
    if (Date.now() < (this.#revoked.get(grant.id) ?? 0)) return err(revokedBy(provider));
    const coming = this.#coming.get(grant.id) ?? this.#begin(provider, grant);
    const fetched = await coming;
    return fetched.ok ? ok({ secret: fetched.value, isKept: false }) : fetched;
  }

  /** Whoever comes before it has ended waits for the same. */
  #begin(provider: Provider, grant: Grant): Promise<Result<Secret>> {
    const coming = this.#refreshed(provider, grant).finally(() => this.#coming.delete(grant.id));
    this.#coming.set(grant.id, coming);
    return coming;
  }

  async #refreshed(provider: Provider, grant: Grant): Promise<Result<Secret>> {
    const newest = await this.#grants.newest(grant);
    const tokens = await new AuthorizationServer(provider, this.#isDevelopment).refreshed(newest);
    if (!tokens.ok) {
      if (tokens.failure.kind === 'grant-revoked')
        remember(this.#revoked, grant.id, Date.now() + limits.revokedGrantMs);
      return tokens;
    }
    const { accessToken, refreshToken, expiresInSeconds } = tokens.value;
    const isReplaced = refreshToken !== null && refreshToken.reveal() !== newest.reveal();
    if (isReplaced) await this.#grants.replace(grant, refreshToken);
    const lifeMs = expiresInSeconds === null ? limits.accessTokenMs : expiresInSeconds * 1000;
    remember(this.#kept, grant.id, {
      secret: accessToken,
      untilMs: Date.now() + lifeMs - limits.accessTokenMarginMs,
    });
    return ok(accessToken);
  }

  /** Unless somebody has put another in its place meanwhile. */
  #drop({ id }: Grant, secret: Secret): void {
    if (this.#kept.get(id)?.secret === secret) this.#kept.delete(id);
  }
}

const revokedBy = ({ name }: Provider): MailFailure => ({ kind: 'grant-revoked', provider: name });

const shown = (account: Omit<Account, 'credential'>, { secret }: Token): LoginAccount => ({
  ...account,
  credential: { kind: 'access-token', secret },
});

const isSameServer = (one: MailServer, other: MailServer): boolean =>
  one.protocol === other.protocol &&
  one.host === other.host &&
  one.port === other.port &&
  one.security === other.security;

/** The newest last; the oldest goes when there are too many. */
function remember<T>(map: Map<string, T>, id: string, value: T): void {
  map.delete(id);
  map.set(id, value);
  const [oldest] = map.keys();
  if (map.size > limits.accessTokens && oldest !== undefined) map.delete(oldest);
}
