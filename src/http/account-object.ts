/**
 * Which object is an account's?
 */
import type { Account } from '../core/account.ts';
import { objectNameUnder } from '../core/account-parts.ts';
import { Failed } from '../core/failure.ts';
import { type Keyring, parseKeyring } from '../core/seal.ts';

/** The operator's keys. Fails with `misconfigured`. */
export function keyringOf(env: Env): Keyring {
  const keyring = parseKeyring(env.CAPSULE_KEYS);
  if (keyring === null) throw new Failed({ kind: 'misconfigured', variable: 'CAPSULE_KEYS' });
  return keyring;
}

/** Under the newest key. */
export const objectNameOf = (env: Env, account: Account): Promise<string> =>
  objectNameUnder(keyringOf(env)[0], account);

/** Under each of the keys, newest first: what outlives a change of keys may be in any of these. */
export const objectNamesOf = (env: Env, account: Account): Promise<readonly string[]> =>
  Promise.all(keyringOf(env).map((key) => objectNameUnder(key, account)));
