/**
 * How do many messages cross from the proxy to the gateway in one stream?
 *
 * As frames: a kind, a length, a payload. One stream means one lifetime: when the reader leaves, the mail session ends;
 * and a failure in the middle arrives as a value, with all that came before it intact.
 */
import { Buffer } from 'node:buffer';
import type { MailFailure } from '../core/failure.ts';
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
const headBytes = 5;

export function encodeFrame(frame: Frame): Uint8Array {
  const payload = payloadOf(frame);
  const encoded = new Uint8Array(headBytes + payload.length);
  encoded[0] = codes[frame.kind];
  new DataView(encoded.buffer).setUint32(1, payload.length);
  encoded.set(payload, headBytes);
  return encoded;
}

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
  const source = new ByteSource(stream.getReader());
  try {
    for (;;) {
      const head = await source.take(headBytes);
      if (head === null) return;
      const length = new DataView(head.buffer, head.byteOffset).getUint32(1);
      const payload = await source.take(length);
      if (payload === null) throw new Error('A download ended inside a frame');
      yield frameOf(head[0], payload);
    }
  } finally {
    await source.cancel();
  }
}

function frameOf(code: number | undefined, payload: Uint8Array): Frame {
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

class ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #unread: Uint8Array = new Uint8Array(0);

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  /** Exactly `length` bytes; null when the stream ended before the first of them. */
  async take(length: number): Promise<Uint8Array | null> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#unread.length === 0) {
        const { done, value } = await this.#reader.read();
        if (done) return parts.length === 0 ? null : Promise.reject(new Error('A download ended inside a frame'));
        this.#unread = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      }
      const part = this.#unread.subarray(0, missing);
      this.#unread = this.#unread.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    return parts.length === 1 ? (parts[0] ?? null) : Buffer.concat(parts);
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}
