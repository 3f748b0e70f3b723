/**
 * What becomes of `\Deleted` when the message that has it is moved?
 *
 * COPY and MOVE take it along, and over there the next EXPUNGE of whatever program would remove the message for good. It may
 * be ours, from a removal that broke off, or somebody's who meant the message to leave this mailbox: which it does. So it is
 * taken off before, and set again when the message stays after all.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { MessageState, Uid } from '../answers.ts';
import { keywordsOf } from '../rules.ts';
import { attempt, refusedBy } from './attempt.ts';
import { deleted } from './expunge-message.ts';
import { fetchOne } from './fetch-one.ts';
import { hasFlag, refusalAbout, toldOf } from './message-state.ts';
import type { ImapSession } from './session.ts';
import { atom, oneUid } from './tokens.ts';

const notTakenOff: MailFailure = { kind: 'command-refused', command: 'UID STORE', responseCode: null };

/** The state without the mark; a message that keeps it shall not be moved. */
export async function takeMarkOff(
  session: ImapSession,
  uid: Uid,
  { flags, modseq }: MessageState,
): Promise<Result<MessageState>> {
  const stored = await attempt(() => store(session, uid, '-FLAGS'));
  if (!stored.ok) return err(await refusalAbout(session, uid, stored.failure));
  if (stored.value === null) return err({ kind: 'message-not-found' });
  if (hasFlag(stored.value, deleted)) return err(notTakenOff);
  return ok({ flags: flags.filter((flag) => !hasFlag([flag], deleted)), modseq });
}

/** What is to be told of a move that failed with `failure`, once the message is marked as it was; `unmarked` before that. */
export async function putMarkBack(
  session: ImapSession,
  uid: Uid,
  unmarked: MessageState,
  failure: MailFailure,
  command: string,
): Promise<MailFailure> {
  if (failure.kind === 'message-not-found' || failure.kind === 'state-gone' || !session.isOpen) return failure;
  const stored = await attempt(() => store(session, uid, '+FLAGS'));
  const flags = stored.ok ? stored.value : unmarked.flags;
  if (failure.kind === 'partly-done') return { ...failure, keywords: flags === null ? null : keywordsOf([...flags]) };
  if (flags !== null && hasFlag(flags, deleted)) return failure;
  const keywords = flags === null ? null : keywordsOf([...flags]);
  return { kind: 'partly-done', ...refusedBy(failure, command), keywords, copy: null };
}

/** The flags of the message from now on; null when it is not there. */
async function store(session: ImapSession, uid: Uid, operation: '+FLAGS' | '-FLAGS') {
  const rows = await session.store(oneUid(uid), operation, [deleted]);
  const flags = (toldOf(rows, uid) ?? (await fetchOne(session, uid, [atom('FLAGS')])))?.flags;
  return flags === undefined ? null : [...flags];
}
