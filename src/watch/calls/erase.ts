/**
 * How does a subscription end when its owner says so?
 *
 * Nothing of it is kept. When it was the last, nothing is kept of the account.
 */
import { ok, type Result } from '../../core/failure.ts';
import type { WatchCaller } from '../answers.ts';
import { unused } from '../round/endings.ts';
import { meant } from './admitted.ts';
import type { Parts } from './parts.ts';

export async function erase(parts: Parts, caller: WatchCaller, id: string, nowMs: number): Promise<Result<void>> {
  const found = await meant(parts, caller, id, nowMs);
  if (!found.ok) return found;
  await parts.store.commit(async () => [
    { kind: 'subscription-erased', id },
    ...unused(await parts.store.subscriptions(), new Set([id])),
  ]);
  await parts.store.eraseRest();
  await parts.live.follow();
  return ok(undefined);
}
