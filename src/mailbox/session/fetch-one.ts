/**
 * FETCH of one message that may not be there.
 *
 * A server answers OK to a FETCH of a UID that it does not have, and one that this session has not been told of yet looks
 * the same; so a missing message is looked for once more after the server could report what is new.
 */
import type { MailFailure } from '../../core/failure.ts';
import type { Uid } from '../answers.ts';
import type { FetchMessageObject } from './imapflow.ts';
import type { ImapSession } from './session.ts';
import { atom, type CompilableToken, oneUid } from './tokens.ts';

export async function fetchOne(
  session: ImapSession,
  uid: Uid,
  items: readonly CompilableToken[],
): Promise<FetchMessageObject | null> {
  const row = await tryFetch(session, uid, items);
  if (row !== null) return row;
  await session.noop();
  return tryFetch(session, uid, items);
}

async function tryFetch(
  session: ImapSession,
  uid: Uid,
  items: readonly CompilableToken[],
): Promise<FetchMessageObject | null> {
  // Rows about other messages may be among the answer (RFC 9051 §7.5.2).
  const rows = await session.fetch(oneUid(uid), items);
  return rows.find((row) => row.uid === uid) ?? null;
}

/**
 * Why there is no row with the structure of a message: because there is no message, or because its structure cannot be
 * read, which takes the whole line along.
 */
export async function withoutStructure(session: ImapSession, uid: Uid): Promise<MailFailure> {
  const isThere = (await tryFetch(session, uid, [atom('FLAGS')])) !== null;
  if (!isThere) return { kind: 'message-not-found' };
  return { kind: 'protocol-violated', detail: 'It sent a message whose BODYSTRUCTURE cannot be read.' };
}
