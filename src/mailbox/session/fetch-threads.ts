/**
 * Which conversations come next, that with the newest message first? And what is in one of them?
 *
 * Continued by the UID of the newest message of the last one seen: what arrives meanwhile moves its conversation to the front and
 * shifts nothing else.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { FetchedEmail, FetchedThread, FetchedThreads, MessageName, ThreadName, Uid } from '../answers.ts';
import { fetchEmails } from './fetch-emails.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { type ThreadGroup, type ThreadGroups, threadGroups } from './thread-groups.ts';
import { groupById, threadIdOf } from './thread-ids.ts';

/** How much of the messages of a conversation is wanted. */
export type ThreadDetail = 'ids' | 'sample' | 'summaries';

export interface ThreadsRequest {
  /** The newest message of the last conversation of the page before, or null for the first page. */
  readonly before: MessageName | null;
  readonly limit: number;
  readonly detail: ThreadDetail;
}

export async function fetchThreads(
  session: ImapSession,
  selected: SelectedMailbox,
  { before, limit, detail }: ThreadsRequest,
  timings: Timings,
): Promise<Result<FetchedThreads>> {
  if (before !== null && before.uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  return timed(timings, 'fetch', async () => {
    const groups = await threadGroups(session);
    const sorted = groups.threads.toSorted((one, other) => newestOf(other) - newestOf(one));
    const left = before === null ? sorted : sorted.filter((thread) => newestOf(thread) < before.uid);
    const page = left.slice(0, limit);
    const last = page.at(-1);
    return ok({
      ...aboutAll(groups, selected),
      total: groups.threads.length,
      threads: await withEmails(session, page, groups, detail),
      nextBeforeUid: last !== undefined && left.length > page.length ? newestOf(last) : null,
    });
  });
}

/** Fails with `thread-not-found`, and with `unsupported-by-server` where not all of the mailbox was looked at. */
export async function fetchThread(
  session: ImapSession,
  selected: SelectedMailbox,
  name: ThreadName,
  detail: ThreadDetail,
  timings: Timings,
): Promise<Result<FetchedThreads>> {
  if ('message' in name && name.message.uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  return timed(timings, 'fetch', async () => {
    const threadId = 'threadId' in name ? name.threadId : await threadIdOf(session, name.message.uid);
    const byId = threadId === null ? null : await groupById(session, threadId);
    const groups = byId ?? (await threadGroups(session));
    const group = groups.threads.find((thread) =>
      'message' in name ? thread.uids.includes(name.message.uid) : thread.threadId === name.threadId,
    );
    // It may be among those that are not looked at; nobody shall take that for gone.
    if (group === undefined && !groups.isComplete) return err({ kind: 'unsupported-by-server', feature: 'THREAD' });
    const threads = group === undefined ? [] : await withEmails(session, [group], groups, detail);
    if (threads.length === 0) return err({ kind: 'thread-not-found' });
    return ok({ ...aboutAll(groups, selected), total: groups.threads.length, threads, nextBeforeUid: null });
  });
}

const newestOf = ({ uids }: ThreadGroup): Uid => uids.at(-1) ?? (0 as Uid);

const aboutAll = ({ method, isComplete }: ThreadGroups, { path, uidValidity }: SelectedMailbox) => ({
  mailboxPath: path,
  uidValidity,
  method,
  isComplete,
});

/** Without those whose messages have gone meanwhile. */
async function withEmails(
  session: ImapSession,
  groups: readonly ThreadGroup[],
  { unseen }: ThreadGroups,
  detail: ThreadDetail,
): Promise<FetchedThread[]> {
  const chosen = new Map(
    groups.map((group) => [group, detail === 'ids' ? [] : chosenOf(group, detail, groups.length)]),
  );
  const emails = await emailsOf(session, [...chosen.values()].flat(), detail);
  return groups.flatMap((group) => {
    const found = (chosen.get(group) ?? []).flatMap((uid) => emails.get(uid) ?? []);
    if (detail !== 'ids' && found.length === 0) return [];
    const unread = group.uids.filter((uid) => unseen.has(uid)).length;
    return { ...group, unread, emails: found };
  });
}

/** The oldest, whose subject it is, and the newest ones. */
function chosenOf({ uids }: ThreadGroup, detail: ThreadDetail, threads: number): readonly Uid[] {
  const most = detail === 'sample' ? limits.threadSample : Math.floor(limits.threadSummaries / threads);
  return uids.length <= most ? uids : [...uids.slice(0, 1), ...uids.slice(1 - most)];
}

async function emailsOf(
  session: ImapSession,
  uids: readonly Uid[],
  detail: ThreadDetail,
): Promise<Map<Uid, FetchedEmail>> {
  if (uids.length === 0) return new Map();
  // They are held in memory together, as a page of messages is.
  const maxHeaderBytes = Math.min(limits.headerBytes, Math.floor(limits.pageHeaderBytes / uids.length));
  const wanted = { header: 'fields', maxHeaderBytes, structure: detail === 'summaries' } as const;
  return new Map((await fetchEmails(session, uids, wanted)).map((email) => [email.uid, email]));
}
