/**
 * How do messages leave the maildrop?
 *
 * By the digests of their UIDLs, so that a receipt needs no more than those. What cannot be told apart is not deleted.
 */
import { Failed } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { DeletedMessages } from '../answers.ts';
import { ambiguousUidls, digestKey, uidlDigest } from '../rules.ts';
import type { NumberedMessage } from './listing.ts';
import type { MaildropSession } from './session.ts';

/** Deletes all of them that are still there, or none. Throws Failed. */
export async function deleteMessages(
  session: MaildropSession,
  digests: readonly Uint8Array[],
  timings: Timings,
): Promise<DeletedMessages> {
  const messages = await timed(timings, 'fetch', () => session.messages());
  const chosen = await digested(messages, new Set(digests.map(digestKey)));
  const ambiguous = ambiguousUidls(messages);
  if (chosen.some(({ uidl }) => ambiguous.has(uidl))) throw new Failed({ kind: 'uidl-not-unique' });
  if (chosen.length > 0) await timed(timings, 'store', () => session.delete(chosen));
  return { deleted: chosen.length, alreadyGone: digests.length - chosen.length };
}

async function digested(
  messages: readonly NumberedMessage[],
  digests: ReadonlySet<string>,
): Promise<NumberedMessage[]> {
  const keys = await Promise.all(messages.map(async ({ uidl }) => digestKey(await uidlDigest(uidl))));
  return messages.filter((_, index) => digests.has(keys[index] ?? ''));
}
