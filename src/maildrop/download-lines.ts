/**
 * How does a download look to the client, line by line?
 *
 * NDJSON: a line for each message, a line for each failure, and the receipt last. The receipt covers what came complete
 * and nothing else. Memory holds one chunk of a raw message, or the text of one Email, never more.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { byteStreamOf } from '../core/byte-stream.ts';
import type { MailFailure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { readEmail } from '../core/mime/read.ts';
import { problemOf } from '../core/problem.ts';
import type { SpooledMessage } from './answers.ts';
import { type DownloadedMessage, decodeFrames, type Frame } from './frames.ts';
import { idOf, serversUidl, uidlDigest } from './rules.ts';

export type DownloadFormat = 'json' | 'raw';

/** Seals the digests of the messages that came complete into the receipt line. */
export type SealReceipt = (digests: readonly Uint8Array[]) => Promise<Receipt>;

export interface Receipt {
  readonly receipt: string;
  readonly expiresAt: string;
}

type Frames = AsyncGenerator<Frame, void, undefined>;

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

async function* messageLines(frames: Frames, format: DownloadFormat, onComplete: OnComplete): AsyncGenerator<string> {
  const lineFor = format === 'raw' ? rawLine : jsonLine;
  try {
    for (;;) {
      const frame = await nextFrame(frames);
      if (frame.kind === 'done') return;
      if (frame.kind === 'message') yield* lineFor(frame.message, frames, onComplete);
      if (frame.kind === 'failure') yield errorLine(frame.failure, frame.message);
      // A failure of no message in particular ended the download. What came before is the client's, with its receipt.
      if (frame.kind === 'failure' && frame.message === undefined) return;
    }
  } finally {
    await frames.return();
  }
}

async function* jsonLine(message: DownloadedMessage, frames: Frames, onComplete: OnComplete): AsyncGenerator<string> {
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
    yield errorLine(failure, message);
    return;
  }
  const { headers, hasAttachment, bodies } = email;
  // What is cut off here would be deleted with the rest.
  if (bodies.isTruncated) {
    yield errorLine({ kind: 'too-large-for-json' }, message);
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

/**
 * The `type` comes last: only at the end it is known whether the line is a message or, when its rest could not be had,
 * an error with what had come.
 */
async function* rawLine(message: DownloadedMessage, frames: Frames, onComplete: OnComplete): AsyncGenerator<string> {
  const { index, count } = message;
  const sha256 = createHash('sha256');
  let failure: MailFailure | undefined;
  let odd: Uint8Array = new Uint8Array(0);
  yield `${JSON.stringify({ ...spooledOf(message), index, count }).slice(0, -1)},"raw":"`;
  for await (const bytes of messageBytes(frames, (found) => {
    failure = found;
  })) {
    sha256.update(bytes);
    const pending = odd.length === 0 ? bytes : Buffer.concat([odd, bytes]);
    const whole = pending.length - (pending.length % 3);
    odd = pending.subarray(whole);
    yield base64Of(pending.subarray(0, whole));
  }
  if (failure !== undefined) {
    yield `","problem":${JSON.stringify(problemOf(failure))},"type":"error"}\n`;
    return;
  }
  yield `${base64Of(odd)}","sha256":"${sha256.digest('hex')}","type":"message"}\n`;
  await onComplete(message);
}

/** The bytes of one message, to its end or to the failure that cut it: it never throws, so that a line can be ended. */
async function* messageBytes(
  frames: Frames,
  onFailure: (failure: MailFailure) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const frame = await nextFrame(frames);
    if (frame.kind === 'bytes') yield frame.bytes;
    if (frame.kind === 'failure') onFailure(frame.failure);
    if (frame.kind === 'failure' || frame.kind === 'end') return;
  }
}

/** The next frame; a stream that ends before its `done` was cut, by the proxy's death for example. */
async function nextFrame(frames: Frames): Promise<Frame> {
  const cut: Frame = { kind: 'failure', failure: { kind: 'connection-lost' } };
  try {
    const { done, value } = await frames.next();
    return done === true ? cut : value;
  } catch {
    // What broke is on the other side of RPC, where it was logged; here it is only known that it did.
    return cut;
  }
}

const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const spooledOf = (message: SpooledMessage): { id: string; uidl: string | null; size: number } => ({
  id: idOf(message),
  uidl: serversUidl(message),
  size: message.size,
});

const errorLine = (failure: MailFailure, message?: SpooledMessage): string =>
  lineOf({ type: 'error', ...(message === undefined ? {} : spooledOf(message)), problem: problemOf(failure) });

const lineOf = (members: object): string => `${JSON.stringify(members)}\n`;
