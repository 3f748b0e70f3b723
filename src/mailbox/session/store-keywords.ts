/**
 * Which flags does a message have from now on? (STORE, RFC 9051 §6.4.6)
 *
 * Added and removed ones in a STORE each, which leaves all others alone, whoever set them meanwhile.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { MessageName, Uid } from '../answers.ts';
import { fetchOne } from './fetch-one.ts';
import type { FetchMessageObject } from './imapflow.ts';
import { type SelectedMailbox, tellsOfOthers } from './select.ts';
import type { ImapSession } from './session.ts';
import { atom, oneUid } from './tokens.ts';

/** IMAP flags: `\Seen`, `$Forwarded`. */
export interface KeywordChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export async function storeKeywords(
  session: ImapSession,
  selected: SelectedMailbox,
  { uidValidity, uid }: MessageName,
  change: KeywordChange,
  timings: Timings,
): Promise<Result<string[]>> {
  if (uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  if (selected.isReadOnly) return err({ kind: 'command-refused', command: 'UID STORE', responseCode: 'READ-ONLY' });
  const lost = change.add.find((flag) => !canKeep(selected, flag));
  if (lost !== undefined) return err({ kind: 'unsupported-by-server', feature: `the keyword ${lost}` });
  return timed(timings, 'store', async () => {
    const added = await store(session, uid, '+FLAGS', change.add);
    const removed = await store(session, uid, '-FLAGS', change.remove);
    // A server need not tell about flags that were as wished already; and for a message that is gone it tells nothing.
    const row =
      removed ?? (change.remove.length === 0 ? added : null) ?? (await fetchOne(session, uid, [atom('FLAGS')]));
    // Otherwise the server might keep it from everybody else, and from our own other sessions, for as long as this one lasts.
    if (!tellsOfOthers(session)) await session.select(selected.path);
    return row?.flags === undefined ? err({ kind: 'message-not-found' }) : ok([...row.flags]);
  });
}

async function store(
  session: ImapSession,
  uid: Uid,
  operation: '+FLAGS' | '-FLAGS',
  flags: readonly string[],
): Promise<FetchMessageObject | null> {
  if (flags.length === 0) return null;
  const rows = await session.store(oneUid(uid), operation, flags);
  return rows.find((row) => row.uid === uid && row.flags !== undefined) ?? null;
}

/** The five system flags, or an atom (RFC 9051 §9, `flag`). `\Recent` is the server's own. */
export function isFlag(text: string): boolean {
  return /^(\\(Seen|Answered|Flagged|Deleted|Draft)|[!#$&'+-[^-z|}~]{1,255})$/i.test(text);
}

export function canKeep({ permanentFlags }: SelectedMailbox, flag: string): boolean {
  // A server that does not say keeps them all (RFC 9051 §7.1, PERMANENTFLAGS).
  if (permanentFlags === null || (permanentFlags.has('\\*') && !flag.startsWith('\\'))) return true;
  return [...permanentFlags].some((kept) => kept.toLowerCase() === flag.toLowerCase());
}
