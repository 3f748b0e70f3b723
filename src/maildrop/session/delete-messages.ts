/**
 * How do messages leave the maildrop?
 *
 * By the digests of their UIDLs, so that a receipt needs no more than those. What cannot be told apart is not deleted, what
 * the server refuses is told message by message, and where it is not known what QUIT has done, it is looked at.
 */
import type { AccountMessage } from '../../core/account.ts';
import { err, type MailFailure, ok } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Reply, type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { DeletedMessages, NotDeleted } from '../answers.ts';
import { ambiguousUidls, digestKey, uidlDigest } from '../rules.ts';
import type { MaildropSessions } from './account-sessions.ts';
import type { NumberedMessage } from './listing.ts';
import { lookedAgain } from './look-again.ts';
import type { MaildropSession } from './session.ts';

/** What became of a message that was to be deleted. */
export interface Deletion {
  readonly message: NumberedMessage;
  /** Null when the server has marked it and has accepted QUIT, and never otherwise. */
  readonly failure: MailFailure | null;
  /** QUIT went out and was not accepted: the message may be gone nevertheless (RFC 1939 §6). */
  readonly isInDoubt: boolean;
}

/**
 * Deletes these by their numbers, and ends the session: exact in the session in which they were looked at, whatever their
 * UIDLs. A refusal is that of one message, and the others go. Throws Failed when nothing was deleted at all.
 */
export async function deleteNumbered(
  session: MaildropSession,
  chosen: readonly NumberedMessage[],
): Promise<readonly Deletion[]> {
  if (chosen.length === 0) return [];
  const { refusals, ending } = await session.delete(chosen);
  return chosen.map((message, index) => {
    const refusal = refusals[index] ?? null;
    return { message, failure: refusal ?? ending, isInDoubt: refusal === null && ending !== null };
  });
}

/**
 * Deletes the messages whose UIDL has one of these digests, those that are still there. Where it is in doubt what QUIT has done,
 * a fresh session tells. Where it cannot, a refusal of QUIT is told of each message, and a lost connection fails all.
 */
export async function deleteMessages(
  sessions: MaildropSessions,
  account: AccountMessage,
  digests: readonly Uint8Array[],
): Promise<Reply<DeletedMessages>> {
  const startMs = Date.now();
  const attempt = async ({ session, release }: Lease<MaildropSession>, timings: Timings): Promise<Attempt> => {
    const done = await attempted(session, digests, timings);
    release();
    return done;
  };
  const { result, timings } = await sessions.fresh(account, attempt, limits.deletingMs);
  if (!result.ok) return { result, timings };
  const { deletions, before, ...rest } = result.value;
  const settled = await lookedAgain(sessions, account, deletions, before, startMs);
  if (settled !== null) return { result: ok(told({ ...rest, deletions: settled })), timings };
  const lost = deletions.find(({ isInDoubt, failure }) => isInDoubt && failure?.kind !== 'command-refused');
  return { result: lost?.failure ? err(lost.failure) : ok(told(result.value)), timings };
}

interface Attempt {
  /** All that the session has seen. */
  readonly before: readonly NumberedMessage[];
  readonly deletions: readonly Deletion[];
  readonly notUnique: readonly string[];
  readonly alreadyGone: number;
}

async function attempted(session: MaildropSession, digests: readonly Uint8Array[], timings: Timings): Promise<Attempt> {
  const messages = await timed(timings, 'fetch', () => session.messages());
  const found = await digested(messages, new Set(digests.map(digestKey)));
  const ambiguous = ambiguousUidls(messages);
  const chosen = found.filter(({ uidl }) => !ambiguous.has(uidl));
  const notUnique = [...new Set(found.filter(({ uidl }) => ambiguous.has(uidl)).map(({ uidl }) => uidl))];
  return {
    before: messages,
    deletions: await timed(timings, 'store', () => deleteNumbered(session, chosen)),
    notUnique,
    alreadyGone: digests.length - chosen.length - notUnique.length,
  };
}

const told = ({ deletions, notUnique, alreadyGone }: Omit<Attempt, 'before'>): DeletedMessages => ({
  deleted: deletions.filter(({ failure }) => failure === null).length,
  alreadyGone,
  notDeleted: [
    ...deletions.flatMap(({ message: { uidl }, failure }) => (failure === null ? [] : [{ uidl, failure }])),
    ...notUnique.map((uidl): NotDeleted => ({ uidl, failure: { kind: 'uidl-not-unique' } })),
  ],
});

async function digested(
  messages: readonly NumberedMessage[],
  digests: ReadonlySet<string>,
): Promise<NumberedMessage[]> {
  const keys = await Promise.all(messages.map(async ({ uidl }) => digestKey(await uidlDigest(uidl))));
  return messages.filter((_, index) => digests.has(keys[index] ?? ''));
}
