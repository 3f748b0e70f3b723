/**
 * What may a user do with a mailbox? (RFC 4314, in the words of RFC 8621 §2)
 *
 * Pure.
 */
import type { MailboxRights } from '../answers.ts';

/**
 * `letters` as MYRIGHTS gives them. A server that announces no RIGHTS= has the rights of RFC 2086 alone: `c` is to create and
 * `d` to delete, messages and mailboxes alike (RFC 4314 §2.1.1).
 */
export function rightsOf(letters: string, capabilities: readonly string[]): MailboxRights {
  const isOld = !capabilities.some((name) => /^RIGHTS=/i.test(name));
  const may = (right: string): boolean => letters.includes(right);
  const mayOnceDelete = isOld && may('d');
  return {
    mayReadItems: may('l') && may('r'),
    mayAddItems: may('i'),
    mayRemoveItems: (may('t') && may('e')) || mayOnceDelete,
    maySetSeen: may('s'),
    maySetKeywords: may('w'),
    mayCreateChild: may('k') || (isOld && may('c')),
    mayRename: may('x') || (mayOnceDelete && may('c')),
    mayDelete: may('x') || mayOnceDelete,
  };
}
