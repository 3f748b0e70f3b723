/**
 * How does a subscription get another signing secret, without an event that its receiver cannot verify?
 *
 * For a while everything is signed with both.
 */
import { ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { WatchCaller } from '../answers.ts';
import type { SigningSecret } from '../subscription.ts';
import { meant } from './admitted.ts';
import { newSigningSecret } from './new-ids.ts';
import type { Parts } from './parts.ts';

export interface SecretWish {
  /** Null to get one. */
  readonly secret: string | null;
  /** How long those before it are good beside it; milliseconds since 1970. */
  readonly othersUntilMs: number;
}

export async function addSecret(
  parts: Parts,
  caller: WatchCaller,
  id: string,
  wish: SecretWish,
  nowMs: number,
): Promise<Result<{ secret: string; othersUntilMs: number }>> {
  const found = await meant(parts, caller, id, nowMs);
  if (!found.ok) return found;
  const secret = wish.secret ?? newSigningSecret();
  await parts.store.commit(async () => {
    const kept = (await parts.store.subscriptions()).find(({ subscription }) => subscription.id === id);
    if (kept === undefined) return [];
    const secrets = rotated(kept.subscription.secrets, secret, wish.othersUntilMs, nowMs);
    return [{ kind: 'subscription', subscription: { ...kept.subscription, secrets } }];
  });
  return ok({ secret, othersUntilMs: wish.othersUntilMs });
}

/** Newest first. None of the old ones gets longer than it had. */
function rotated(
  before: readonly SigningSecret[],
  secret: string,
  othersUntilMs: number,
  nowMs: number,
): readonly SigningSecret[] {
  const others = before
    .map((old) => ({ secret: old.secret, untilMs: Math.min(old.untilMs ?? othersUntilMs, othersUntilMs) }))
    .filter((old) => old.untilMs > nowMs && old.secret !== secret);
  return [{ secret, untilMs: null }, ...others].slice(0, limits.signingSecrets);
}
