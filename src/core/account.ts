/**
 * Whose mail, on which server, proven by what?
 *
 * An Account lives as long as one request; nothing stores it. It crosses RPC as an AccountMessage, since a class does
 * not survive the way.
 */
import { Secret } from './secret.ts';
import type { MailServer } from './server.ts';

export interface Account {
  readonly server: MailServer;
  readonly user: string;
  readonly password: Secret;
}

/** An Account on its way from the gateway to the proxy. Never log one. */
export interface AccountMessage {
  readonly server: MailServer;
  readonly user: string;
  readonly password: string;
}

export const toMessage = (account: Account): AccountMessage => ({
  server: account.server,
  user: account.user,
  password: account.password.reveal(),
});

export const fromMessage = (message: AccountMessage): Account => ({
  server: message.server,
  user: message.user,
  password: new Secret(message.password),
});
