/**
 * What has changed in a mailbox since a state that was given out? (RFC 8620 §5.2)
 *
 * By QRESYNC, by CONDSTORE or by comparing all messages, as the server can do it and the state was made (docs/sync.md).
 */
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { FetchedChanges } from '../answers.ts';
import type { Change } from '../sync/page.ts';
import { type NewState, type State, stateFrom, stateOctets } from '../sync/state.ts';
import { condstoreChanges, condstoreState } from './changes-condstore.ts';
import { plainChanges, plainState } from './changes-plain.ts';
import { qresyncChanges, qresyncState } from './changes-qresync.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';

export interface ToldPage {
  readonly state: NewState;
  readonly changes: readonly Change[];
  readonly hasMoreChanges: boolean;
}

/**
 * At most `maxChanges` of them. Without `since`, the state as it is now. Fails with `state-gone` when it cannot be told.
 * The session may come from `select` with `newsCanWait`.
 */
export async function changesSince(
  session: ImapSession,
  selected: SelectedMailbox,
  since: Uint8Array | null,
  maxChanges: number,
  timings: Timings,
): Promise<Result<FetchedChanges>> {
  const { path, uidValidity } = selected;
  if (uidValidity === 0) return err({ kind: 'unsupported-by-server', feature: 'UIDVALIDITY' });
  const old = since === null ? null : stateFrom(since, { mailboxPath: path, uidValidity });
  if (since !== null && old === null) return err({ kind: 'state-gone' });
  const unreadBefore = session.unreadLines;
  const told = await timed(timings, 'fetch', () =>
    old === null ? currentState(session, selected) : changes(session, selected, old, maxChanges),
  );
  // One that was left out may have told of a change.
  if (session.unreadLines !== unreadBefore) throw unreadable();
  return told.ok ? ok(answerOf(told.value, selected, since)) : told;
}

const unreadable = (): Failed =>
  new Failed({ kind: 'protocol-violated', detail: 'It told of changes in a form that cannot be read.' });

/** In the way that costs least, of those that the server can do. */
async function currentState(session: ImapSession, selected: SelectedMailbox): Promise<Result<ToldPage>> {
  for (const stateBy of [qresyncState, condstoreState, plainState]) {
    const state = await stateBy(session, selected);
    if (!state.ok) return state;
    if (state.value !== null) return ok({ state: state.value, changes: [], hasMoreChanges: false });
  }
  return err({ kind: 'internal' });
}

/** In the way in which the state was made, also where the server can do better by now. */
function changes(session: ImapSession, selected: SelectedMailbox, old: State, most: number): Promise<Result<ToldPage>> {
  switch (old.kind) {
    case 'qresync':
      return qresyncChanges(session, selected, old, most);
    case 'condstore':
      return condstoreChanges(session, selected, old, most);
    case 'plain':
      return plainChanges(session, selected, old, most);
  }
}

function answerOf(
  { state, changes, hasMoreChanges }: ToldPage,
  { path, uidValidity }: SelectedMailbox,
  oldState: Uint8Array | null,
): FetchedChanges {
  const uidsOf = (kind: Change['kind']) => changes.flatMap((change) => (change.kind === kind ? change.uid : []));
  return {
    mailboxPath: path,
    uidValidity,
    oldState,
    newState: stateOctets(state),
    hasMoreChanges,
    created: uidsOf('created'),
    updated: uidsOf('updated'),
    destroyed: uidsOf('destroyed'),
  };
}
