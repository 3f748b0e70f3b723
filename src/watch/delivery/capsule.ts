/**
 * What capsule goes along with an event?
 *
 * One that reads the mailbox of its message, for an hour, and for no longer than the one that the subscription was made with. Never wider.
 */

import type { Access } from '../../core/access.ts';
import { type AccountMessage, fromMessage } from '../../core/account.ts';
import { type Capsule, lesserCapsule, newCapsuleId, sealCapsule } from '../../core/capsule.ts';
import { limits } from '../../core/limits.ts';
import type { Keyring } from '../../core/seal.ts';
import { utcDateOf } from '../../core/utc-date.ts';
import { mailboxNameOf } from '../../mailbox/rules.ts';
import type { Subscription } from '../subscription.ts';
import type { IncludedCapsule } from './courier.ts';

/** Null when it would be wider than what the subscription has. `mailboxId` is null for a maildrop. */
export async function includedCapsule(
  keyring: Keyring,
  account: AccountMessage,
  { access, lineage }: Pick<Subscription, 'access' | 'lineage'>,
  mailboxId: string | null,
  nowMs: number,
): Promise<IncludedCapsule | null> {
  const endsAt = Math.floor(nowMs / 1000) + limits.includedCapsuleSeconds;
  const [id, ...rest] = lineage?.ids ?? [];
  const held: Capsule = {
    account: { ...fromMessage(account), access },
    ids: id === undefined ? [newCapsuleId()] : [id, ...rest],
    expiresAt: lineage?.expiresAt ?? endsAt,
  };
  const expiresAt = Math.min(endsAt, held.expiresAt);
  const mailboxes = mailboxId === null ? undefined : namesIn(access, mailboxId);
  if (mailboxes?.length === 0) return null;
  const lesser = lesserCapsule(held, { scopes: ['read'], mailboxes, expiresAt });
  if (!lesser.ok) return null;
  // Without a capsule before it, it comes from none.
  const capsule: Capsule = lineage === null ? { ...lesser.value, ids: [lesser.value.ids[0]] } : lesser.value;
  return { token: await sealCapsule(keyring, capsule), expiresAt: utcDateOf(expiresAt * 1000) };
}

/**
 * That mailbox, as far as the names that are granted tell. One that is granted by its role alone cannot be named by its id: whichever
 * mailbox has the role is meant, so all roles are.
 */
function namesIn({ mailboxes }: Access, mailboxId: string): readonly string[] {
  if (mailboxes === null || mailboxes.includes(mailboxId)) return [mailboxId];
  const name = mailboxNameOf(mailboxId);
  if (name !== null && 'path' in name && name.path === 'INBOX' && mailboxes.includes('inbox')) return ['inbox'];
  return mailboxes.filter((granted) => {
    const grantedName = mailboxNameOf(granted);
    return grantedName !== null && 'role' in grantedName && grantedName.role !== 'inbox';
  });
}
