/**
 * What is told of a mailbox and its messages?
 */
import type { Uid } from '../../mailbox/answers.ts';
import { summaryOf } from '../../mailbox/email-json.ts';
import { mailboxIdOf, messageIdOf } from '../../mailbox/rules.ts';
import type { SeenEmail } from '../../mailbox/session/seen-emails.ts';
import type { JsonObject, WatchEvent } from '../event.ts';
import { eventIdOf, type Sameness } from '../event-id.ts';
import type { Reset } from './mailbox-courses.ts';
import type { Look } from './news.ts';

/** Where the messages are that are told of. */
export interface Numbered {
  readonly path: string;
  readonly uidValidity: number;
}

/** `again` tells apart what can happen to a message more than once. */
export async function messageEvent(
  { account, nowMs }: Look,
  type: 'message.received' | 'message.updated',
  mailbox: Numbered,
  seen: SeenEmail,
  again?: string,
): Promise<WatchEvent> {
  const ref = refOf(mailbox, seen.uid);
  const sameness: Sameness = { of: 'message', ref, ...(again === undefined ? {} : { again }) };
  const data = { mailboxId: mailboxIdOf(mailbox.path), message: messageJson(mailbox, seen) };
  return { id: await eventIdOf(account, type, sameness), type, atMs: nowMs, data, ref };
}

export async function deletedEvent({ account, nowMs }: Look, mailbox: Numbered, uid: Uid): Promise<WatchEvent> {
  const type = 'message.deleted';
  const ref = refOf(mailbox, uid);
  const id = await eventIdOf(account, type, { of: 'message', ref });
  const message = { id: messageIdOf({ uidValidity: mailbox.uidValidity, uid }) };
  return { id, type, atMs: nowMs, data: { mailboxId: mailboxIdOf(mailbox.path), message }, ref };
}

/** About the mailbox as it was called; its count tells apart that it happens more than once. */
export async function resetEvent(
  { account, nowMs }: Look,
  { reason, mailbox, newPath }: Reset,
  newUidValidity = 0,
): Promise<WatchEvent> {
  const type = 'mailbox.reset';
  const { path, uidValidity, count } = mailbox;
  const again = `${reason} ${uidValidity} ${newUidValidity} ${count}`;
  const id = await eventIdOf(account, type, { of: 'mailbox', mailboxPath: path, again });
  const renamed = newPath === null ? {} : { newMailboxId: mailboxIdOf(newPath) };
  return { id, type, atMs: nowMs, data: { mailboxId: mailboxIdOf(path), reason, ...renamed }, ref: null };
}

const refOf = ({ path, uidValidity }: Numbered, uid: Uid) =>
  ({ protocol: 'imap', mailboxPath: path, uidValidity, uid }) as const;

function messageJson({ path, uidValidity }: Numbered, { uid, email }: SeenEmail): JsonObject {
  const mailboxId = mailboxIdOf(path);
  if (email !== null) return summaryOf(email, uidValidity, mailboxId);
  return { id: messageIdOf({ uidValidity, uid }), mailboxIds: { [mailboxId]: true } };
}
