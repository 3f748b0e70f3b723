/**
 * How does a session get out of a mailbox whose name is about to go?
 *
 * By selecting INBOX, which is always there: CLOSE would expunge, and not every server knows UNSELECT. A session that stayed
 * would be cut off by some servers, and kept in a mailbox of another name by others.
 */
import { forOurselves } from './granted-path.ts';
import { type ListedName, prefixOf } from './list-answer.ts';
import { nameOfPath } from './mailbox-name.ts';
import type { ImapSession } from './session.ts';

/** Out of `entry` and out of all that lies in it. */
export async function leaveMailbox(session: ImapSession, entry: ListedName): Promise<void> {
  const { mailbox } = session;
  if (mailbox === null) return;
  const name = nameOfPath(mailbox.path, session.nameEncoding);
  const isInside = entry.delimiter !== '' && name.startsWith(prefixOf(entry));
  if (name === entry.name || isInside) await session.select(forOurselves('INBOX'));
}
