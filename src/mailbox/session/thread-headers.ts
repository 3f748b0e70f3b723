/**
 * Which of the newest messages are one conversation, by their headers?
 */

import { limits } from '../../core/limits.ts';
import type { Uid } from '../answers.ts';
import { threadsByReferences } from '../threads/references.ts';
import { type ThreadedMessage, threadedMessageOf, threadingFields } from '../threads/threaded-message.ts';
import { bytesOf } from './fetched-email.ts';
import { eachRow, isUnseen, newestMessages } from './newest-messages.ts';
import type { ImapSession } from './session.ts';
import type { ThreadGroups } from './thread-groups.ts';
import { atom, peek } from './tokens.ts';

const items = [
  atom('INTERNALDATE'),
  peek([atom('HEADER.FIELDS'), threadingFields.map(atom)], 0, limits.threadHeaderBytes),
];

export async function groupsByHeaders(session: ImapSession): Promise<ThreadGroups> {
  const { uids, isAll } = await newestMessages(session);
  const messages = new Map<Uid, ThreadedMessage>();
  const unseen = new Set<Uid>();
  await eachRow(session, uids, items, (uid, row) => {
    const { headers, internalDate } = row;
    if (isUnseen(row)) unseen.add(uid);
    const receivedAt = internalDate instanceof Date ? internalDate : new Date(0);
    messages.set(uid, threadedMessageOf(uid, bytesOf(headers), receivedAt));
  });
  const inOrder = uids.flatMap((uid) => messages.get(uid) ?? []);
  const threads = threadsByReferences(inOrder, true).map((uids) => ({ threadId: null, uids }));
  return { method: 'local', isComplete: isAll, threads, unseen };
}
