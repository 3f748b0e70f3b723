/**
 * What do the lines of an export say of a mailbox and its messages?
 */
import { exportLines } from '../../core/export-lines.ts';
import type { ExportedMailbox, Uid } from '../answers.ts';
import { keywordsOf, mailboxIdOf, messageIdOf } from '../rules.ts';
import type { ExportedMessage } from './frames.ts';

type Numbers = Omit<ExportedMailbox, 'body'>;

export function mailboxLines(
  stream: ReadableStream<Uint8Array>,
  mailbox: Numbers,
): AsyncGenerator<string, void, undefined> {
  const { total, count, uidValidity } = mailbox;
  const mailboxId = mailboxIdOf(mailbox.mailboxPath);
  const idOf = (uid: Uid): string => messageIdOf({ uidValidity, uid });
  return exportLines<ExportedMessage, Uid>(stream, {
    first: { mailboxId, total },
    count,
    message: ({ uid, flags, receivedAt, size }) => ({
      id: idOf(uid),
      mailboxId,
      keywords: keywordsOf(flags),
      receivedAt,
      size,
    }),
    missing: (uid) => ({ id: idOf(uid) }),
    last: (written) => ({ count: written.count, nextCursor: cursorOf(mailbox) }),
  });
}

/** Null when nothing is left behind what comes now. */
export const cursorOf = ({ nextAfterUid, uidValidity }: Numbers): string | null =>
  nextAfterUid === null ? null : messageIdOf({ uidValidity, uid: nextAfterUid });
