/**
 * Whose mail, on which server, proven by what?
 *
 * An Account lives as long as one request; nothing stores it. It crosses RPC as an AccountMessage, since a class does
 * not survive the way.
 */
import type { Access } from './access.ts';
import { Secret } from './secret.ts';
import type { MailServer } from './server.ts';

/**
 * A password; an OAuth 2.0 access token (RFC 6750) for SASL XOAUTH2 or OAUTHBEARER; or a refresh token (RFC 6749 §1.5), for which the
 * proxy gets access tokens from `provider`, one of the operator's.
 */
export type CredentialOf<Text> =
  | { readonly kind: 'password' | 'access-token'; readonly secret: Text }
  | { readonly kind: 'refresh-token'; readonly provider: string; readonly secret: Text };

export type Credential = CredentialOf<Secret>;
export type CredentialKind = Credential['kind'];

interface AccountOf<Text> {
  readonly server: MailServer;
  readonly user: string;
  readonly credential: CredentialOf<Text>;
  /** What this request may do; no part of who it is. */
  readonly access: Access;
}

export type Account = AccountOf<Secret>;

/**
 * An account with what a mail server may be shown of it. A refresh token is none of that: it is its provider's business alone, and
 * whatever speaks with a mail server takes nothing but this.
 */
export type LoginAccount = Omit<Account, 'credential'> & {
  readonly credential: Exclude<Credential, { readonly kind: 'refresh-token' }>;
};

/** An Account on its way from the gateway to the proxy. Never log one. */
export type AccountMessage = AccountOf<string>;

export const toMessage = ({ credential, ...account }: Account): AccountMessage => ({
  ...account,
  credential: { ...credential, secret: credential.secret.reveal() },
});

export const fromMessage = ({ credential, ...account }: AccountMessage): Account => ({
  ...account,
  credential: { ...credential, secret: new Secret(credential.secret) },
});
