/**
 * Can this object still be asked for?
 *
 * It is named under one of the operator's keys. When that key is taken away nobody can see or end what is here any more: so nothing may go
 * on either, until it is put back.
 */
import type { Account } from '../../core/account.ts';
import { objectNameUnder } from '../../core/account-parts.ts';
import type { Keyring } from '../../core/seal.ts';

/** `idOf`: the id of the object of that name. */
export async function isNamedUnder(
  keyring: Keyring,
  account: Pick<Account, 'server' | 'user'>,
  ownId: DurableObjectId,
  idOf: (name: string) => DurableObjectId,
): Promise<boolean> {
  for (const key of keyring) {
    if (idOf(await objectNameUnder(key, account)).equals(ownId)) return true;
  }
  return false;
}
