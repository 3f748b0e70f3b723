/**
 * Which flags does a message have from now on? (STORE, RFC 9051 §6.4.6)
 *
 * Added and removed ones in a STORE each, which leaves all others alone, whoever set them meanwhile. Of two, only the first
 * is conditional: when the message was as expected then, what others change afterwards stands as well.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { MessageState, Uid } from '../answers.ts';
import { keywordsOf } from '../rules.ts';
import { attempt, refusedBy } from './attempt.ts';
import { fetchOne } from './fetch-one.ts';
import type { FetchMessageObject } from './imapflow.ts';
import { lookUp, refusalAbout, stateIn, toldOf } from './message-state.ts';
import { type SelectedMailbox, tellsOfOthers } from './select.ts';
import type { ImapSession } from './session.ts';
import { atom, oneUid } from './tokens.ts';

/** IMAP flags: `\Seen`, `$Forwarded`. */
export interface KeywordChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Why a mailbox cannot keep `change`, before anything is tried; null when nothing speaks against it. */
export function markingRefusal(selected: SelectedMailbox, { add }: KeywordChange): MailFailure | null {
  if (selected.isReadOnly) return { kind: 'permission-denied', command: 'UID STORE' };
  const lost = add.find((flag) => !canKeep(selected, flag));
  return lost === undefined ? null : { kind: 'unsupported-by-server', feature: `the keyword ${lost}` };
}

/**
 * Answers the state after the change. `unchangedSince` is the MODSEQ that the message must still have; null when it may be
 * in any state. Fails with `message-not-found`, `precondition-failed`, as the server refuses, or with `partly-done` when it
 * refuses the second STORE alone.
 */
export async function storeKeywords(
  session: ImapSession,
  selected: SelectedMailbox,
  uid: Uid,
  { add, remove }: KeywordChange,
  unchangedSince: bigint | null,
): Promise<Result<MessageState>> {
  const changes = [
    { operation: '+FLAGS', flags: add },
    { operation: '-FLAGS', flags: remove },
  ] as const;
  let told: FetchMessageObject | null = null;
  let isFirst = true;
  for (const { operation, flags } of changes.filter(({ flags }) => flags.length > 0)) {
    const stored = await store(session, uid, operation, flags, isFirst ? unchangedSince : null);
    if (!stored.ok) {
      const failure = await refusalAbout(session, uid, stored.failure);
      const isWhole = isFirst || failure.kind === 'message-not-found';
      return err(isWhole ? failure : await partlyStored(session, uid, failure));
    }
    told = stored.value;
    isFirst = false;
  }
  // A server need not tell about flags that were as wished already; and for a message that is gone it tells nothing.
  const row = told ?? (await fetchOne(session, uid, [atom('FLAGS')]));
  // Otherwise the server might keep it from everybody else, and from our own other sessions, for as long as this one lasts.
  if (!tellsOfOthers(session)) await session.select(selected.path);
  const state = stateIn(row);
  return state === null ? err({ kind: 'message-not-found' }) : ok(state);
}

type Operation = '+FLAGS' | '-FLAGS';

/** What the server told of the message, null when that was nothing. */
async function store(
  session: ImapSession,
  uid: Uid,
  operation: Operation,
  flags: readonly string[],
  unchangedSince: bigint | null,
): Promise<Result<FetchMessageObject | null>> {
  if (unchangedSince === null) {
    const rows = await attempt(() => session.store(oneUid(uid), operation, flags));
    return rows.ok ? ok(toldOf(rows.value, uid)) : rows;
  }
  const stored = await attempt(() => session.storeUnchanged(oneUid(uid), unchangedSince, operation, flags));
  if (!stored.ok) return stored;
  return stored.value.isModified ? err({ kind: 'precondition-failed' }) : ok(toldOf(stored.value.rows, uid));
}

async function partlyStored(session: ImapSession, uid: Uid, failure: MailFailure): Promise<MailFailure> {
  const found = await attempt(() => lookUp(session, uid));
  const flags = found.ok ? found.value?.flags : undefined;
  const keywords = flags === undefined ? null : keywordsOf([...flags]);
  return { kind: 'partly-done', ...refusedBy(failure, 'UID STORE'), keywords, copy: null };
}

/** The five system flags, or an atom (RFC 9051 §9, `flag`). `\Recent` is the server's own. */
export function isFlag(text: string): boolean {
  return /^(\\(Seen|Answered|Flagged|Deleted|Draft)|[!#$&'+-[^-z|}~]{1,255})$/i.test(text);
}

export function canKeep({ permanentFlags }: Pick<SelectedMailbox, 'permanentFlags'>, flag: string): boolean {
  // A server that does not say keeps them all (RFC 9051 §7.1, PERMANENTFLAGS).
  if (permanentFlags === null || (permanentFlags.has('\\*') && !flag.startsWith('\\'))) return true;
  return [...permanentFlags].some((kept) => kept.toLowerCase() === flag.toLowerCase());
}
