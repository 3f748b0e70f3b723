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
import { hasFlag, lookUp, refusalAbout, stateIn, toldOf } from './message-state.ts';
import { RowsAround } from './rows-around.ts';
import { type SelectedMailbox, tellsOfOthers } from './select.ts';
import type { ImapSession, StoreOperation } from './session.ts';
import { atom, oneUid, setToken } from './tokens.ts';

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

/** What is known of a message before it is changed, and which MODSEQ it must still have then (null: any). */
export interface Known {
  readonly before: MessageState;
  readonly unchangedSince: bigint | null;
}

export interface StoredKeywords {
  /** Null when the server did not tell it in time. */
  readonly before: MessageState | null;
  readonly after: MessageState;
}

/**
 * Without `known` the state before is asked for in one go with the first STORE. Fails with `message-not-found`,
 * `precondition-failed`, as the server refuses, or with `partly-done` when it refuses the second STORE alone.
 */
export async function storeKeywords(
  session: ImapSession,
  selected: SelectedMailbox,
  uid: Uid,
  change: KeywordChange,
  known: Known | null,
): Promise<Result<StoredKeywords>> {
  const [first, ...others] = stepsOf(change);
  if (first === undefined) return err({ kind: 'internal' });
  const stored = await firstStored(session, uid, first, known);
  if (!stored.ok) return err(await refusalAbout(session, uid, stored.failure));
  let { told } = stored.value;
  for (const step of others) {
    const next = await store(session, uid, step, null);
    if (!next.ok) {
      const failure = await refusalAbout(session, uid, next.failure);
      return err(failure.kind === 'message-not-found' ? failure : await partlyStored(session, uid, failure));
    }
    told = next.value.told;
  }
  const { before } = stored.value;
  // A server need not tell of flags that were as wished already, it may tell of older news, and of a message that is gone it
  // tells nothing.
  const row = isAsWished(told, change) ? told : await fetchOne(session, uid, [atom('FLAGS')]);
  const after = stateIn(row);
  if (after === null) return err({ kind: 'message-not-found' });
  // It came into sight between the two, and was not there to be changed.
  if (before === null && !isAsWished(row, change)) {
    return storeKeywords(session, selected, uid, change, known ?? { before: after, unchangedSince: null });
  }
  // Otherwise the server might keep it from everybody else, and from our own other sessions, for as long as this one lasts.
  if (!tellsOfOthers(session)) await session.select(selected.path);
  return ok({ before, after });
}

interface Step {
  readonly operation: StoreOperation;
  readonly flags: readonly string[];
}

export const stepsOf = ({ add, remove }: KeywordChange): Step[] =>
  [
    { operation: '+FLAGS' as const, flags: add },
    { operation: '-FLAGS' as const, flags: remove },
  ].filter(({ flags }) => flags.length > 0);

export function isAsWished(row: Pick<FetchMessageObject, 'flags'> | null, { add, remove }: KeywordChange): boolean {
  const flags = row?.flags;
  if (flags === undefined) return false;
  return add.every((flag) => hasFlag(flags, flag)) && !remove.some((flag) => hasFlag(flags, flag));
}

interface Stored {
  readonly before: MessageState | null;
  /** What the server told of the message, null when that was nothing. */
  readonly told: FetchMessageObject | null;
}

async function firstStored(session: ImapSession, uid: Uid, first: Step, known: Known | null): Promise<Result<Stored>> {
  if (known !== null) return store(session, uid, first, known);
  if (tellsOfOthers(session)) return askAndStore(session, uid, first);
  // imapd of mailutils numbers what it tells of two commands in one go in two ways when somebody has expunged messages.
  const before = stateIn(await fetchOne(session, uid, [atom('FLAGS')]));
  return before === null
    ? err({ kind: 'message-not-found' })
    : store(session, uid, first, { before, unchangedSince: null });
}

/**
 * One round trip, the question for news that may be owed included where the STORE may go along with it. If that tells of another
 * UIDVALIDITY all the same, the STORE may have marked some other message: RFC 9051 §2.3.1.1 lets no server change it while a mailbox
 * is selected. A mark can be taken off again, so this risk is taken here, and for nothing that removes or moves.
 */
async function askAndStore(session: ImapSession, uid: Uid, { operation, flags }: Step): Promise<Result<Stored>> {
  const rows = new RowsAround();
  const set = setToken(oneUid(uid));
  const [asked, stored] = await session.together(
    () => attempt(() => session.tell(rows, 'UID FETCH', [set, RowsAround.items])),
    () => attempt(() => session.tell(rows, 'UID STORE', [set, atom(operation), flags.map(atom)])),
  );
  if (!stored.ok) return stored;
  return ok({ before: asked.ok ? stateIn(toldOf(rows.before, uid)) : null, told: toldOf(rows.after, uid) });
}

async function store(
  session: ImapSession,
  uid: Uid,
  { operation, flags }: Step,
  known: Known | null,
): Promise<Result<Stored>> {
  const { before = null, unchangedSince = null } = known ?? {};
  if (unchangedSince === null) {
    const rows = await attempt(() => session.store(oneUid(uid), operation, flags));
    return rows.ok ? ok({ before, told: toldOf(rows.value, uid) }) : rows;
  }
  const stored = await attempt(() => session.storeUnchanged(oneUid(uid), unchangedSince, operation, flags));
  if (!stored.ok) return stored;
  return stored.value.isModified
    ? err({ kind: 'precondition-failed' })
    : ok({ before, told: toldOf(stored.value.rows, uid) });
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
