/**
 * How does a subscription get another signing secret, without an event that its receiver cannot verify?
 *
 * For a while everything is signed with both.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { WatchCaller } from '../answers.ts';
import { endsWith } from '../proof/visible.ts';
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

/** Whoever had a capsule for an hour could forge events for ever. */
const outlivesCapsule: MailFailure = {
  kind: 'request-invalid',
  errors: [
    {
      in: 'header',
      field: 'Authorization',
      message:
        'Give the credential itself, or the capsule that the subscription was made with; or first have it end with this capsule, by PATCH with `renewCredential`.',
    },
  ],
};

export async function addSecret(
  parts: Parts,
  caller: WatchCaller,
  id: string,
  wish: SecretWish,
  nowMs: number,
): Promise<Result<{ secret: string; othersUntilMs: number }>> {
  const found = await meant(parts, caller, id, nowMs);
  if (!found.ok) return found;
  if (!endsWith(found.value.subscription, caller.lineage)) return err(outlivesCapsule);
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
