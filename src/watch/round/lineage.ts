/**
 * Is the capsule still good that a subscription was made with?
 *
 * Whoever narrowed a mail account to a capsule, or ended one, means all that was made with it as well. Pure.
 */
import type { Subscription } from '../subscription.ts';

export type CapsuleEnd = 'capsule-expired' | 'capsule-revoked';

/** Null while it is good, or when there is none. */
export function capsuleEndOf(
  { lineage }: Pick<Subscription, 'lineage'>,
  revoked: ReadonlySet<string>,
  nowMs: number,
): CapsuleEnd | null {
  if (lineage === null) return null;
  if (lineage.ids.some((id) => revoked.has(id))) return 'capsule-revoked';
  return lineage.expiresAt * 1000 <= nowMs ? 'capsule-expired' : null;
}
