/**
 * Which messages are gone, when nobody knows what QUIT has done?
 *
 * A server that refuses QUIT may have deleted some of what was marked (RFC 1939 §6), and one whose answer was lost all or none
 * of it. A fresh session sees what is there now. By its UIDL a message is known in another session only where the server keeps them
 * (RFC 1939 §7): those that were not to be deleted have to be there under theirs, or nobody knows anything.
 */
import type { AccountMessage } from '../../core/account.ts';
import { within } from '../../core/deadline.ts';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { SpooledMessage } from '../answers.ts';
import type { MaildropSessions } from './account-sessions.ts';
import type { Deletion } from './delete-messages.ts';

/**
 * The same, where those that were in doubt and are gone did not fail. Null when it cannot be told: not in time, not without a login
 * that the server does not want so soon, or not by UIDLs. `before` is what the session has seen that was to delete them, and
 * `startMs` when the request began.
 */
export async function lookedAgain(
  sessions: MaildropSessions,
  account: AccountMessage,
  deletions: readonly Deletion[],
  before: readonly SpooledMessage[],
  startMs: number,
): Promise<readonly Deletion[] | null> {
  if (!deletions.some(({ isInDoubt }) => isInDoubt)) return deletions;
  const messages = await seenBy(startMs + limits.lookAgainMs, sessions, account);
  if (messages === null) return null;
  const there = new Set(messages.map(({ uidl }) => uidl));
  const missing = deletions.filter(({ isInDoubt, message }) => isInDoubt && !there.has(message.uidl));
  if (!isToldByUidls(before, messages, missing)) return null;
  const gone = new Set(missing);
  return deletions.map((deletion) =>
    gone.has(deletion) ? { ...deletion, failure: null, isInDoubt: false } : deletion,
  );
}

/**
 * Whether what is missing is gone, and not there under another name: all others have kept theirs, and nothing has come that may be
 * one of the missing. Where there were no others, nothing may have come at all.
 */
function isToldByUidls(
  before: readonly SpooledMessage[],
  now: readonly SpooledMessage[],
  missing: readonly Deletion[],
): boolean {
  if (missing.length === 0) return true;
  const missed = new Set(missing.map(({ message }) => message.uidl));
  const others = before.filter(({ uidl }) => !missed.has(uidl));
  const there = new Set(now.map(({ uidl }) => uidl));
  if (!others.every(({ uidl }) => there.has(uidl))) return false;
  const known = new Set(others.map(({ uidl }) => uidl));
  const come = now.filter(({ uidl }) => !known.has(uidl));
  const sizes = new Set(missing.map(({ message }) => message.size));
  return others.length === 0 ? come.length === 0 : !come.some(({ size }) => sizes.has(size));
}

/** What is in the maildrop now; null when it cannot be seen until then. */
async function seenBy(
  untilMs: number,
  sessions: MaildropSessions,
  account: AccountMessage,
): Promise<readonly SpooledMessage[] | null> {
  const leftMs = untilMs - Date.now();
  if (leftMs <= 0) return null;
  const looking = sessions.fresh(account, async ({ session, release }) => {
    const messages = await session.messages();
    release();
    return messages;
  });
  try {
    const { result } = await within(leftMs, 'request', looking);
    return result.ok ? result.value : null;
  } catch (error) {
    // It goes on until a deadline of its own, and nobody waits for it.
    if (error instanceof Failed) return null;
    throw error;
  }
}
