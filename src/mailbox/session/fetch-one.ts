/**
 * FETCH of one message that may not be there.
 *
 * A server answers OK to a FETCH of a UID that it does not have. One that this session has not been told of yet looks the
 * same, and so may a refusal that something was expunged, so a missing message is looked for once more after the server could report what is new; and so does one whose row
 * cannot be read, so that its flags are asked for at last: a message must not pass for deleted that is there. Nor for there that is
 * gone: asked along with the question for news, Dovecot answers from what it knew before, and tells then what was removed.
 */
import { Failed } from '../../core/failure.ts';
import type { Uid } from '../answers.ts';
import { attempt, isExpungeIssued } from './attempt.ts';
import type { FetchMessageObject } from './imapflow.ts';
import type { ImapSession } from './session.ts';
import { atom, type CompilableToken, oneUid } from './tokens.ts';

/** Null when the message is not there. */
export async function fetchOne(
  session: ImapSession,
  uid: Uid,
  items: readonly CompilableToken[],
): Promise<FetchMessageObject | null> {
  const { removals, isNewsOwed } = session;
  const first = await attempt(() => tryFetch(session, uid, items));
  if (!first.ok && !isExpungeIssued(first.failure)) throw new Failed(first.failure);
  const isSure = !isNewsOwed || session.removals === removals;
  if (first.ok && first.value !== null && (isSure || (await isThere(session, uid)))) return first.value;
  await session.noop();
  const second = await tryFetch(session, uid, items);
  if (second === null && (await isThere(session, uid))) throw unreadable();
  return second;
}

const isThere = async (session: ImapSession, uid: Uid): Promise<boolean> =>
  (await tryFetch(session, uid, [atom('FLAGS')])) !== null;

async function tryFetch(
  session: ImapSession,
  uid: Uid,
  items: readonly CompilableToken[],
): Promise<FetchMessageObject | null> {
  // Rows about other messages may be among the answer (RFC 9051 §7.5.2).
  const rows = await session.fetch(oneUid(uid), items);
  return rows.find((row) => row.uid === uid) ?? null;
}

const unreadable = (): Failed =>
  new Failed({
    kind: 'protocol-violated',
    detail: 'It has the message, and tells of it in a form that cannot be read.',
  });
