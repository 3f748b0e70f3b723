/**
 * What is the state of a mailbox or a maildrop to a caller: octets of the proxy, vouched for by the gateway.
 *
 * Nothing is stored. The text holds all that is needed to tell what has changed since, and cannot be changed or given to
 * another account without being noticed. It is readable to its owner: what names or numbers their own messages have.
 */
import type { Account } from '../core/account.ts';
import { opened, vouched } from '../core/vouch.ts';
import { accountParts, keyringOf } from './mail-account.ts';

export const sealedState = (env: Env, account: Account, state: Uint8Array): Promise<string> =>
  vouched(keyringOf(env), 'state', accountParts(account), state);

/** Null when it was not given out to this account, or was changed since. */
export const openedState = (env: Env, account: Account, text: string): Promise<Uint8Array | null> =>
  opened(keyringOf(env), 'state', accountParts(account), text);
