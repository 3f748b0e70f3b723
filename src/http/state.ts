/**
 * What is the state of a mailbox or a maildrop to a caller: octets of the proxy, vouched for by the gateway.
 *
 * Nothing is stored. The text holds all that is needed to tell what has changed since, and cannot be changed or given to
 * another account without being noticed. It is readable to its owner: what names or numbers their own messages have.
 */
import type { Account } from '../core/account.ts';
import { accountParts } from '../core/account-parts.ts';
import { Failed, type FieldError } from '../core/failure.ts';
import { opened, vouched } from '../core/vouch.ts';
import { keyringOf } from './account-object.ts';

export const sealedState = (env: Env, account: Account, state: Uint8Array): Promise<string> =>
  vouched(keyringOf(env), 'state', accountParts(account), state);

/** Null when it was not given out to this account, or was changed since. */
export const openedState = (env: Env, account: Account, text: string): Promise<Uint8Array | null> =>
  opened(keyringOf(env), 'state', accountParts(account), text);

type Place = Extract<FieldError['in'], 'query' | 'body'>;

/** What a caller gives as `since`; null when it gives nothing. Fails with `request-invalid` for what was not given out to this account. */
export async function stateGiven(
  env: Env,
  account: Account,
  since: string | undefined,
  place: Place = 'query',
): Promise<Uint8Array | null> {
  if (since === undefined) return null;
  const state = await openedState(env, account, since);
  if (state !== null) return state;
  const message =
    'Give the newState or state of an earlier answer for this account as it came, or leave it out to begin.';
  throw new Failed({ kind: 'request-invalid', errors: [{ in: place, field: 'since', message }] });
}

/** Who waits for changes has to say since when. */
export const nothingToWaitFrom = (place: Place = 'query'): Failed =>
  new Failed({
    kind: 'request-invalid',
    errors: [{ in: place, field: 'since', message: 'Give the state that you know, to wait for a change of it.' }],
  });
