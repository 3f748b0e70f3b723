/**
 * Which messages of the selected mailbox are one conversation, by the best way that the server has?
 *
 * By the names that it gives to conversations itself (OBJECTID, Gmail), which are the same everywhere and for ever; else by THREAD,
 * for all of the mailbox at once; else by the headers of as many of the newest messages as that is worth.
 */
import type { ThreadMethod, Uid } from '../answers.ts';
import type { ImapSession } from './session.ts';
import { groupsByCommand } from './thread-command.ts';
import { groupsByHeaders } from './thread-headers.ts';
import { groupsByIds } from './thread-ids.ts';

export interface ThreadGroups {
  readonly method: ThreadMethod;
  /** Whether all messages of the mailbox are in one of them. */
  readonly isComplete: boolean;
  /** In no order. */
  readonly threads: readonly ThreadGroup[];
  readonly unseen: ReadonlySet<Uid>;
}

export interface ThreadGroup {
  /** What the server calls it; null where it has no names for conversations. */
  readonly threadId: string | null;
  /** Ascending. */
  readonly uids: readonly Uid[];
}

/** The server is to have told what is new by then: it threads and searches what it has told of so far. */
export async function threadGroups(session: ImapSession): Promise<ThreadGroups> {
  return (await groupsByIds(session)) ?? (await groupsByCommand(session)) ?? (await groupsByHeaders(session));
}
