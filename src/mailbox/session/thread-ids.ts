/**
 * Which messages of the selected mailbox are one conversation, by the names that the server gives to conversations?
 */
import type { Uid } from '../answers.ts';
import { attempt } from './attempt.ts';
import { fetchOne } from './fetch-one.ts';
import { eachRow, isUnseen, newestMessages } from './newest-messages.ts';
import { uidsFound } from './search.ts';
import type { ImapSession } from './session.ts';
import type { ThreadGroups } from './thread-groups.ts';
import { type ThreadIdItem, threadIdIn, threadIdItemOf } from './thread-id.ts';
import { atom } from './tokens.ts';

/** Null where the server has no names for conversations, or gives none to the newest message here (RFC 8474 §5.2: NIL). */
export async function groupsByIds(session: ImapSession): Promise<ThreadGroups | null> {
  const item = threadIdItemOf(session);
  if (item === null) return null;
  const { uids, isAll } = await newestMessages(session);
  const newest = uids.at(-1);
  const method = methodOf(item);
  if (newest === undefined) return { method, isComplete: true, threads: [], unseen: new Set() };
  if ((await threadIdOf(session, newest)) === null) return null;
  const threads = new Map<string, { readonly threadId: string | null; readonly uids: Uid[] }>();
  const unseen = new Set<Uid>();
  await eachRow(session, uids, [atom(item)], (uid, row) => {
    if (isUnseen(row)) unseen.add(uid);
    const threadId = threadIdIn(row);
    // One without belongs to no other, and is named like those of servers that have no names for them.
    const key = threadId ?? `.${uid}`;
    const thread = threads.get(key) ?? { threadId, uids: [] };
    thread.uids.push(uid);
    threads.set(key, thread);
  });
  const groups = [...threads.values()].map(({ threadId, uids }) => ({
    threadId,
    uids: uids.sort((one, other) => one - other),
  }));
  return { method, isComplete: isAll, threads: groups, unseen };
}

/** What the server calls the conversation of a message; null where it does not say, or the message is not there. */
export async function threadIdOf(session: ImapSession, uid: Uid): Promise<string | null> {
  const item = threadIdItemOf(session);
  const row = item === null ? null : await fetchOne(session, uid, [atom(item)]);
  return row === null ? null : threadIdIn(row);
}

/** The messages of one conversation; null where the server does not find them by its name. */
export async function groupById(session: ImapSession, threadId: string): Promise<ThreadGroups | null> {
  const item = threadIdItemOf(session);
  if (item === null) return null;
  const named = [item, threadId];
  const found = await attempt(async () => ({
    uids: await uidsFound(session, [named]),
    unseen: new Set(await uidsFound(session, [named, ['UNSEEN']])),
  }));
  if (!found.ok) return null;
  const { uids, unseen } = found.value;
  const threads = uids.length === 0 ? [] : [{ threadId, uids }];
  return { method: methodOf(item), isComplete: true, threads, unseen };
}

const methodOf = (item: ThreadIdItem) => (item === 'THREADID' ? 'OBJECTID' : 'X-GM-THRID');
