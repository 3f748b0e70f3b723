/**
 * What is to be done to each message of a batch, and can it be done in this mailbox at all?
 *
 * Asked before the first change: what is true of all messages is told once, as a refusal of the whole.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import type { MailboxName } from '../answers.ts';
import type { Batch } from './batch.ts';
import { copyAll } from './batch-copy.ts';
import { expungeAll } from './batch-expunge.ts';
import { markAll } from './batch-mark.ts';
import { moveAll } from './batch-move.ts';
import { deleted, removalRefusal } from './expunge-message.ts';
import { type GrantedPath, withField } from './granted-path.ts';
import { hasFlag } from './message-state.ts';
import { noTrash, trashOf } from './remove-message.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { type KeywordChange, markingRefusal, stepsOf } from './store-keywords.ts';
import { checkDestination, destinationOf } from './transfer.ts';
import { moveRefusal } from './update-message.ts';

export type BatchChange =
  | { readonly kind: 'update'; readonly keywords: KeywordChange; readonly mailbox: MailboxName | null }
  | { readonly kind: 'copy'; readonly to: MailboxName }
  | { readonly kind: 'delete'; readonly permanent: boolean };

export interface BatchPlan {
  /** The path of the mailbox where the messages go, or where they are. */
  readonly to: GrantedPath;
  /** Decides what has become of every message that is there. Throws Failed when the session has ended. */
  carryOut(batch: Batch): Promise<void>;
}

export async function planOf(
  session: ImapSession,
  selected: SelectedMailbox,
  change: BatchChange,
): Promise<Result<BatchPlan>> {
  switch (change.kind) {
    case 'update':
      return updatePlan(session, selected, change.keywords, change.mailbox);
    case 'copy':
      return copyPlan(session, selected, change.to);
    case 'delete':
      return change.permanent ? expungePlan(session, selected) : trashPlan(session, selected);
  }
}

async function copyPlan(
  session: ImapSession,
  { access }: SelectedMailbox,
  name: MailboxName,
): Promise<Result<BatchPlan>> {
  const to = await destinationOf(session, access, name);
  if (!to.ok) return to.failure.kind === 'mailbox-not-found' ? nowhere : withField(to, 'copyTo');
  const checked = await checkDestination(session, to.value);
  if (checked.ok) return ok({ to: to.value, carryOut: (batch) => copyAll(batch, to.value) });
  return checked.failure.kind === 'mailbox-not-found' ? nowhere : checked;
}

const nowhere = err({ kind: 'mailbox-not-found', field: 'copyTo' });

async function updatePlan(
  session: ImapSession,
  selected: SelectedMailbox,
  keywords: KeywordChange,
  mailbox: MailboxName | null,
): Promise<Result<BatchPlan>> {
  const isMarking = stepsOf(keywords).length > 0;
  const to = mailbox === null ? ok(selected.path) : await destinationOf(session, selected.access, mailbox);
  if (!to.ok) return to;
  const isMoving = to.value !== selected.path;
  const refusal =
    (isMarking ? markingRefusal(selected, keywords) : null) ?? (isMoving ? moveRefusal(session, selected) : null);
  if (refusal !== null) return err(refusal);
  if (isMoving) {
    const checked = await checkDestination(session, to.value);
    if (!checked.ok) return checked;
  }
  const carryOut = async (batch: Batch): Promise<void> => {
    const states = isMarking ? await markAll(batch, keywords) : batch.before;
    const keepsDeleted = hasFlag(keywords.add, deleted);
    if (isMoving) return moveAll(batch, states, { to: to.value, keepsDeleted, isMarked: isMarking });
    for (const [uid, { flags }] of states) {
      batch.succeed(uid, { mailboxPath: selected.path, message: batch.nameOf(uid) }, flags);
    }
  };
  return ok({ to: to.value, carryOut });
}

async function trashPlan(session: ImapSession, selected: SelectedMailbox): Promise<Result<BatchPlan>> {
  const refusal = removalRefusal(selected, 'UID MOVE');
  if (refusal !== null) return err(refusal);
  const to = await trashOf(session);
  if (to === null) return err(noTrash);
  if (to === selected.path) return err({ kind: 'already-in-trash' });
  const lack = moveRefusal(session, selected);
  if (lack !== null) return err(lack);
  const moving = { to, keepsDeleted: false, isMarked: false };
  return ok({ to, carryOut: (batch) => moveAll(batch, batch.before, moving) });
}

async function expungePlan(session: ImapSession, selected: SelectedMailbox): Promise<Result<BatchPlan>> {
  const refusal = removalRefusal(selected, 'UID EXPUNGE');
  if (refusal !== null) return err(refusal);
  if (!session.has('UIDPLUS')) return err({ kind: 'unsupported-by-server', feature: 'UIDPLUS' });
  return ok({ to: selected.path, carryOut: expungeAll });
}
