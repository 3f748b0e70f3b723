/**
 * How does what was found out about a conversation become its JSON?
 */
import type { EmailAddress } from '../core/email.ts';
import type { FetchedThread } from './answers.ts';
import { summaryOf } from './email-json.ts';
import { messageIdOf } from './rules.ts';

/** What does not depend on what is in the messages, and the rest as far as they were fetched. */
export function threadOf(thread: FetchedThread, uidValidity: number, mailboxId: string) {
  const emailIds = thread.uids.map((uid) => messageIdOf({ uidValidity, uid }));
  return {
    id: thread.threadId ?? emailIds[0] ?? '',
    emailIds,
    totalEmails: emailIds.length,
    unreadEmails: thread.unread,
    ...(thread.emails.length === 0 ? {} : lookedInto(thread, uidValidity, mailboxId)),
  };
}

function lookedInto({ emails }: FetchedThread, uidValidity: number, mailboxId: string) {
  const messages = emails.map((email) => summaryOf(email, uidValidity, mailboxId));
  const latest = emails.reduce((one, other) => (other.receivedAt > one.receivedAt ? other : one));
  return {
    subject: messages[0]?.subject ?? null,
    participants: participantsOf(messages.flatMap(({ from }) => from ?? [])),
    latestReceivedAt: latest.receivedAt.toISOString(),
    messages,
  };
}

/** Each address once, by the first name that it goes by. */
function participantsOf(authors: readonly EmailAddress[]): EmailAddress[] {
  const known = new Map<string, EmailAddress>();
  for (const author of authors) {
    const key = author.email.toLowerCase();
    const before = known.get(key);
    if (before === undefined || (before.name === null && author.name !== null)) known.set(key, author);
  }
  return [...known.values()];
}
