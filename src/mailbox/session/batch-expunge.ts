/**
 * How are many messages removed for good, and nothing else with them? (UID EXPUNGE, RFC 4315 §2.1)
 *
 * As one is (expunge-message.ts), with a set of UIDs in each command.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import type { MessageState, Uid } from '../answers.ts';
import { keywordsOf } from '../rules.ts';
import { attempt, refusedBy } from './attempt.ts';
import type { Batch } from './batch.ts';
import { storeAll } from './batch-mark.ts';
import { cannotDelete, deleted, type Unremoved } from './expunge-message.ts';
import { hasFlag } from './message-state.ts';
import { lookUpAll, statesOf } from './message-states.ts';
import type { ImapSession } from './session.ts';
import { setToken, uidSets } from './tokens.ts';

export async function expungeAll(batch: Batch): Promise<void> {
  const unremoved = await expungeSet(batch.session, batch.before);
  for (const uid of batch.before.keys()) {
    const left = unremoved.get(uid);
    if (left === undefined) batch.succeed(uid, null, null);
    else batch.fail([uid], failureOf(left));
  }
}

function failureOf({ failure, command, changedTo }: Unremoved): MailFailure {
  if (changedTo === null) return failure;
  const keywords = changedTo === 'unknown' ? null : keywordsOf(changedTo);
  return { kind: 'partly-done', ...refusedBy(failure, command), keywords, copy: null };
}

/** Those of `before` that are not gone, and `message-not-found` for those that were gone before. */
export async function expungeSet(
  session: ImapSession,
  before: ReadonlyMap<Uid, MessageState>,
): Promise<Map<Uid, Unremoved>> {
  const uids = [...before.keys()];
  const { told, refusal } = await storeAll(session, uids, '+FLAGS', [deleted]);
  const untold = uids.filter((uid) => !isMarked(told.get(uid)));
  for (const [uid, state] of await statesOf(session, untold)) told.set(uid, state);
  const unremoved = new Map<Uid, Unremoved>();
  for (const uid of uids.filter((uid) => !isMarked(told.get(uid)))) {
    const failure: MailFailure = told.has(uid) ? (refusal ?? cannotDelete) : { kind: 'message-not-found' };
    unremoved.set(uid, { failure, command: 'UID STORE', changedTo: null });
  }
  const marked = uids.filter((uid) => !unremoved.has(uid));
  for (const [uid, left] of await expungeMarked(session, marked, before)) unremoved.set(uid, left);
  return unremoved;
}

const isMarked = (state: MessageState | undefined): boolean => state !== undefined && hasFlag(state.flags, deleted);

async function expungeMarked(
  session: ImapSession,
  uids: readonly Uid[],
  before: ReadonlyMap<Uid, MessageState>,
): Promise<Map<Uid, Unremoved>> {
  let failure: MailFailure = { kind: 'command-refused', command: 'UID EXPUNGE', responseCode: null };
  for (const set of uidSets(uids)) {
    const expunged = await attempt(() => session.exec('UID EXPUNGE', [setToken(set)]));
    if (!expunged.ok) failure = expunged.failure;
  }
  // OK is also what a server says that expunges nothing, as when another program has taken the mark off meanwhile.
  const left = [...(await lookUpAll(session, uids)).keys()];
  const toUnmark = left.filter((uid) => !isMarked(before.get(uid)));
  const changed = await unmark(session, toUnmark);
  return new Map(left.map((uid) => [uid, { failure, command: 'UID EXPUNGE', changedTo: changed.get(uid) ?? null }]));
}

/** Those whose mark could not be taken off, with what they are marked with now. */
async function unmark(session: ImapSession, uids: readonly Uid[]): Promise<Map<Uid, readonly string[] | 'unknown'>> {
  if (uids.length === 0) return new Map();
  try {
    await storeAll(session, uids, '-FLAGS', [deleted]);
    const states = await lookUpAll(session, uids);
    return new Map([...states].filter(([, state]) => isMarked(state)).map(([uid, { flags }]) => [uid, flags]));
  } catch (error) {
    // The failure to be told is that of the expunge; this one only decides what is known of the marks.
    if (!(error instanceof Failed)) throw error;
    return new Map(uids.map((uid) => [uid, 'unknown']));
  }
}
