/**
 * How does a listed mailbox become JSON? (RFC 8621 §2)
 *
 * Pure.
 */
import type { ListedMailbox, MailboxExtras } from './answers.ts';
import { mailboxIdOf } from './rules.ts';

/** `size` and `myRights` are there when they were asked for. */
export function mailboxJsonOf(
  { path, parentPath, size, myRights, ...mailbox }: ListedMailbox,
  extras: MailboxExtras = { size: false, myRights: false },
) {
  return {
    id: mailboxIdOf(path),
    parentId: parentPath === null ? null : mailboxIdOf(parentPath),
    ...mailbox,
    ...(extras.size ? { size } : {}),
    ...(extras.myRights ? { myRights } : {}),
  };
}
