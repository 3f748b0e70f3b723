/**
 * What has changed in the maildrop since a state that was given out?
 */
import { Failed } from '../../core/failure.ts';
import type { MaildropChanges } from '../answers.ts';
import { changesSince, unchanged } from '../sync/changes.ts';
import { octetsOf } from '../sync/state.ts';
import type { MaildropSession } from './session.ts';

/** As this session sees it. Without `since`, the state alone. Throws Failed with `state-gone` when it cannot be told. */
export async function changesIn(
  session: MaildropSession,
  since: Uint8Array | null,
  maxChanges: number,
): Promise<MaildropChanges> {
  const messages = await session.messages();
  if (since === null) return unchanged(octetsOf(messages));
  const changes = changesSince(since, messages, maxChanges);
  if (changes === null) throw new Failed({ kind: 'state-gone' });
  return changes;
}
