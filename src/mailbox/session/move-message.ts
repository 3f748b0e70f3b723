/**
 * How does a message get into another mailbox, and is never lost on the way?
 *
 * By UID MOVE (RFC 6851) where the server offers it; else copied first and expunged then, so that whenever it ends half-way
 * the message is there twice and never not at all. Without UIDPLUS either, nothing is changed.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { MessageName, MessageState, MovedMessage } from '../answers.ts';
import { keywordsOf, mailboxIdOf, messageIdOf } from '../rules.ts';
import { refusedBy } from './attempt.ts';
import { putMarkBack, takeMarkOff } from './deleted-mark.ts';
import { earlierCopy } from './earlier-copy.ts';
import { deleted, expungeMessage, type Unremoved } from './expunge-message.ts';
import type { GrantedPath } from './granted-path.ts';
import { hasFlag, hasLeft } from './message-state.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { transfer } from './transfer.ts';
import type { Move, MovesOfUser } from './unfinished-moves.ts';

export interface Moving {
  readonly session: ImapSession;
  readonly selected: SelectedMailbox;
  readonly name: MessageName;
  /** Another mailbox than the selected one. */
  readonly to: GrantedPath;
  readonly before: MessageState;
  /** True when the caller has asked for both, that it be moved and that it be marked as deleted. */
  readonly keepsDeleted: boolean;
  readonly unfinished: MovesOfUser;
}

export interface ArrivedMessage extends MovedMessage {
  /** What it is marked with there. */
  readonly flags: readonly string[];
}

/** Fails as the server refuses, or with `partly-done` when there is a copy and the message is where it was too. */
export async function moveMessage(moving: Moving): Promise<Result<ArrivedMessage>> {
  const { session, selected, name, to, unfinished } = moving;
  const thisMove = { from: selected.path, message: name, to };
  return unfinished.inTurn(thisMove, async (hasWaited) => {
    if (hasWaited && (await hasLeft(session, name.uid))) return err({ kind: 'message-not-found' });
    // A server that does not offer it may take it all the same; Courier answers NO.
    if (session.has('MOVE')) return unmarked(moving, 'UID MOVE', move);
    if (session.has('UIDPLUS')) return unmarked(moving, 'UID COPY', (moving) => copyAndExpunge(moving, thisMove));
    return err({ kind: 'unsupported-by-server', feature: 'MOVE or UIDPLUS' });
  });
}

/** Does it with a message that is not marked as deleted, unless it is meant to be. */
async function unmarked(
  moving: Moving,
  command: string,
  work: (moving: Moving) => Promise<Result<ArrivedMessage>>,
): Promise<Result<ArrivedMessage>> {
  const { session, name, before, keepsDeleted } = moving;
  if (keepsDeleted || !hasFlag(before.flags, deleted)) return work(moving);
  const state = await takeMarkOff(session, name.uid, before);
  if (!state.ok) return state;
  const moved = await work({ ...moving, before: state.value });
  return moved.ok ? moved : err(await putMarkBack(session, name.uid, state.value, moved.failure, command));
}

async function move(moving: Moving): Promise<Result<ArrivedMessage>> {
  const { session, name, to, before } = moving;
  const { copy, refusal } = await transfer(session, 'UID MOVE', name.uid, to);
  const hasMoved = copy !== null && refusal?.kind === 'message-not-found';
  if (refusal !== null && !hasMoved) {
    const half: Unremoved = { failure: refusal, command: 'UID MOVE', changedTo: null };
    return err(copy === null ? refusal : partlyMoved(to, before, half, copy));
  }
  return ok({ mailboxPath: to, message: copy, flags: before.flags });
}

async function copyAndExpunge(moving: Moving, thisMove: Move): Promise<Result<ArrivedMessage>> {
  const { session, name, to, before, unfinished } = moving;
  const copied = await copyOnce(moving, thisMove);
  if (!copied.ok) return copied;
  const unremoved = await expungeMessage(session, name.uid, before, false);
  if (unremoved !== null && unremoved.failure.kind !== 'message-not-found') {
    return err(partlyMoved(to, before, unremoved, copied.value.message));
  }
  // Somebody else may have expunged it after it was copied: then it has left its mailbox as well.
  unfinished.end(thisMove);
  return copied;
}

/** The copy that an earlier try has made, or a new one. */
async function copyOnce(moving: Moving, thisMove: Move): Promise<Result<ArrivedMessage>> {
  const { session, selected, name, to, before, unfinished } = moving;
  const earlier = unfinished.copyOf(thisMove);
  if (earlier !== null) {
    const found = await earlierCopy(session, selected, to, earlier, before);
    if (!found.ok) return found;
    const { flags, refusal } = found.value ?? { flags: null, refusal: null };
    if (refusal !== null) {
      return err(partlyMoved(to, before, { failure: refusal, command: 'UID STORE', changedTo: null }, earlier));
    }
    if (flags !== null) return ok({ mailboxPath: to, message: earlier, flags });
    unfinished.end(thisMove);
  }
  const { copy, refusal } = await transfer(session, 'UID COPY', name.uid, to);
  if (refusal !== null) return err(refusal);
  if (copy !== null) unfinished.begin(thisMove, copy);
  return ok({ mailboxPath: to, message: copy, flags: before.flags });
}

/** There is a copy in the mailbox `to`, and the message is where it was too. */
export function partlyMoved(
  to: string,
  before: MessageState,
  { failure, command, changedTo }: Unremoved,
  copy: MessageName | null,
): MailFailure {
  return {
    kind: 'partly-done',
    ...refusedBy(failure, command),
    keywords: changedTo === 'unknown' ? null : keywordsOf(changedTo ?? before.flags),
    copy: { id: copy === null ? null : messageIdOf(copy), mailboxId: mailboxIdOf(to) },
  };
}
