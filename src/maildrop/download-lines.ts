/**
 * How does a download look to the client, line by line?
 *
 * NDJSON: a line for each message, a line for each failure, and the receipt last. The receipt covers what came complete, and
 * what the caller says it has, and nothing else. Memory holds one chunk of a raw message, or the text of one Email, never more.
 */
import { byteStreamOf } from '../core/byte-stream.ts';
import type { MailFailure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { decodeFrames, nextFrame, octetsOf } from '../core/message-frames.ts';
import { readEmail } from '../core/mime/read.ts';
import { errorLine, lineOf, rawLine } from '../core/ndjson.ts';
import type { DownloadStream } from './answers.ts';
import type { DownloadedMessage, DownloadFrames, FailedMessage } from './frames.ts';
import { idOf, serversUidl } from './rules.ts';

export type DownloadFormat = 'json' | 'raw';

/** What the end of a download is made of. */
export interface Covered {
  /** UIDLs of the messages that the receipt is for. */
  readonly covered: readonly string[];
  /** UIDLs of all messages that the caller knows now. */
  readonly known: readonly string[];
}

/** What the last line says of it to the caller. */
export type Conclusion = Readonly<Record<'receipt' | 'state' | 'expiresAt', string>>;

export interface Wish {
  readonly format: DownloadFormat;
  /** How many messages the caller says it has. */
  readonly have: number;
}

export async function* downloadLines(
  { frames, known, had }: DownloadStream,
  { format, have }: Wish,
  conclude: (covered: Covered) => Promise<Conclusion>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  const complete: string[] = [];
  for await (const text of messageLines(decodeFrames(frames), format, ({ uidl }) => complete.push(uidl))) {
    yield encoder.encode(text);
  }
  const covered = [...had, ...complete];
  const ended = await conclude({ covered, known: withThese(known, covered) });
  const counts = { count: covered.length, haveCovered: had.length, haveIgnored: have - had.length };
  yield encoder.encode(lineOf({ type: 'receipt', ...ended, ...counts }));
}

/** Some servers give several messages one UIDL: what is known of those is known of each. */
function withThese(known: readonly string[], covered: readonly string[]): readonly string[] {
  const before = new Set(known);
  return [...known, ...covered.filter((uidl) => !before.has(uidl))];
}

type OnComplete = (message: DownloadedMessage) => void;

async function* messageLines(
  frames: DownloadFrames,
  format: DownloadFormat,
  onComplete: OnComplete,
): AsyncGenerator<string> {
  const lineFor = format === 'raw' ? rawMessageLine : jsonLine;
  try {
    for (;;) {
      const frame = await nextFrame(frames);
      if (frame.kind === 'done') return;
      if (frame.kind === 'message') yield* lineFor(frame.message, frames, onComplete);
      if (frame.kind === 'failure') yield errorLine(frame.failure, frame.of === null ? {} : membersOf(frame.of));
      // A failure of no message in particular ended the download. What came before is the client's, with its receipt.
      if (frame.kind === 'failure' && frame.of === null) return;
    }
  } finally {
    await frames.return();
  }
}

async function* jsonLine(
  message: DownloadedMessage,
  frames: DownloadFrames,
  onComplete: OnComplete,
): AsyncGenerator<string> {
  let failure: MailFailure | undefined;
  const email = await readEmail(
    byteStreamOf(
      messageBytes(frames, (found) => {
        failure = found;
      }),
    ),
    { maxBodyBytes: limits.bodyBytes },
  );
  const members = membersOf(message);
  if (failure !== undefined) {
    yield errorLine(failure, members);
    return;
  }
  const { headers, hasAttachment, bodies } = email;
  // What is cut off here would be deleted with the rest.
  if (bodies.isTruncated) {
    yield errorLine({ kind: 'too-large-for-json' }, members);
    return;
  }
  const { id, uidl, size } = members;
  yield lineOf({ type: 'message', ...members, message: { id, uidl, size, ...headers, hasAttachment, ...bodies } });
  onComplete(message);
}

async function* rawMessageLine(
  message: DownloadedMessage,
  frames: DownloadFrames,
  onComplete: OnComplete,
): AsyncGenerator<string> {
  const sha256 = yield* rawLine(membersOf(message), octetsOf(frames));
  if (sha256 !== null) onComplete(message);
}

/** The bytes of one message, to its end or to the failure that cut it. */
async function* messageBytes(
  frames: DownloadFrames,
  onFailure: (failure: MailFailure) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const failing = yield* octetsOf(frames);
  if (failing !== null) onFailure(failing.failure);
}

/** What a line tells of the message that it is about. */
const membersOf = ({ uidl, occurrence, size, ...progress }: FailedMessage) => ({
  id: idOf({ uidl, occurrence }),
  uidl: serversUidl({ uidl }),
  size,
  ...progress,
});
