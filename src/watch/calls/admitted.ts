/**
 * Who calls, and which subscription is meant?
 *
 * Nobody learns anything before the mail account is proven to be the caller's own.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import type { WatchCaller } from '../answers.ts';
import { isVisible } from '../proof/visible.ts';
import type { KeptSubscription } from '../store/watch-store.ts';
import type { Parts } from './parts.ts';

/** All that the caller may see, oldest first. Fails as a login does, or with `misconfigured`. */
export async function visibleTo(
  { store, prover }: Parts,
  { account }: WatchCaller,
  nowMs: number,
): Promise<Result<readonly KeptSubscription[]>> {
  const unlocked = await store.unlock();
  if (!unlocked.ok) return unlocked;
  const proven = await prover.prove(account, await store.credentials(), nowMs);
  if (!proven.ok) return proven;
  const kept = await store.subscriptions();
  return ok(kept.filter(({ subscription }) => isVisible(subscription, account)));
}

/** Fails also with `subscription-not-found`. */
export async function meant(
  parts: Parts,
  caller: WatchCaller,
  id: string,
  nowMs: number,
): Promise<Result<KeptSubscription>> {
  const visible = await visibleTo(parts, caller, nowMs);
  if (!visible.ok) return visible;
  const kept = visible.value.find(({ subscription }) => subscription.id === id);
  return kept === undefined ? err({ kind: 'subscription-not-found' }) : ok(kept);
}
