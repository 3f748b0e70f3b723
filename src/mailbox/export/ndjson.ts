/**
 * How does an export look as lines of JSON?
 *
 * How many messages there are comes first, then a line for each, and last a line that says that it was all: a stream without that
 * was cut. A message is never in memory as a whole.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { MailFailure } from '../../core/failure.ts';
import { concat, noBytes } from '../../core/mime/bytes.ts';
import { problemOf } from '../../core/problem.ts';
import type { ExportedMailbox, Uid } from '../answers.ts';
import { keywordsOf, mailboxIdOf, messageIdOf } from '../rules.ts';
import type { ExportedMessage } from './frames.ts';
import { exportEvents, type MessageOctets } from './messages.ts';

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
      const isWhole = yield* messageLine(event.octets, {
        id: idOf(event.message.uid),
        mailboxId,
        ...told(event.message),
        index,
        count,
      });
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

/**
 * The `type` comes last: only at the end it is known whether the line is a message or, when its rest could not be had, an error with
 * what had come. Returns which.
 */
async function* messageLine(octets: MessageOctets, members: object): AsyncGenerator<string, boolean, undefined> {
  const sha256 = createHash('sha256');
  let odd: Uint8Array = noBytes;
  yield `${JSON.stringify(members).slice(0, -1)},"raw":"`;
  for (;;) {
    const { done, value } = await octets.next();
    if (done !== true) {
      sha256.update(value);
      const bytes = concat([odd, value]);
      const whole = bytes.length - (bytes.length % 3);
      odd = bytes.slice(whole);
      yield base64Of(bytes.subarray(0, whole));
    } else if (value === null) {
      yield `${base64Of(odd)}","sha256":"${sha256.digest('hex')}","type":"message"}\n`;
      return true;
    } else {
      yield `","problem":${JSON.stringify(problemOf(value))},"type":"error"}\n`;
      return false;
    }
  }
}

const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const errorLine = (failure: MailFailure, members: object): string =>
  lineOf({ type: 'error', ...members, problem: problemOf(failure) });

const lineOf = (members: object): string => `${JSON.stringify(members)}\n`;
