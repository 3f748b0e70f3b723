/**
 * What changes when a subscription comes to its end, or to a halt?
 *
 * Nothing of the account is sent from then on, and its credential is erased when it was the last that looked with it. That its capsule has
 * ended is still told. One whose receiver fails is kept as it is, for its owner to go on with.
 */
import type { Change } from '../store/change.ts';
import type { KeptSubscription } from '../store/watch-store.ts';
import type { StatusReason, Subscription } from '../subscription.ts';
import { accountEvents } from './account-events.ts';
import { capsuleEndOf } from './lineage.ts';

/** Of each whose capsule has ended. */
export async function capsuleEndings(
  kept: readonly KeptSubscription[],
  revoked: ReadonlySet<string>,
  nowMs: number,
): Promise<readonly Change[]> {
  const over = kept.flatMap(({ subscription }) => {
    const reason = subscription.status === 'ended' ? null : capsuleEndOf(subscription, revoked, nowMs);
    return reason === null ? [] : [{ subscription, reason }];
  });
  const endings = await Promise.all(over.map(({ subscription, reason }) => endOf(subscription, reason, nowMs)));
  return [...endings.flat(), ...unused(kept, new Set(over.map(({ subscription }) => subscription.id)))];
}

/** Of this one. */
export async function ending(
  kept: readonly KeptSubscription[],
  subscription: Subscription,
  reason: StatusReason,
  nowMs: number,
): Promise<readonly Change[]> {
  if (reason === 'receiver-failing') {
    return [{ kind: 'subscription', subscription: { ...subscription, status: 'suspended', statusReason: reason } }];
  }
  return [...(await endOf(subscription, reason, nowMs)), ...unused(kept, new Set([subscription.id]))];
}

async function endOf(
  subscription: Subscription,
  reason: Exclude<StatusReason, 'receiver-failing'>,
  nowMs: number,
): Promise<readonly Change[]> {
  const changes: Change[] = [
    {
      kind: 'subscription',
      subscription: { ...subscription, status: 'ended', statusReason: reason, credentialId: null, failing: null },
    },
    { kind: 'deliveries-cancelled', subscriptionId: subscription.id, atMs: nowMs },
  ];
  if (reason === 'receiver-gone') return changes;
  const again = `${reason} ${subscription.lineage?.ids[0] ?? ''}`;
  const told = await accountEvents([subscription], { type: 'account.failed', reason }, again, nowMs);
  return [...changes, ...told];
}

/** Erases the credentials that nobody looks with when `leaving` do not any more. */
export function unused(kept: readonly KeptSubscription[], leaving: ReadonlySet<string>): Change[] {
  const idsOf = (isLeaving: boolean) =>
    kept.flatMap(({ subscription: { id, credentialId } }) =>
      credentialId !== null && leaving.has(id) === isLeaving ? [credentialId] : [],
    );
  const used = new Set(idsOf(false));
  return [...new Set(idsOf(true))].filter((id) => !used.has(id)).map((id) => ({ kind: 'credential-erased', id }));
}
