/**
 * How are these messages marked, and which of them are there?
 */
import { Failed } from '../../core/failure.ts';
import type { MessageState, Uid } from '../answers.ts';
import { attempt, isExpungeIssued } from './attempt.ts';
import type { FetchMessageObject } from './imapflow.ts';
import { stateIn } from './message-state.ts';
import type { ImapSession } from './session.ts';
import { atom, uidSets } from './tokens.ts';

/** Those that are missing are looked for once more after the server could report what is new, as in `fetchOne`. */
export async function statesOf(session: ImapSession, uids: readonly Uid[]): Promise<Map<Uid, MessageState>> {
  const found = await lookUpAll(session, uids);
  const missing = uids.filter((uid) => !found.has(uid));
  if (missing.length === 0) return found;
  await session.noop();
  return new Map([...found, ...(await lookUpAll(session, missing))]);
}

/** As this session sees them now. */
export async function lookUpAll(session: ImapSession, uids: readonly Uid[]): Promise<Map<Uid, MessageState>> {
  const found = new Map<Uid, MessageState>();
  for (const set of uidSets(uids)) {
    const rows = await attempt(() => session.fetch(set, [atom('FLAGS')]));
    if (!rows.ok && !isExpungeIssued(rows.failure)) throw new Failed(rows.failure);
    for (const [uid, state] of statesIn(rows.ok ? rows.value : [], uids)) found.set(uid, state);
  }
  return found;
}

/** Of these messages, as far as rows tell. */
export function statesIn(rows: readonly FetchMessageObject[], uids: readonly Uid[]): Map<Uid, MessageState> {
  const states = new Map<number, MessageState>();
  for (const row of rows) {
    const state = stateIn(row);
    if (state !== null) states.set(row.uid, state);
  }
  return new Map(
    uids.flatMap((uid) => {
      const state = states.get(uid);
      return state === undefined ? [] : [[uid, state] as const];
    }),
  );
}
