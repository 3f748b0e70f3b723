/**
 * How does a download look to the client, line by line?
 *
 * NDJSON: a line for each message, a line for each failure, and the receipt last. The receipt covers what came complete
 * and nothing else. Memory holds one chunk of a raw message, or the text of one Email, never more.
 */
import { byteStreamOf } from '../core/byte-stream.ts';
import type { MailFailure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { decodeFrames, nextFrame, octetsOf } from '../core/message-frames.ts';
import { readEmail } from '../core/mime/read.ts';
import { errorLine, lineOf, rawLine } from '../core/ndjson.ts';
import type { SpooledMessage } from './answers.ts';
import type { DownloadedMessage, DownloadFrames } from './frames.ts';
import { idOf, serversUidl, uidlDigest } from './rules.ts';

export type DownloadFormat = 'json' | 'raw';

/** Seals the digests of the messages that came complete into the receipt line. */
export type SealReceipt = (digests: readonly Uint8Array[]) => Promise<Receipt>;

export interface Receipt {
  readonly receipt: string;
  readonly expiresAt: string;
}

export async function* downloadLines(
  stream: ReadableStream<Uint8Array>,
  format: DownloadFormat,
  sealReceipt: SealReceipt,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  const complete: Uint8Array[] = [];
  for await (const text of messageLines(decodeFrames(stream), format, async ({ uidl }) => {
    complete.push(await uidlDigest(uidl));
  })) {
    yield encoder.encode(text);
  }
  const receipt = await sealReceipt(complete);
  yield encoder.encode(lineOf({ type: 'receipt', ...receipt, count: complete.length }));
}

type OnComplete = (message: SpooledMessage) => Promise<void>;

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
      if (frame.kind === 'failure') yield errorLine(frame.failure, frame.of === null ? {} : spooledOf(frame.of));
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
  const { index, count } = message;
  let failure: MailFailure | undefined;
  const email = await readEmail(
    byteStreamOf(
      messageBytes(frames, (found) => {
        failure = found;
      }),
    ),
    { maxBodyBytes: limits.bodyBytes },
  );
  if (failure !== undefined) {
    yield errorLine(failure, spooledOf(message));
    return;
  }
  const { headers, hasAttachment, bodies } = email;
  // What is cut off here would be deleted with the rest.
  if (bodies.isTruncated) {
    yield errorLine({ kind: 'too-large-for-json' }, spooledOf(message));
    return;
  }
  const spooled = spooledOf(message);
  yield lineOf({
    type: 'message',
    ...spooled,
    index,
    count,
    message: { ...spooled, ...headers, hasAttachment, ...bodies },
  });
  await onComplete(message);
}

async function* rawMessageLine(
  message: DownloadedMessage,
  frames: DownloadFrames,
  onComplete: OnComplete,
): AsyncGenerator<string> {
  const { index, count } = message;
  const sha256 = yield* rawLine({ ...spooledOf(message), index, count }, octetsOf(frames));
  if (sha256 !== null) await onComplete(message);
}

/** The bytes of one message, to its end or to the failure that cut it. */
async function* messageBytes(
  frames: DownloadFrames,
  onFailure: (failure: MailFailure) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const failing = yield* octetsOf(frames);
  if (failing !== null) onFailure(failing.failure);
}

const spooledOf = (message: SpooledMessage): { id: string; uidl: string | null; size: number } => ({
  id: idOf(message),
  uidl: serversUidl(message),
  size: message.size,
});
