/**
 * What has changed, where the server remembers also what is gone? (QRESYNC, RFC 7162 §3.2)
 *
 * SELECT tells of all changes since a MODSEQ, and the MODSEQ and UIDNEXT of that moment. A state is those two numbers.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import type { Uid } from '../answers.ts';
import { ascending } from '../sync/differences.ts';
import { type Change, cutOf, knownSince, pageOf } from '../sync/page.ts';
import type { NewState, State } from '../sync/state.ts';
import { attempt } from './attempt.ts';
import type { ToldPage } from './changes.ts';
import { enableQresync } from './enable-qresync.ts';
import type { SelectedMailbox } from './select.ts';
import { selectAnew } from './select-anew.ts';
import type { MailboxMoment } from './selected-state.ts';
import type { ImapSession } from './session.ts';
import { atom, setToken } from './tokens.ts';
import { ToldChanges } from './told-changes.ts';
import { namedIn, uidsIn } from './uid-ranges.ts';

type QresyncState = Extract<State, { kind: 'qresync' }>;

const highestUid = 0xffffffff;

/** Null where the server cannot do it. */
export async function qresyncState(session: ImapSession, selected: SelectedMailbox): Promise<Result<NewState | null>> {
  if (!(await enableQresync(session))) return ok(null);
  const now = await selectAnew(session, selected);
  if (!now.ok) return now;
  const { modseq, uidNext } = now.value;
  return ok(modseq === null || uidNext === 0 ? null : stateOf(selected, modseq, uidNext));
}

const stateOf = ({ path, uidValidity }: SelectedMailbox, modseq: bigint, uidNext: number): NewState => ({
  mailboxPath: path,
  uidValidity,
  kind: 'qresync',
  moment: { modseq, upTo: null },
  uidNext,
});

export async function qresyncChanges(
  session: ImapSession,
  selected: SelectedMailbox,
  old: QresyncState,
  most: number,
): Promise<Result<ToldPage>> {
  if (!(await enableQresync(session))) return err({ kind: 'state-gone' });
  const told = new ToldChanges();
  const now = await ask(session, selected, old, told);
  if (!now.ok) return now;
  told.check();
  const { modseq, uidNext } = now.value;
  const latest = old.moment.upTo?.modseq ?? old.moment.modseq;
  // The server has begun to count anew, after a loss of its index for example.
  if (modseq === null || modseq < latest || uidNext < old.uidNext) return err({ kind: 'state-gone' });
  const { ahead, behind } = toldChanges(old, told, uidNext, most);
  const { changes, hasMoreChanges, moment, isAheadTold } = pageOf(old.moment, modseq, ahead, behind, most);
  const state = { ...stateOf(selected, modseq, isAheadTold ? uidNext : old.uidNext), moment };
  return ok({ state, changes, hasMoreChanges });
}

/** In one go: what is above the cut since the earlier moment, and what is below it since the later one. */
async function ask(
  session: ImapSession,
  selected: SelectedMailbox,
  { moment: { modseq, upTo } }: QresyncState,
  told: ToldChanges,
): Promise<Result<MailboxMoment>> {
  const uids = (first: number, last: number) => setToken({ by: 'uid', set: `${first}:${last}` });
  const above = upTo === null ? [] : [uids(Math.min(upTo.uid + 1, highestUid), highestUid)];
  const since = [atom(String(selected.uidValidity)), atom(String(modseq)), ...above];
  const select = () => selectAnew(session, selected, [atom('QRESYNC'), since], told.untagged);
  if (upTo === null) return select();
  const flags = [atom('UID'), atom('FLAGS')];
  const changed = [atom('CHANGEDSINCE'), atom(String(upTo.modseq)), atom('VANISHED')];
  const [now, below] = await session.together(select, () =>
    attempt(() => session.exec('UID FETCH', [uids(1, upTo.uid), flags, changed], told.untagged, true)),
  );
  return !now.ok || below.ok ? now : below;
}

/** As `pageOf` takes them. */
function toldChanges({ moment, uidNext: oldNext }: QresyncState, told: ToldChanges, uidNext: number, most: number) {
  const cut = cutOf(moment);
  const firstUnknown = Math.max(oldNext, cut + 1);
  // Both are told of a message that is just being expunged: HIGHESTMODSEQ counts that already, so it is not told again (Dovecot 2.3).
  const vanishing = namedIn(told.vanished, told.modseqs.keys());
  const there: Change[] = [];
  for (const [uid, modseq] of told.modseqs) {
    // What came after that moment is told again, and so it is left for then.
    if (uid >= uidNext || modseq <= knownSince(moment, uid) || vanishing.has(uid)) continue;
    there.push({ uid, kind: uid < firstUnknown ? 'updated' : 'created' });
  }
  const between = (first: number, last: number) =>
    ascending([
      ...there.filter(({ uid }) => uid >= first && uid <= last),
      ...gone(told, first, Math.min(last, firstUnknown - 1), most + 1),
    ]);
  return { ahead: between(cut + 1, highestUid), behind: between(1, cut) };
}

/** The lowest `most` of those that are not there any more. A server need not remember exactly, and may name any that it has not. */
function gone(told: ToldChanges, first: number, last: number, most: number): Change[] {
  const changes: Change[] = [];
  for (const number of uidsIn(told.vanished, first, last)) {
    if (changes.length === most) break;
    changes.push({ uid: number as Uid, kind: 'destroyed' });
  }
  return changes;
}
