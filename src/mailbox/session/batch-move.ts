/**
 * How do many messages get into another mailbox, and none is lost on the way?
 *
 * As one does (move-message.ts): by UID MOVE, or all are copied first, and those that were copied are expunged then. Where the
 * server does not tell of each, and for those that an earlier move has left half-way, one after the other.
 */
import type { MailFailure } from '../../core/failure.ts';
import type { MessageName, MessageState, Uid } from '../answers.ts';
import { keywordsOf } from '../rules.ts';
import { attempt, refusedBy } from './attempt.ts';
import type { Batch } from './batch.ts';
import { expungeSet } from './batch-expunge.ts';
import { storeAll } from './batch-mark.ts';
import { oneByOne } from './batch-one-by-one.ts';
import { transferSet } from './batch-transfer.ts';
import { deleted, type Unremoved } from './expunge-message.ts';
import type { GrantedPath } from './granted-path.ts';
import { hasFlag } from './message-state.ts';
import { lookUpAll, statesOf } from './message-states.ts';
import { moveMessage, partlyMoved } from './move-message.ts';
import { asDestination } from './transfer.ts';
import { inTurns, type Move } from './unfinished-moves.ts';
import { afterMarking } from './update-message.ts';

export interface MovingSet {
  /** Another mailbox than the selected one. */
  readonly to: GrantedPath;
  /** True when the caller has asked for both, that they be moved and that they be marked as deleted. */
  readonly keepsDeleted: boolean;
  /** They were marked for this request already. */
  readonly isMarked: boolean;
}

type States = ReadonlyMap<Uid, MessageState>;

export async function moveAll(batch: Batch, states: States, moving: MovingSet): Promise<void> {
  const { session, unfinished } = batch;
  const moveOf = (uid: Uid): Move => ({ from: batch.selected.path, message: batch.nameOf(uid), to: moving.to });
  const isSingle = (uid: Uid): boolean => !session.has('UIDPLUS') || unfinished.copyOf(moveOf(uid)) !== null;
  const singles = [...states.keys()].filter(isSingle);
  const set = new Map([...states].filter(([uid]) => !isSingle(uid)));
  if (set.size > 0) {
    await inTurns(unfinished, [...set.keys()].map(moveOf), async (hasWaited) => {
      const present = hasWaited ? await stillThere(batch, set) : set;
      if (present.size > 0) await moveUnmarked(batch, present, moving);
    });
  }
  await oneByOne(batch, singles, (uid) => moveOne(batch, uid, states, moving));
}

async function stillThere(batch: Batch, set: States): Promise<States> {
  await batch.session.noop();
  const found = await lookUpAll(batch.session, [...set.keys()]);
  batch.fail(
    [...set.keys()].filter((uid) => !found.has(uid)),
    { kind: 'message-not-found' },
  );
  return found;
}

async function moveOne(
  batch: Batch,
  uid: Uid,
  states: States,
  { to, keepsDeleted, isMarked }: MovingSet,
): Promise<void> {
  const before = states.get(uid);
  if (before === undefined) return;
  const { session, selected, unfinished } = batch;
  const name = batch.nameOf(uid);
  const moved = await moveMessage({ session, selected, name, to, before, keepsDeleted, unfinished });
  if (moved.ok) batch.succeed(uid, moved.value, moved.value.flags);
  else batch.fail([uid], isMarked ? afterMarking(moved.failure, before) : asDestination(moved.failure));
}

/** `\Deleted` does not travel, unless it is meant to (deleted-mark.ts). */
async function moveUnmarked(batch: Batch, set: States, moving: MovingSet): Promise<void> {
  const isMarked = ({ flags }: MessageState): boolean => !moving.keepsDeleted && hasFlag(flags, deleted);
  const marked = [...set].filter(([, state]) => isMarked(state)).map(([uid]) => uid);
  if (marked.length === 0) return moveSet(batch, set, moving);
  const { session } = batch;
  const { refusal } = await storeAll(session, marked, '-FLAGS', [deleted]);
  const now = await statesOf(session, marked);
  const stuck = marked.filter(
    (uid) => now.get(uid) === undefined || isMarked(now.get(uid) ?? { flags: [], modseq: null }),
  );
  for (const uid of stuck) {
    const notTakenOff: MailFailure = refusal ?? { kind: 'command-refused', command: 'UID STORE', responseCode: null };
    batch.fail([uid], now.has(uid) ? notTakenOff : { kind: 'message-not-found' });
  }
  const rest = new Map(
    [...set].filter(([uid]) => !stuck.includes(uid)).map(([uid, state]) => [uid, now.get(uid) ?? state]),
  );
  if (rest.size > 0) await moveSet(batch, rest, moving);
  await putMarksBack(
    batch,
    marked.filter((uid) => rest.has(uid)),
  );
}

