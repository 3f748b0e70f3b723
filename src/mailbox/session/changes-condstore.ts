/**
 * What has changed, where the server remembers which flags have, and not what is gone? (CONDSTORE, RFC 7162 §3.1)
 *
 * A state is a MODSEQ and the set of UIDs. In one go: SELECT, which tells the MODSEQ of a moment, then the UIDs that there are
 * and what has changed, which are of that moment or later. What is later is told again with the next state.
 */
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import type { Uid } from '../answers.ts';
import { type Difference, without } from '../sync/differences.ts';
import { differencesSince } from '../sync/known-messages.ts';
import type { present } from '../sync/mark.ts';
import { type Change, changeOf, cutOf, knownSince, pageOf } from '../sync/page.ts';
import type { Moment, NewState, State } from '../sync/state.ts';
import { allUids } from './all-uids.ts';
import { attempt } from './attempt.ts';
import type { ToldPage } from './changes.ts';
import type { SelectedMailbox } from './select.ts';
import { selectAnew } from './select-anew.ts';
import type { MailboxMoment } from './selected-state.ts';
import type { ImapSession } from './session.ts';
import { atom, setToken } from './tokens.ts';
import { ToldChanges } from './told-changes.ts';

type CondstoreState = Extract<State, { kind: 'condstore' }>;

interface Look {
  readonly modseq: bigint;
  readonly messages: ReadonlyMap<Uid, typeof present>;
  readonly told: ToldChanges;
}

/** Null where the server cannot do it. */
export async function condstoreState(
  session: ImapSession,
  selected: SelectedMailbox,
): Promise<Result<NewState | null>> {
  if (!session.has('CONDSTORE') && !session.has('QRESYNC')) return ok(null);
  const look = await lookAt(session, selected, null);
  if (!look.ok || look.value === null) return look.ok ? ok(null) : look;
  const { modseq, messages } = look.value;
  return ok(stateOf(selected, { modseq, upTo: null }, messages));
}

const stateOf = (
  { path, uidValidity }: SelectedMailbox,
  moment: Moment,
  messages: ReadonlyMap<Uid, number>,
): NewState => ({ mailboxPath: path, uidValidity, kind: 'condstore', moment, messages });

export async function condstoreChanges(
  session: ImapSession,
  selected: SelectedMailbox,
  { moment: old, known }: CondstoreState,
  most: number,
): Promise<Result<ToldPage>> {
  const look = await lookAt(session, selected, old.modseq);
  if (!look.ok) return look;
  // The server has begun to count anew, or has stopped counting.
  if (look.value === null || look.value.modseq < (old.upTo?.modseq ?? old.modseq)) return err({ kind: 'state-gone' });
  const { modseq, messages, told } = look.value;
  const differences = differencesSince(known, messages);
  if (differences === null) return err({ kind: 'state-gone' });
  const all = allChanges(differences, look.value, old);
  const cut = cutOf(old);
  const ahead = all.filter(({ uid }) => uid > cut);
  const behind = all.filter(({ uid }) => uid <= cut);
  const { changes, moment, hasMoreChanges } = pageOf(old, modseq, ahead, behind, most);
  const isTold = new Set(changes.map(({ uid }) => uid));
  const knownNow = without(
    messages,
    differences.filter(({ uid }) => !isTold.has(uid)),
  );
  told.check();
  return ok({ state: stateOf(selected, moment, knownNow), changes, hasMoreChanges });
}

/** By ascending UID. */
function allChanges(differences: readonly Difference[], { messages, told }: Look, old: Moment): Change[] {
  const changes = new Map<Uid, Change>();
  for (const [uid, modseq] of told.modseqs) {
    if (messages.has(uid) && modseq > knownSince(old, uid)) changes.set(uid, { uid, kind: 'updated' });
  }
  for (const difference of differences) changes.set(difference.uid, changeOf(difference));
  return [...changes.values()].sort((one, other) => one.uid - other.uid);
}

/** How often a mailbox is looked at again that changed just then. */
const attempts = 3;

/** `since` is null when it does not matter what has changed. Null for a mailbox without a MODSEQ. */
async function lookAt(
  session: ImapSession,
  selected: SelectedMailbox,
  since: bigint | null,
): Promise<Result<Look | null>> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const told = new ToldChanges();
    const looked = await lookOnce(session, selected, since, told);
    if (!looked.ok) return looked;
    const { modseq, exists, uids } = looked.value;
    if (modseq === null) return ok(null);
    const isWhole = uids.size === exists || uids.size === session.mailbox?.exists;
    if (isWhole) return ok({ modseq, messages: uids, told });
  }
  throw new Failed({ kind: 'protocol-violated', detail: 'It does not tell of all messages that it counts.' });
}

async function lookOnce(
  session: ImapSession,
  selected: SelectedMailbox,
  since: bigint | null,
  told: ToldChanges,
): Promise<Result<MailboxMoment & { readonly uids: Map<Uid, typeof present> }>> {
  const uids = allUids(session);
  const ask = async (): Promise<void> => {
    if (since === null) await uids.ask();
    else await session.together(uids.ask, () => askChanged(session, since, told));
  };
  const [now, asked] = await session.together(
    () => selectAnew(session, selected),
    () => attempt(ask),
  );
  if (!now.ok) return now;
  // Some servers refuse to be asked about the messages of a mailbox that has none.
  if (!asked.ok && now.value.exists > 0) return asked;
  return ok({ ...now.value, uids: uids.found });
}

async function askChanged(session: ImapSession, since: bigint, told: ToldChanges): Promise<void> {
  const changed = [atom('CHANGEDSINCE'), atom(String(since))];
  const tokens = [setToken({ by: 'uid', set: '1:*' }), [atom('UID'), atom('FLAGS')], changed];
  await session.exec('UID FETCH', tokens, told.untagged, true);
}
