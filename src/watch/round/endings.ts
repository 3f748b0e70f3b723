/**
 * What changes when a subscription comes to its end?
 *
 * Nothing of the account is sent from then on, and its credential is erased when it was the last that looked with it. That its capsule has
 * ended is still told.
 */
import type { Change } from '../store/change.ts';
import type { KeptSubscription } from '../store/watch-store.ts';
import type { StatusReason, Subscription } from '../subscription.ts';
import { accountEvents } from './account-events.ts';
import { type CapsuleEnd, capsuleEndOf } from './lineage.ts';

/** Of those whose capsule has ended. */
export async function capsuleEndings(
  kept: readonly KeptSubscription[],
  revoked: ReadonlySet<string>,
  nowMs: number,
): Promise<readonly Change[]> {
  const over = kept.flatMap(({ subscription }) => {
    const reason = subscription.status === 'ended' ? null : capsuleEndOf(subscription, revoked, nowMs);
    return reason === null ? [] : [{ subscription, reason }];
  });
  const endings = await Promise.all(over.map(({ subscription, reason }) => capsuleEnding(subscription, reason, nowMs)));
  const ids = new Set(over.map(({ subscription }) => subscription.id));
  return [...endings.flat(), ...unused(kept, ids)];
}

async function capsuleEnding(subscription: Subscription, reason: CapsuleEnd, nowMs: number): Promise<Change[]> {
  const again = `${reason} ${subscription.lineage?.ids[0] ?? ''}`;
  const told = await accountEvents([subscription], { type: 'account.failed', reason }, again, nowMs);
  return [...ended(subscription, reason), ...told];
}

/** Of one whose receiver has said that it is gone. */
export function receiverGone(kept: readonly KeptSubscription[], subscription: Subscription): readonly Change[] {
  return [...ended(subscription, 'receiver-gone'), ...unused(kept, new Set([subscription.id]))];
}

const ended = (subscription: Subscription, statusReason: StatusReason): Change[] => [
  { kind: 'subscription', subscription: { ...subscription, status: 'ended', statusReason, credentialId: null } },
  { kind: 'deliveries-cancelled', subscriptionId: subscription.id },
];

/** Erases the credentials that nobody looks with when `leaving` do not any more. */
export function unused(kept: readonly KeptSubscription[], leaving: ReadonlySet<string>): Change[] {
  const idsOf = (isLeaving: boolean) =>
    kept.flatMap(({ subscription: { id, credentialId } }) =>
      credentialId !== null && leaving.has(id) === isLeaving ? [credentialId] : [],
    );
  const used = new Set(idsOf(false));
  return [...new Set(idsOf(true))].filter((id) => !used.has(id)).map((id) => ({ kind: 'credential-erased', id }));
}
