/**
 * Which messages are gone, when nobody knows what QUIT has done?
 *
 * A server that refuses QUIT may have deleted some of what was marked (RFC 1939 §6), and one whose answer was lost all or none
 * of it. A fresh session sees what is there now.
 */
import type { AccountMessage } from '../../core/account.ts';
import { within } from '../../core/deadline.ts';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { SpooledMessage } from '../answers.ts';
import type { MaildropSessions } from './account-sessions.ts';
import type { Deletion } from './delete-messages.ts';

/**
 * The same, where those that were in doubt and are gone did not fail. Null when it cannot be told in time, or not without a
 * login that the server does not want so soon. `startMs` is when the request began.
 */
export async function lookedAgain(
  sessions: MaildropSessions,
  account: AccountMessage,
  deletions: readonly Deletion[],
  startMs: number,
): Promise<readonly Deletion[] | null> {
  if (!deletions.some(({ isInDoubt }) => isInDoubt)) return deletions;
  const messages = await seenBy(startMs + limits.lookAgainMs, sessions, account);
  if (messages === null) return null;
  const there = new Set(messages.map(({ uidl }) => uidl));
  return deletions.map((deletion) =>
    deletion.isInDoubt && !there.has(deletion.message.uidl)
      ? { ...deletion, failure: null, isInDoubt: false }
      : deletion,
  );
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
