/**
 * Whose mail, on which server, proven by what?
 *
 * An Account lives as long as one request; nothing stores it. It crosses RPC as an AccountMessage, since a class does
 * not survive the way.
 */
import { Secret } from './secret.ts';
import type { MailServer } from './server.ts';

/** A password, or an OAuth 2.0 access token (RFC 6750) for SASL XOAUTH2 or OAUTHBEARER. */
export type CredentialKind = 'password' | 'access-token';

export interface Account {
  readonly server: MailServer;
  readonly user: string;
  readonly credential: { readonly kind: CredentialKind; readonly secret: Secret };
}

/** An Account on its way from the gateway to the proxy. Never log one. */
export interface AccountMessage {
  readonly server: MailServer;
  readonly user: string;
  readonly credential: { readonly kind: CredentialKind; readonly secret: string };
}

export const toMessage = ({ server, user, credential: { kind, secret } }: Account): AccountMessage => ({
  server,
  user,
  credential: { kind, secret: secret.reveal() },
});

export const fromMessage = ({ server, user, credential: { kind, secret } }: AccountMessage): Account => ({
  server,
  user,
  credential: { kind, secret: new Secret(secret) },
});
