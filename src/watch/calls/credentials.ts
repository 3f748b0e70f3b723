/**
 * Which of the credentials that are kept does a request look with?
 *
 * The same one as others, where it is the same: they share one login then.
 */
import type { AccountMessage } from '../../core/account.ts';
import { recovery } from '../round/found.ts';
import type { Change, WatchCredential } from '../store/change.ts';
import { newCredentialId } from './new-ids.ts';
import type { Parts } from './parts.ts';

/** To be stored when nobody looks with it yet. By itself it may do nothing: each subscription says what it may. */
export const credentialOf = ({ server, user, credential }: AccountMessage): WatchCredential => ({
  id: newCredentialId(),
  account: { server, user, credential, access: { scopes: [], mailboxes: [] } },
  trouble: null,
});

/** The one to look with from now on, and what is to be written for it: it was good just now. */
export async function adopted(
  { store, prover }: Parts,
  fresh: WatchCredential,
  nowMs: number,
): Promise<{ readonly id: string; readonly changes: readonly Change[] }> {
  const present = { subscriptions: await store.subscriptions(), credentials: await store.credentials() };
  const same = await prover.same(fresh.account, present.credentials);
  if (same === null) return { id: fresh.id, changes: [{ kind: 'credential', credential: fresh }] };
  return { id: same.id, changes: await recovery(same.id, present, nowMs) };
}
