/**
 * STORE for many messages: one for the keywords that are set, and one for those that are taken away.
 */
import type { MailFailure } from '../../core/failure.ts';
import type { MessageState, Uid } from '../answers.ts';
import { keywordsOf } from '../rules.ts';
import { attempt, refusedBy } from './attempt.ts';
import type { Batch } from './batch.ts';
import { lookUpAll, statesIn, statesOf } from './message-states.ts';
import { tellsOfOthers } from './select.ts';
import type { ImapSession, StoreOperation } from './session.ts';
import { isAsWished, type KeywordChange, stepsOf } from './store-keywords.ts';
import { uidSets } from './tokens.ts';

/** How those are marked from now on that could be marked; the others are decided. */
export async function markAll(batch: Batch, change: KeywordChange): Promise<Map<Uid, MessageState>> {
  const { session, before, selected } = batch;
  const uids = [...before.keys()];
  let stored: Stored = { told: new Map(), refusal: null };
  for (const { operation, flags } of stepsOf(change)) {
    if (stored.refusal === null) stored = await storeAll(session, uids, operation, flags);
  }
  const { told, refusal } = stored;
  const unsure = uids.filter((uid) => !isMarked(told.get(uid), change));
  // A server need not tell of what was as wished already, and of what is gone it tells nothing.
  for (const [uid, state] of await statesOf(session, unsure)) told.set(uid, state);
  const gone = uids.filter((uid) => !told.has(uid));
  batch.fail(gone, { kind: 'message-not-found' });
  if (refusal !== null) {
    // Whatever was refused, those that are marked as wished are.
    const unmarked = [...told].filter(([, state]) => !isMarked(state, change));
    for (const [uid, state] of unmarked) {
      batch.fail([uid], refusalOf(refusal, before.get(uid), state));
      told.delete(uid);
    }
  }
  // Otherwise the server might keep it from everybody else for as long as this session lasts (select.ts).
  if (!tellsOfOthers(session)) await session.select(selected.path);
  return told;
}

const isMarked = (state: MessageState | undefined, change: KeywordChange): boolean =>
  state !== undefined && isAsWished({ flags: new Set(state.flags) }, change);

function refusalOf(refusal: MailFailure, before: MessageState | undefined, { flags }: MessageState): MailFailure {
  const [was, is] = [before?.flags ?? [], flags].map((list) => JSON.stringify(keywordsOf(list.toSorted())));
  return was === is
    ? refusal
    : { kind: 'partly-done', ...refusedBy(refusal, 'UID STORE'), keywords: keywordsOf(flags), copy: null };
}

interface Stored {
  readonly told: Map<Uid, MessageState>;
  readonly refusal: MailFailure | null;
}

/** What the server told of these messages. After a refusal that is what they are. */
export async function storeAll(
  session: ImapSession,
  uids: readonly Uid[],
  operation: StoreOperation,
  flags: readonly string[],
): Promise<Stored> {
  const told = new Map<Uid, MessageState>();
  for (const set of uidSets(uids)) {
    const rows = await attempt(() => session.store(set, operation, flags));
    if (!rows.ok) return { told: await lookUpAll(session, uids), refusal: rows.failure };
    for (const [uid, state] of statesIn(rows.value, uids)) told.set(uid, state);
  }
  return { told, refusal: null };
}
