/**
 * What makes an account the same account, and how is it named?
 */
import type { Account } from './account.ts';
import { type AccountParts, accountDigest, type SealKey } from './seal.ts';

/** What digests of an account are made of: the owner of a receipt, of a state, and the names of events. */
export const accountParts = ({ server, user }: Pick<Account, 'server' | 'user'>): AccountParts => [
  server.protocol,
  server.host,
  server.port,
  server.security,
  user,
];

/** An account as answers and events name it: never its credential. */
export function accountJson({ server: { protocol, ...server }, user }: Pick<Account, 'server' | 'user'>) {
  return { protocol, user, server };
}

/**
 * The name of the account's object under one of the operator's keys: it tells nothing about the account to whoever reads it. All
 * spellings that servers take for one user meet the same login guard there; a session is bound to the exact one.
 */
export const objectNameUnder = (key: SealKey, account: Pick<Account, 'server' | 'user'>): Promise<string> =>
  accountDigest(key, accountParts({ ...account, user: foldedUser(account.user) }));

const foldedUser = (user: string): string => user.normalize('NFKC').trim().toLowerCase();
