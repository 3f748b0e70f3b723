/**
 * How does an export look as lines of JSON?
 *
 * How many messages there are comes first, then a line for each, and last a line that says that it was all: a stream without that
 * was cut. A message is never in memory as a whole.
 */
import { errorLine, lineOf, rawLine } from '../../core/ndjson.ts';
import type { ExportedMailbox, Uid } from '../answers.ts';
import { keywordsOf, mailboxIdOf, messageIdOf } from '../rules.ts';
import type { ExportedMessage } from './frames.ts';
import { exportEvents } from './messages.ts';

type Numbers = Omit<ExportedMailbox, 'body'>;

export async function* exportLines(
  stream: ReadableStream<Uint8Array>,
  mailbox: Numbers,
): AsyncGenerator<string, void, undefined> {
  const { total, count } = mailbox;
  const idOf = (uid: Uid): string => messageIdOf({ uidValidity: mailbox.uidValidity, uid });
  const mailboxId = mailboxIdOf(mailbox.mailboxPath);
  yield lineOf({ type: 'export', mailboxId, total, count });
  let index = 0;
  let written = 0;
  for await (const event of exportEvents(stream)) {
    if (event.kind === 'message') {
      const isWhole = yield* rawLine(
        {
          id: idOf(event.message.uid),
          mailboxId,
          ...told(event.message),
          index,
          count,
        },
        event.octets,
      );
      if (isWhole) written += 1;
      index += 1;
    }
    if (event.kind === 'missing') {
      yield errorLine(event.failure, { id: idOf(event.uid) });
      index += 1;
    }
    if (event.kind === 'broken') yield errorLine(event.failure, {});
    if (event.kind === 'done') yield lineOf({ type: 'end', count: written, nextCursor: cursorOf(mailbox) });
  }
}

/** Null when nothing is left behind what comes now. */
export const cursorOf = ({ nextAfterUid, uidValidity }: Numbers): string | null =>
  nextAfterUid === null ? null : messageIdOf({ uidValidity, uid: nextAfterUid });

const told = ({ flags, receivedAt, size }: ExportedMessage) => ({ keywords: keywordsOf(flags), receivedAt, size });
