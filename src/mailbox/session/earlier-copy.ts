/**
 * Is the copy still there that an earlier try to move has made, and is it marked as the message is by now?
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { MessageName, MessageState } from '../answers.ts';
import { attempt } from './attempt.ts';
import type { GrantedPath } from './granted-path.ts';
import type { FetchMessageObject } from './imapflow.ts';
import { hasFlag, lookUp } from './message-state.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { canKeep, isFlag } from './store-keywords.ts';
import { oneUid } from './tokens.ts';
import { explained } from './transfer.ts';

export interface EarlierCopy {
  readonly flags: readonly string[];
  /** Why it is not marked as the message is; null when it is, as far as its mailbox keeps such marks. */
  readonly refusal: MailFailure | null;
}

/**
 * Null when it is gone. Looks into the other mailbox, and comes back. Fails with `state-gone` when this one was renumbered
 * meanwhile, and as the server refuses to let the other be looked into: then nobody knows.
 */
export async function earlierCopy(
  session: ImapSession,
  selected: SelectedMailbox,
  to: GrantedPath,
  copy: MessageName,
  { flags }: MessageState,
): Promise<Result<EarlierCopy | null>> {
  const found = await attempt(async () => {
    await session.select(to);
    if (Number(session.mailbox?.uidValidity ?? 0) !== copy.uidValidity) return null;
    const row = await lookUp(session, copy.uid);
    return row === null ? null : markedAs(session, copy, row, flags);
  });
  await session.select(selected.path);
  if (Number(session.mailbox?.uidValidity ?? 0) !== selected.uidValidity) return err({ kind: 'state-gone' });
  if (found.ok) return found;
  const failure = await explained(session, to, found.failure);
  return failure.kind === 'mailbox-not-found' ? ok(null) : err(failure);
}

async function markedAs(
  session: ImapSession,
  { uid }: MessageName,
  row: FetchMessageObject,
  wanted: readonly string[],
): Promise<EarlierCopy> {
  const now = [...(row.flags ?? [])];
  const mailbox = { permanentFlags: session.mailbox?.permanentFlags ?? null };
  const add = wanted.filter((flag) => isFlag(flag) && canKeep(mailbox, flag) && !hasFlag(now, flag));
  const remove = now.filter((flag) => isFlag(flag) && !hasFlag(wanted, flag));
  if (add.length + remove.length === 0) return { flags: now, refusal: null };
  const stored = await attempt(async () => {
    if (add.length > 0) await session.store(oneUid(uid), '+FLAGS', add);
    if (remove.length > 0) await session.store(oneUid(uid), '-FLAGS', remove);
  });
  const after = await lookUp(session, uid);
  return { flags: [...(after?.flags ?? now)], refusal: stored.ok ? null : stored.failure };
}
