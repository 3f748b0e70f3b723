/**
 * How is one message removed for good, and nothing else with it? (UID EXPUNGE, RFC 4315 §2.1)
 *
 * Marked as `\Deleted`, then expunged by its UID. A plain EXPUNGE or a CLOSE would take along whatever anybody else has
 * marked. When the server refuses to expunge, the mark is taken off again, unless somebody else had set it before.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import type { MessageState, Uid } from '../answers.ts';
import { attempt } from './attempt.ts';
import { fetchOne } from './fetch-one.ts';
import type { FetchMessageObject } from './imapflow.ts';
import { hasFlag, lookUp, refusalAbout, toldOf } from './message-state.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { canKeep } from './store-keywords.ts';
import { atom, oneUid, setToken } from './tokens.ts';

export const deleted = '\\Deleted';

export const cannotDelete: MailFailure = { kind: 'unsupported-by-server', feature: 'deleting in this mailbox' };

/** Why nothing can be removed from a mailbox, before anything is tried; null when nothing speaks against it. */
export function removalRefusal(selected: SelectedMailbox, command: string): MailFailure | null {
  if (selected.isReadOnly) return { kind: 'permission-denied', command };
  return canKeep(selected, deleted) ? null : cannotDelete;
}

export interface Unremoved {
  readonly failure: MailFailure;
  readonly command: 'UID STORE' | 'UID EXPUNGE' | 'UID MOVE';
  /** The flags of the message, which still is where it was, when they are not as before; null when they are. */
  readonly changedTo: readonly string[] | 'unknown' | null;
}

/** Null when it is gone. `isGuarded`: only if it is still as `before`. Needs UIDPLUS. */
export async function expungeMessage(
  session: ImapSession,
  uid: Uid,
  before: MessageState,
  isGuarded: boolean,
): Promise<Unremoved | null> {
  const marked = await attempt(() => mark(session, uid, isGuarded ? before.modseq : null));
  if (!marked.ok) {
    return { failure: await refusalAbout(session, uid, marked.failure), command: 'UID STORE', changedTo: null };
  }
  const failure = await failureOfMark(session, uid, marked.value);
  if (failure !== null) return { failure, command: 'UID STORE', changedTo: null };
  const expunged = await attempt(() => session.exec('UID EXPUNGE', [setToken(oneUid(uid))]));
  // OK is also what a server says that expunges nothing, as when another program has taken the mark off meanwhile.
  if (expunged.ok && !(await isStillThere(session, uid))) return null;
  const refusal: MailFailure = expunged.ok
    ? { kind: 'command-refused', command: 'UID EXPUNGE', responseCode: null }
    : await refusalAbout(session, uid, expunged.failure);
  // Whoever expunged it, it was marked for that.
  if (refusal.kind === 'message-not-found') return null;
  const changedTo = hasFlag(before.flags, deleted) ? null : await unmark(session, uid);
  return { failure: refusal, command: 'UID EXPUNGE', changedTo };
}

interface Marked {
  readonly isModified: boolean;
  readonly rows: readonly FetchMessageObject[];
}

async function mark(session: ImapSession, uid: Uid, modseq: bigint | null): Promise<Marked> {
  return modseq === null
    ? { isModified: false, rows: await session.store(oneUid(uid), '+FLAGS', [deleted]) }
    : session.storeUnchanged(oneUid(uid), modseq, '+FLAGS', [deleted]);
}

/** Why the message is not marked although the server said OK; null when it is. */
async function failureOfMark(
  session: ImapSession,
  uid: Uid,
  { isModified, rows }: Marked,
): Promise<MailFailure | null> {
  if (isModified) return { kind: 'precondition-failed' };
  // STORE of a UID that is not there answers OK too; and one of a flag that was set already need not be told of.
  const row = toldOf(rows, uid) ?? (await fetchOne(session, uid, [atom('FLAGS')]));
  if (row === null) return { kind: 'message-not-found' };
  // A server may answer OK and keep nothing, where the user lacks the right; then UID EXPUNGE would remove nothing.
  return hasFlag(row.flags ?? [], deleted) ? null : cannotDelete;
}

async function isStillThere(session: ImapSession, uid: Uid): Promise<boolean> {
  const found = await attempt(() => lookUp(session, uid));
  return found.ok && found.value !== null;
}

/** Takes the mark off again. Null when that worked, else what the message is marked with. */
async function unmark(session: ImapSession, uid: Uid): Promise<Unremoved['changedTo']> {
  try {
    const rows = await session.store(oneUid(uid), '-FLAGS', [deleted]);
    const flags = (toldOf(rows, uid) ?? (await lookUp(session, uid)))?.flags;
    if (flags === undefined) return 'unknown';
    return hasFlag(flags, deleted) ? [...flags] : null;
  } catch (error) {
    // The failure to be told is that of the expunge; this one only decides what is known of the mark.
    if (!(error instanceof Failed)) throw error;
    return session.isOpen ? flagsNow(session, uid) : 'unknown';
  }
}

async function flagsNow(session: ImapSession, uid: Uid): Promise<Unremoved['changedTo']> {
  const row = await attempt(() => lookUp(session, uid));
  return row.ok && row.value?.flags !== undefined ? [...row.value.flags] : 'unknown';
}
