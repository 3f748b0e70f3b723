/**
 * Which of Gmail's labels does a message have? (X-GM-EXT-1)
 *
 * A label is a mailbox there, and one message can have several. Those of its own begin with a backslash; the others are named
 * as mailboxes are.
 */
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import type { Uid } from '../answers.ts';
import { attempt } from './attempt.ts';
import { fetchOne } from './fetch-one.ts';
import type { ImapSession } from './session.ts';
import { atom, type CompilableToken, oneUid, setToken } from './tokens.ts';

export interface LabelChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export const noLabels = err({ kind: 'unsupported-by-server', feature: 'labels (X-GM-EXT-1)' });

/** The FETCH item for them. Throws Failed where there are none. */
export function labelsItemOf(session: ImapSession): CompilableToken {
  if (!session.has('X-GM-EXT-1')) throw new Failed(noLabels.failure);
  return atom('X-GM-LABELS');
}

/** Null when the message is not there. */
export async function labelsOn(session: ImapSession, uid: Uid): Promise<readonly string[] | null> {
  const row = await fetchOne(session, uid, [atom('X-GM-LABELS')]);
  return row === null ? null : [...(row.labels ?? [])];
}

/** Answers the labels after the change. Fails as the server refuses. */
export async function storeLabels(
  session: ImapSession,
  uid: Uid,
  { add, remove }: LabelChange,
): Promise<Result<readonly string[]>> {
  for (const [operation, labels] of [
    ['+X-GM-LABELS', add],
    ['-X-GM-LABELS', remove],
  ] as const) {
    if (labels.length === 0) continue;
    const tokens = [setToken(oneUid(uid)), atom(operation), labels.map((label) => labelToken(session, label))];
    const stored = await attempt(() => session.exec('UID STORE', tokens));
    if (!stored.ok) return stored;
  }
  const now = await labelsOn(session, uid);
  // The last label that is taken away may take the message with it.
  return now === null ? err({ kind: 'message-not-found' }) : ok(now);
}

const labelToken = (session: ImapSession, label: string): CompilableToken =>
  /^\\[A-Za-z]+$/.test(label) ? atom(label) : session.pathToken(label);
