/**
 * What becomes of a message that is marked, moved, or both?
 *
 * Marked first and moved then, since MOVE and COPY take the marks along. Whatever can be refused is asked for before the
 * first change.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { Expected, MailboxName, MessageName, MessageState, PreviousState, UpdatedMessage } from '../answers.ts';
import { keywordsOf, stateTagOf } from '../rules.ts';
import { isRefusal, refusedBy } from './attempt.ts';
import { deleted, removalRefusal } from './expunge-message.ts';
import { type LabelChange, labelsOn, labelsRefusal, storeLabels } from './labels.ts';
import { expectState, hasFlag } from './message-state.ts';
import { moveMessage } from './move-message.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { type KeywordChange, markingRefusal, type StoredKeywords, storeKeywords } from './store-keywords.ts';
import { asDestination, checkDestination, destinationOf } from './transfer.ts';
import type { MovesOfUser } from './unfinished-moves.ts';

export interface EmailChange {
  readonly keywords: KeywordChange;
  /** Gmail's. */
  readonly labels: LabelChange;
  /** Where it shall be; null to leave it where it is. */
  readonly mailbox: MailboxName | null;
  readonly expected: Expected | null;
}

export async function updateMessage(
  session: ImapSession,
  selected: SelectedMailbox,
  name: MessageName,
  change: EmailChange,
  unfinished: MovesOfUser,
  timings: Timings,
  isRepeated: boolean,
): Promise<Result<UpdatedMessage>> {
  if (name.uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  return timed(timings, 'store', async () => {
    const destination =
      change.mailbox === null ? ok(selected.path) : await destinationOf(session, selected.access, change.mailbox);
    if (!destination.ok) return destination;
    const to = destination.value;
    const isMoving = to !== selected.path;
    const isMarking = change.keywords.add.length + change.keywords.remove.length > 0;
    const isLabelling = change.labels.add.length + change.labels.remove.length > 0;
    const refusal =
      (isLabelling ? await labelsRefusal(session, selected.access, change.labels) : null) ??
      (isMarking ? markingRefusal(selected, change.keywords) : null) ??
      (isMoving ? moveRefusal(session, selected) : null);
    if (refusal !== null) return err(refusal);
    if (isMarking && isMoving) {
      const checked = await checkDestination(session, to);
      if (!checked.ok) return checked;
    }
    const labelsBefore = isLabelling ? await labelsOn(session, selected.access, name.uid) : null;
    const marked = await mark(session, selected, name, change);
    if (!marked.ok) return marked;
    const { before, after } = marked.value;
    const labelled = isLabelling ? await storeLabels(session, selected.access, name.uid, change.labels) : ok(null);
    // Of two commands for labels only the second can be refused when something was changed.
    const isBegun = isMarking || (change.labels.add.length > 0 && change.labels.remove.length > 0);
    if (!labelled.ok) return err(isBegun ? afterMarking(labelled.failure, after, 'UID STORE') : labelled.failure);
    const previous = isRepeated ? null : previousOf(selected, name, before, labelsBefore);
    const told = { labels: labelled.value, previous };
    if (!isMoving) {
      return ok({ mailboxPath: to, message: name, flags: after.flags, stateTag: tagOf(session, after), ...told });
    }
    const keepsDeleted = hasFlag(change.keywords.add, deleted);
    const moved = await moveMessage({ session, selected, name, to, before: after, keepsDeleted, unfinished });
    if (moved.ok) return ok({ ...moved.value, stateTag: null, ...told });
    return err(isMarking || isLabelling ? afterMarking(moved.failure, after) : asDestination(moved.failure));
  });
}

/** What a change of this message has changed; null when that is not known. */
export const previousOf = (
  { path }: SelectedMailbox,
  message: MessageName,
  before: MessageState | null,
  labels: readonly string[] | null = null,
): PreviousState | null => (before === null ? null : { mailboxPath: path, message, flags: before.flags, labels });

/** Why nothing can be moved out of a mailbox, before anything is tried; null when nothing speaks against it. */
export function moveRefusal(session: ImapSession, selected: SelectedMailbox): MailFailure | null {
  const refusal = removalRefusal(selected, 'UID MOVE');
  if (refusal !== null || session.has('MOVE') || session.has('UIDPLUS')) return refusal;
  return { kind: 'unsupported-by-server', feature: 'MOVE or UIDPLUS' };
}

/** The states before and after it was marked; the same twice when it is only moved. */
async function mark(
  session: ImapSession,
  selected: SelectedMailbox,
  { uid }: MessageName,
  { keywords, expected }: EmailChange,
): Promise<Result<StoredKeywords>> {
  const isMarking = keywords.add.length + keywords.remove.length > 0;
  if (isMarking && expected === null) return storeKeywords(session, selected, uid, keywords, null);
  const before = await expectState(session, uid, expected);
  if (!before.ok) return before;
  if (!isMarking) return ok({ before: before.value, after: before.value });
  const unchangedSince = expected === 'any' ? null : before.value.modseq;
  const marked = await storeKeywords(session, selected, uid, keywords, { before: before.value, unchangedSince });
  // There is also a refusal for a message that has changed (RFC 7162 §3.1.3, NO with MODIFIED).
  const isRefused = !marked.ok && marked.failure.kind === 'command-refused' && unchangedSince !== null;
  if (!isRefused) return marked;
  const after = await expectState(session, uid, expected);
  return after.ok ? marked : after;
}

/** Servers tell the MODSEQ along with flags once it was asked for; without it the flags are not all of the state. */
const tagOf = (session: ImapSession, state: MessageState): string | null =>
  state.modseq === null && session.hasModseq ? null : stateTagOf(state);

/** What is refused later leaves the marks that were set before. */
export function afterMarking(failure: MailFailure, { flags }: MessageState, command = 'UID MOVE'): MailFailure {
  if (!isRefusal(failure)) return failure;
  return { kind: 'partly-done', ...refusedBy(failure, command), keywords: keywordsOf(flags), copy: null };
}
