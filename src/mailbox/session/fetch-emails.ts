/**
 * What is in these messages, wherever in the mailbox they are?
 */
import { Failed } from '../../core/failure.ts';
import type { FetchedEmail, Uid } from '../answers.ts';
import { attempt, isExpungeIssued } from './attempt.ts';
import { emailOf, itemsOf, type Wanted } from './fetched-email.ts';
import { withPreviews } from './previews.ts';
import type { ImapSession } from './session.ts';
import { uidSets } from './tokens.ts';

/**
 * In the order of `uids`; those that are gone are left out. One row that cannot be read (a BODYSTRUCTURE that nobody parses
 * takes its line along) is asked for once more without its structure, so that a message does not pass for deleted.
 */
export async function fetchEmails(session: ImapSession, uids: readonly Uid[], wanted: Wanted): Promise<FetchedEmail[]> {
  const found = await fetchRows(session, uids, wanted);
  const missing = uids.filter((uid) => !found.has(uid));
  if (missing.length > 0) {
    // What others have expunged is left out of a FETCH before it can be told of (RFC 2180 §4.1).
    await session.noop();
    for (const [uid, email] of await fetchRows(session, missing, { ...wanted, structure: false, preview: false }))
      found.set(uid, email);
  }
  const inOrder = uids.flatMap((uid) => found.get(uid) ?? []);
  return withPreviews(session, inOrder, wanted);
}

async function fetchRows(session: ImapSession, uids: readonly Uid[], wanted: Wanted): Promise<Map<Uid, FetchedEmail>> {
  const found = new Map<Uid, FetchedEmail>();
  for (const set of uidSets(uids)) {
    const rows = await attempt(() => session.fetch(set, itemsOf(wanted, session)));
    if (!rows.ok && !isExpungeIssued(rows.failure)) throw new Failed(rows.failure);
    for (const row of rows.ok ? rows.value : []) {
      const email = emailOf(row, wanted);
      if (email !== null) found.set(email.uid, email);
    }
  }
  return found;
}
