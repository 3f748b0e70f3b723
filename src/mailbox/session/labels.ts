/**
 * Which of Gmail's labels does a message have? (X-GM-EXT-1)
 *
 * A label is a mailbox there, and one message can have several. Those of its own begin with a backslash; the others are named
 * as mailboxes are. So whoever may reach some mailboxes alone neither sees labels nor changes them.
 */
import { type Access, lackOf } from '../../core/access.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { Uid } from '../answers.ts';
import { attempt } from './attempt.ts';
import { fetchOne } from './fetch-one.ts';
import { granted, grantedDestination } from './grant.ts';
import { notGranted } from './granted-path.ts';
import type { ImapSession } from './session.ts';
import { atom, type CompilableToken, oneUid, setToken } from './tokens.ts';

export interface LabelChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export const noLabels = err({ kind: 'unsupported-by-server', feature: 'labels (X-GM-EXT-1)' });

/** The FETCH item for them. Throws Failed where there are none, or none that may be seen. */
export function labelsItemOf(session: ImapSession, { mailboxes }: Access): CompilableToken {
  if (mailboxes !== null) throw new Failed(notGranted.failure);
  if (!session.has('X-GM-EXT-1')) throw new Failed(noLabels.failure);
  return atom('X-GM-LABELS');
}

/** Why they may not be changed so, before anything is tried; null when nothing speaks against it. */
export async function labelsRefusal(
  session: ImapSession,
  access: Access,
  { add }: LabelChange,
): Promise<MailFailure | null> {
  if (access.mailboxes !== null) return notGranted.failure;
  if (!session.has('X-GM-EXT-1')) return noLabels.failure;
  const lack = lackOf(access, 'delete');
  if (lack === null) return null;
  for (const label of add) {
    // Gmail takes what gets this label out of all other mailboxes, and deletes it 30 days later.
    if (/^\\(Trash|Deleted)$/i.test(label)) return lack;
    const put = isOfGmail(label) ? ok(null) : await grantedDestination(session, access, { path: label });
    if (!put.ok) return put.failure;
  }
  return null;
}

/** Null when the message is not there. */
export async function labelsOn(session: ImapSession, access: Access, uid: Uid): Promise<readonly string[] | null> {
  const row = await fetchOne(session, uid, [labelsItemOf(session, access)]);
  return row === null ? null : [...(row.labels ?? [])];
}

/** Answers the labels after the change. Fails as the server refuses. */
export async function storeLabels(
  session: ImapSession,
  access: Access,
  uid: Uid,
  { add, remove }: LabelChange,
): Promise<Result<readonly string[]>> {
  for (const [operation, labels] of [
    ['+X-GM-LABELS', add],
    ['-X-GM-LABELS', remove],
  ] as const) {
    if (labels.length === 0) continue;
    const tokens = [setToken(oneUid(uid)), atom(operation), await labelTokens(session, access, labels)];
    const stored = await attempt(() => session.exec('UID STORE', tokens));
    if (!stored.ok) return stored;
  }
  const now = await labelsOn(session, access, uid);
  // The last label that is taken away may take the message with it.
  return now === null ? err({ kind: 'message-not-found' }) : ok(now);
}

async function labelTokens(
  session: ImapSession,
  access: Access,
  labels: readonly string[],
): Promise<CompilableToken[]> {
  const tokens: CompilableToken[] = [];
  for (const label of labels) {
    const path = isOfGmail(label) ? ok(null) : await granted(session, access, { path: label });
    if (!path.ok) throw new Failed(path.failure);
    tokens.push(path.value === null ? atom(label) : session.pathToken(path.value));
  }
  return tokens;
}

const isOfGmail = (label: string): boolean => /^\\[A-Za-z]+$/.test(label);
