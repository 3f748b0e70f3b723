/**
 * Which messages of the selected mailbox have come from a UID on?
 */
import type { Uid } from '../answers.ts';
import { uidsFound } from './search.ts';
import type { ImapSession } from './session.ts';

/** Ascending. Of those below `bound` alone; 0 for none, where the server does not tell UIDNEXT. */
export async function uidsFrom(session: ImapSession, mark: number, bound: number): Promise<Uid[]> {
  // Some servers refuse to be asked about the messages of a mailbox that has none.
  if (session.mailbox?.exists === 0 || (bound > 0 && mark >= bound)) return [];
  const found = await uidsFound(session, [['UID', `${mark}:*`]]);
  // `*` is the last message, however low its UID is (RFC 9051 §9, seq-range).
  return found.filter((uid) => uid >= mark && (bound === 0 || uid < bound));
}

/** 0 when there is none. */
export async function highestUid(session: ImapSession): Promise<number> {
  if (session.mailbox?.exists === 0) return 0;
  // Not `*`: where UIDs do not ascend, the last message has not the highest.
  return (await uidsFound(session, 'all')).at(-1) ?? 0;
}
