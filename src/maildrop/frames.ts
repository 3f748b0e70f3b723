/**
 * How do many messages cross from the proxy to the gateway in one stream?
 *
 * As frames: a kind, a length, a payload. One stream means one lifetime: when the reader leaves, the mail session ends;
 * and a failure in the middle arrives as a value, with all that came before it intact.
 */
import type { MailFailure } from '../core/failure.ts';
import { decodeRawFrames, encodeRawFrame } from '../core/frames.ts';
import type { SpooledMessage } from './answers.ts';

/** What a download tells about a message before its bytes. */
export interface DownloadedMessage extends SpooledMessage {
  /** Counted from 0. */
  readonly index: number;
  /** How many messages this download sends. */
  readonly count: number;
  readonly bytesTotal: number;
}

export type Frame =
  | { readonly kind: 'message'; readonly message: DownloadedMessage }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** The message is complete. */
  | { readonly kind: 'end' }
  /** Of the message that just began (`message` given) or of the whole download. Nothing but `done` follows the latter. */
  | { readonly kind: 'failure'; readonly failure: MailFailure; readonly message?: SpooledMessage }
  /** Everything was sent. A stream that ends without it was cut. */
  | { readonly kind: 'done' };

const codes = { message: 1, bytes: 2, end: 3, failure: 4, done: 5 } as const;

export const encodeFrame = (frame: Frame): Uint8Array => encodeRawFrame(codes[frame.kind], payloadOf(frame));

function payloadOf(frame: Frame): Uint8Array {
  switch (frame.kind) {
    case 'bytes':
      return frame.bytes;
    case 'message':
      return new TextEncoder().encode(JSON.stringify(frame.message));
    case 'failure':
      return new TextEncoder().encode(JSON.stringify({ failure: frame.failure, message: frame.message }));
    case 'end':
    case 'done':
      return new Uint8Array(0);
  }
}

/** The frames of a stream, as they arrive. Throws when the stream ends inside one. */
export async function* decodeFrames(stream: ReadableStream<Uint8Array>): AsyncGenerator<Frame, void, undefined> {
  for await (const { code, payload } of decodeRawFrames(stream)) yield frameOf(code, payload);
}

function frameOf(code: number, payload: Uint8Array): Frame {
  switch (code) {
    case codes.message:
      return { kind: 'message', message: JSON.parse(new TextDecoder().decode(payload)) };
    case codes.bytes:
      return { kind: 'bytes', bytes: payload };
    case codes.end:
      return { kind: 'end' };
    case codes.failure:
      return { kind: 'failure', ...JSON.parse(new TextDecoder().decode(payload)) };
    case codes.done:
      return { kind: 'done' };
    default:
      throw new Error(`A download holds a frame of unknown kind ${code}`);
  }
}