/** Those that have stayed get their mark again; one that does not is told of. */
async function putMarksBack(batch: Batch, uids: readonly Uid[]): Promise<void> {
  const { session } = batch;
  const failed = uids.flatMap((uid) => {
    const outcome = batch.outcomeOf(uid);
    return outcome.ok || outcome.failure.kind === 'message-not-found' ? [] : [[uid, outcome.failure] as const];
  });
  if (failed.length === 0 || !session.isOpen) return;
  const left = failed.map(([uid]) => uid);
  await attempt(() => storeAll(session, left, '+FLAGS', [deleted]));
  const now = await lookUpAll(session, left);
  for (const [uid, failure] of failed) {
    const flags = now.get(uid)?.flags;
    const keywords = flags === undefined ? null : keywordsOf(flags);
    if (failure.kind === 'partly-done') batch.fail([uid], { ...failure, keywords });
    else if (flags === undefined || !hasFlag(flags, deleted)) {
      batch.fail([uid], { kind: 'partly-done', ...refusedBy(failure, 'UID MOVE'), keywords, copy: null });
    }
  }
}

async function moveSet(batch: Batch, set: States, moving: MovingSet): Promise<void> {
  return batch.session.has('MOVE') ? moveByMove(batch, set, moving) : moveByCopy(batch, set, moving);
}

async function moveByMove(batch: Batch, set: States, moving: MovingSet): Promise<void> {
  const { copies, left, refusal } = await transferSet(batch.session, 'UID MOVE', [...set.keys()], moving.to);
  for (const [uid, before] of set) {
    const copy = copies.get(uid);
    const now = left.get(uid);
    if (copy !== undefined && now === undefined) arrived(batch, uid, copy, before, moving);
    else if (copy !== undefined) {
      const half: Unremoved = { failure: refusal, command: 'UID MOVE', changedTo: now?.flags ?? null };
      batch.fail([uid], partlyMoved(moving.to, before, half, copy));
    } else stayed(batch, uid, before, now === undefined ? { kind: 'message-not-found' } : refusal, moving);
  }
}

async function moveByCopy(batch: Batch, set: States, moving: MovingSet): Promise<void> {
  const { session, unfinished, selected } = batch;
  const { to } = moving;
  const { copies, left, refusal } = await transferSet(session, 'UID COPY', [...set.keys()], to);
  const copied = new Map<Uid, MessageState>();
  for (const [uid, before] of set) {
    const copy = copies.get(uid);
    if (copy === undefined) {
      stayed(batch, uid, before, left.has(uid) ? refusal : { kind: 'message-not-found' }, moving);
      continue;
    }
    copied.set(uid, before);
    unfinished.begin({ from: selected.path, message: batch.nameOf(uid), to }, copy);
  }
  const unremoved = await expungeSet(session, copied);
  for (const [uid, before] of copied) {
    const copy = copies.get(uid);
    if (copy === undefined) continue;
    const half = unremoved.get(uid);
    // Somebody else may have expunged it after it was copied: then it has left its mailbox as well.
    if (half !== undefined && half.failure.kind !== 'message-not-found') {
      batch.fail([uid], partlyMoved(to, before, half, copy));
      continue;
    }
    unfinished.end({ from: selected.path, message: batch.nameOf(uid), to });
    arrived(batch, uid, copy, before, moving);
  }
}

function arrived(batch: Batch, uid: Uid, message: MessageName, { flags }: MessageState, { to }: MovingSet): void {
  batch.succeed(uid, { mailboxPath: to, message }, flags);
}

function stayed(batch: Batch, uid: Uid, before: MessageState, failure: MailFailure, { isMarked }: MovingSet): void {
  batch.fail([uid], isMarked ? afterMarking(failure, before) : failure);
}
