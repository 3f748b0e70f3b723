/**
 * Which object is an account's?
 */
import type { Account } from '../core/account.ts';
import { Failed } from '../core/failure.ts';
import { accountDigest, type Keyring, parseKeyring } from '../core/seal.ts';

/** What makes an account the same account: an object's name and a receipt's owner are digests of this. */
export const accountParts = ({ server, user }: Account): readonly (string | number)[] => [
  server.protocol,
  server.host,
  server.port,
  server.security,
  user,
];

/** The operator's keys. Fails with `misconfigured`. */
export function keyringOf(env: Env): Keyring {
  const keyring = parseKeyring(env.CAPSULE_KEYS);
  if (keyring === null) throw new Failed({ kind: 'misconfigured', variable: 'CAPSULE_KEYS' });
  return keyring;
}

/**
 * The name of the account's object: it tells nothing about the account to whoever reads it. All spellings that servers take
 * for one user meet the same login guard there; a session is bound to the exact one.
 */
export const objectNameOf = (env: Env, account: Account): Promise<string> =>
  accountDigest(keyringOf(env)[0], accountParts({ ...account, user: foldedUser(account.user) }));

const foldedUser = (user: string): string => user.normalize('NFKC').trim().toLowerCase();
