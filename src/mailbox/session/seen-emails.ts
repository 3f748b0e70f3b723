/**
 * What is in these messages, as far as anybody can tell?
 *
 * As `fetchEmails`, but that one that is there and cannot be read is told from one that is gone.
 */
import type { FetchedEmail, Uid } from '../answers.ts';
import { fetchEmails } from './fetch-emails.ts';
import type { Wanted } from './fetched-email.ts';
import { uidsFound } from './search.ts';
import type { ImapSession } from './session.ts';

export interface SeenEmail {
  readonly uid: Uid;
  /** Null when nothing but that it is there can be told. */
  readonly email: FetchedEmail | null;
}

/** In the order of `uids`; those that are gone are left out. */
export async function seenEmails(session: ImapSession, uids: readonly Uid[], wanted: Wanted): Promise<SeenEmail[]> {
  const seen = new Map<Uid, SeenEmail>();
  const add = (emails: readonly FetchedEmail[]): void => {
    for (const email of emails) seen.set(email.uid, { uid: email.uid, email });
  };
  const missing = (): Uid[] => uids.filter((uid) => !seen.has(uid));
  if (uids.length > 0) add(await fetchEmails(session, uids, wanted));
  if (missing().length > 0) {
    const there = new Set(await uidsFound(session, [['UID', missing().join(',')]]));
    const unread = missing().filter((uid) => there.has(uid));
    if (unread.length > 0) add(await fetchEmails(session, unread, { ...wanted, header: 'none', structure: false }));
    for (const uid of missing()) if (there.has(uid)) seen.set(uid, { uid, email: null });
  }
  return uids.flatMap((uid) => seen.get(uid) ?? []);
}
