/**
 * How does one message leave its mailbox, into the trash or for good, and nothing else with it?
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { Expected, MessageName, TrashedMessage } from '../answers.ts';
import { keywordsOf } from '../rules.ts';
import { refusedBy } from './attempt.ts';
import { expungeMessage, removalRefusal } from './expunge-message.ts';
import { forOurselves, type GrantedPath } from './granted-path.ts';
import { pathOfRole } from './list-mailboxes.ts';
import { expectState } from './message-state.ts';
import { moveMessage } from './move-message.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import type { MovesOfUser } from './unfinished-moves.ts';

export interface Removal {
  readonly permanent: boolean;
  readonly expected: Expected | null;
}

export async function removeMessage(
  session: ImapSession,
  selected: SelectedMailbox,
  name: MessageName,
  removal: Removal,
  unfinished: MovesOfUser,
  timings: Timings,
): Promise<Result<'removed' | TrashedMessage>> {
  if (name.uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  const refusal = removalRefusal(selected, removal.permanent ? 'UID EXPUNGE' : 'UID MOVE');
  if (refusal !== null) return err(refusal);
  return timed<Result<'removed' | TrashedMessage>>(timings, 'store', () =>
    removal.permanent
      ? expunge(session, name, removal)
      : moveToTrash(session, selected, name, removal.expected, unfinished),
  );
}

async function expunge(session: ImapSession, { uid }: MessageName, { expected }: Removal): Promise<Result<'removed'>> {
  if (!session.has('UIDPLUS')) return err({ kind: 'unsupported-by-server', feature: 'UIDPLUS' });
  const before = await expectState(session, uid, expected);
  if (!before.ok) return before;
  const isGuarded = expected !== null && expected !== 'any';
  const unremoved = await expungeMessage(session, uid, before.value, isGuarded);
  if (unremoved === null) return ok('removed');
  const { failure, command, changedTo } = unremoved;
  if (changedTo === null) return err(failure);
  const keywords = changedTo === 'unknown' ? null : keywordsOf(changedTo);
  return err({ kind: 'partly-done', ...refusedBy(failure, command), keywords, copy: null });
}

export const noTrash: MailFailure = { kind: 'unsupported-by-server', feature: 'a mailbox with the role trash' };

/** Where removed messages go, also those of who may not look into it. */
export async function trashOf(session: ImapSession): Promise<GrantedPath | null> {
  const path = await pathOfRole(session, 'trash');
  return path === null ? null : forOurselves(path);
}

async function moveToTrash(
  session: ImapSession,
  selected: SelectedMailbox,
  name: MessageName,
  expected: Expected | null,
  unfinished: MovesOfUser,
): Promise<Result<TrashedMessage>> {
  const to = await trashOf(session);
  if (to === null) return err(noTrash);
  if (to === selected.path) return err({ kind: 'already-in-trash' });
  const before = await expectState(session, name.uid, expected);
  if (!before.ok) return before;
  const moving = { session, selected, name, to, before: before.value, keepsDeleted: false, unfinished };
  const moved = await moveMessage(moving);
  // It was there when the mailboxes were listed, and the caller has not named it.
  if (!moved.ok) return moved.failure.kind === 'mailbox-not-found' ? err(noTrash) : moved;
  const { mailboxPath, message } = moved.value;
  const previous = { mailboxPath: selected.path, message: name, flags: before.value.flags, labels: null };
  return ok({ mailboxPath, message, previous });
}
