/**
 * How does a message get into another mailbox, and is never lost on the way?
 *
 * By UID MOVE (RFC 6851) where the server offers it; else copied first and expunged then, so that whenever it ends half-way
 * the message is there twice and never not at all. Without UIDPLUS either, nothing is changed.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { MessageName, MessageState, MovedMessage } from '../answers.ts';
import { keywordsOf, mailboxIdOf, messageIdOf } from '../rules.ts';
import { attempt, refusedBy } from './attempt.ts';
import { expungeMessage, type Unremoved } from './expunge-message.ts';
import { hasLeft, lookUp } from './message-state.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { atom, oneUid } from './tokens.ts';
import { transfer } from './transfer.ts';
import type { Move, UnfinishedMoves } from './unfinished-moves.ts';

export interface Moving {
  readonly session: ImapSession;
  readonly selected: SelectedMailbox;
  readonly name: MessageName;
  /** Another mailbox than the selected one. */
  readonly to: string;
  readonly before: MessageState;
  readonly unfinished: UnfinishedMoves;
}

/** Fails as the server refuses, or with `partly-done` when there is a copy and the message is where it was too. */
export async function moveMessage(moving: Moving): Promise<Result<MovedMessage>> {
  const { session, selected, name, to, unfinished } = moving;
  const thisMove = { from: selected.path, message: name, to };
  return unfinished.inTurn(thisMove, async (hasWaited) => {
    if (hasWaited && (await hasLeft(session, name.uid))) return err({ kind: 'message-not-found' });
    // A server that does not offer it may take it all the same; Courier answers NO.
    if (session.has('MOVE')) return move(moving);
    if (session.has('UIDPLUS')) return copyAndExpunge(moving, thisMove);
    return err({ kind: 'unsupported-by-server', feature: 'MOVE or UIDPLUS' });
  });
}

async function move(moving: Moving): Promise<Result<MovedMessage>> {
  const { session, name, to } = moving;
  const { copy, refusal } = await transfer(session, 'UID MOVE', name.uid, to);
  const hasMoved = copy !== null && refusal?.kind === 'message-not-found';
  if (refusal !== null && !hasMoved) {
    const half: Unremoved = { failure: refusal, command: 'UID MOVE', changedTo: null };
    return err(copy === null ? refusal : partlyMoved(moving, half, copy));
  }
  // OK is also what a server says that moved nothing (RFC 9051 §6.4.9).
  if (copy === null && (await lookUp(session, name.uid)) !== null) {
    return err({ kind: 'command-refused', command: 'UID MOVE', responseCode: null });
  }
  return ok({ mailboxPath: to, message: copy });
}

async function copyAndExpunge(moving: Moving, thisMove: Move): Promise<Result<MovedMessage>> {
  const { session, name, to, before, unfinished } = moving;
  const copied = await copyOnce(moving, thisMove);
  if (!copied.ok) return copied;
  const unremoved = await expungeMessage(session, name.uid, before, false);
  if (unremoved !== null && unremoved.failure.kind !== 'message-not-found') {
    return err(partlyMoved(moving, unremoved, copied.value));
  }
  // Somebody else may have expunged it after it was copied: then it has left its mailbox as well.
  unfinished.end(thisMove);
  return ok({ mailboxPath: to, message: copied.value });
}

/** The copy that an earlier try has made, or a new one. */
async function copyOnce(moving: Moving, thisMove: Move): Promise<Result<MessageName | null>> {
  const { session, name, to, unfinished } = moving;
  const earlier = unfinished.copyOf(thisMove);
  if (earlier !== null) {
    const there = await isThere(moving, earlier);
    if (!there.ok) return there;
    if (there.value) return ok(earlier);
    unfinished.end(thisMove);
  }
  const { copy, refusal } = await transfer(session, 'UID COPY', name.uid, to);
  if (refusal !== null) return err(refusal);
  if (copy !== null) unfinished.begin(thisMove, copy);
  // OK is also what a server says that copied nothing, and then there is nothing that may be expunged.
  const isGone = copy === null && (await lookUp(session, name.uid)) === null;
  return isGone ? err({ kind: 'message-not-found' }) : ok(copy);
}

/** Looks into the other mailbox, and comes back. Fails with `state-gone` when this one was renumbered meanwhile. */
async function isThere({ session, selected, to }: Moving, copy: MessageName): Promise<Result<boolean>> {
  const found = await attempt(async () => {
    await session.select(to);
    if (Number(session.mailbox?.uidValidity ?? 0) !== copy.uidValidity) return false;
    const rows = await session.fetch(oneUid(copy.uid), [atom('FLAGS')]);
    return rows.some(({ uid }) => uid === copy.uid);
  });
  await session.select(selected.path);
  if (Number(session.mailbox?.uidValidity ?? 0) !== selected.uidValidity) return err({ kind: 'state-gone' });
  return ok(found.ok && found.value);
}

function partlyMoved(
  { to, before }: Moving,
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
