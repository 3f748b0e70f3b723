/**
 * In which state is a message, and is it the one that the caller has seen?
 *
 * Flags are all that changes of a message. Where the mailbox counts changes (CONDSTORE, RFC 7162) the count is compared,
 * and STORE compares once more by itself. Where it does not, the flags are compared, asked for in the same session just
 * before: a change in that moment is not noticed. MOVE and EXPUNGE can be made conditional on no server.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { Expected, MessageState, Uid } from '../answers.ts';
import { stateTagOf } from '../rules.ts';
import { attempt, isExpungeIssued } from './attempt.ts';
import { fetchOne } from './fetch-one.ts';
import type { FetchMessageObject } from './imapflow.ts';
import type { ImapSession } from './session.ts';
import { atom, type CompilableToken, oneUid } from './tokens.ts';

/** `fetchOne`, and the MODSEQ where there is one. */
export async function fetchWithModseq(
  session: ImapSession,
  uid: Uid,
  items: readonly CompilableToken[],
): Promise<FetchMessageObject | null> {
  if (!session.hasModseq) return fetchOne(session, uid, items);
  const row = await attempt(() => fetchOne(session, uid, [...items, atom('MODSEQ')]));
  // A mailbox without them refuses to be asked (RFC 7162 §3.1.2.2), and need not have said so when it was selected.
  return row.ok ? row.value : fetchOne(session, uid, items);
}

/** Null when the message is not there. */
async function fetchState(session: ImapSession, uid: Uid): Promise<MessageState | null> {
  return stateIn(await fetchWithModseq(session, uid, [atom('FLAGS')]));
}

/** Null for a row that does not tell flags, or no row. */
export function stateIn(row: FetchMessageObject | null): MessageState | null {
  return row?.flags === undefined ? null : { flags: [...row.flags], modseq: row.modseq ?? null };
}

/**
 * The state before a change. Fails with `precondition-failed` when it is not an expected one, or `any` was and there is none
 * (RFC 9110 §13.1.1), else with `message-not-found` when there is none.
 */
export async function expectState(
  session: ImapSession,
  uid: Uid,
  expected: Expected | null,
): Promise<Result<MessageState>> {
  const isAny = expected === null || expected === 'any';
  const state = isAny ? stateIn(await fetchOne(session, uid, [atom('FLAGS')])) : await fetchState(session, uid);
  if (state === null) return err({ kind: expected === 'any' ? 'precondition-failed' : 'message-not-found' });
  return isAny || expected.includes(stateTagOf(state)) ? ok(state) : err({ kind: 'precondition-failed' });
}

/** What a STORE told of the flags of this message; null when that was nothing. */
export const toldOf = (rows: readonly FetchMessageObject[], uid: Uid): FetchMessageObject | null =>
  rows.find((row) => row.uid === uid && row.flags !== undefined) ?? null;

/** Whether the message is there, as this session sees it now: not looked for twice, unlike in `fetchOne`. */
export async function lookUp(session: ImapSession, uid: Uid): Promise<FetchMessageObject | null> {
  const rows = await session.fetch(oneUid(uid), [atom('FLAGS')]);
  return rows.find((row) => row.uid === uid) ?? null;
}

/** Whether another session has taken it away, which the server need not show before it was given the chance to say so. */
export async function hasLeft(session: ImapSession, uid: Uid): Promise<boolean> {
  await session.noop();
  return (await lookUp(session, uid)) === null;
}

/** What a refusal says of this message: that it is gone, when the server says that some are and this is one of them. */
export async function refusalAbout(session: ImapSession, uid: Uid, refusal: MailFailure): Promise<MailFailure> {
  if (!isExpungeIssued(refusal)) return refusal;
  const gone = await attempt(() => hasLeft(session, uid));
  return gone.ok && gone.value ? { kind: 'message-not-found' } : refusal;
}

export const hasFlag = (flags: Iterable<string>, flag: string): boolean =>
  [...flags].some((one) => one.toLowerCase() === flag.toLowerCase());
