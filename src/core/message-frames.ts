/**
 * How do many messages cross in one byte stream?
 *
 * As frames: a code, a length, a payload. One stream means one lifetime: when its reader leaves, the mail session ends; and a failure
 * in the middle arrives as a value, with all that came before it intact.
 */
import type { MailFailure } from './failure.ts';

/** `Head` is what is told of a message before its octets, and `Name` says which message a failure is about. */
export type MessageFrame<Head, Name> =
  | { readonly kind: 'message'; readonly message: Head }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** The message is complete. */
  | { readonly kind: 'end' }
  | FailureFrame<Name>
  /** Everything was sent. A stream that ends without it was cut. */
  | { readonly kind: 'done' };

/** Of one message, which may have begun; or of all that was still to come, and then no message follows. */
export interface FailureFrame<Name> {
  readonly kind: 'failure';
  readonly failure: MailFailure;
  readonly of: Name | null;
}

export type MessageFrames<Head, Name> = AsyncGenerator<MessageFrame<Head, Name>, void, undefined>;

const codes = { message: 1, bytes: 2, end: 3, failure: 4, done: 5 } as const;
const headBytes = 5;

export function encodeFrame(frame: MessageFrame<unknown, unknown>): Uint8Array<ArrayBuffer> {
  const payload = payloadOf(frame);
  const encoded = new Uint8Array(headBytes + payload.length);
  encoded[0] = codes[frame.kind];
  new DataView(encoded.buffer).setUint32(1, payload.length);
  encoded.set(payload, headBytes);
  return encoded;
}

function payloadOf(frame: MessageFrame<unknown, unknown>): Uint8Array {
  switch (frame.kind) {
    case 'bytes':
      return frame.bytes;
    case 'message':
      return new TextEncoder().encode(JSON.stringify(frame.message));
    case 'failure':
      return new TextEncoder().encode(JSON.stringify({ failure: frame.failure, of: frame.of }));
    case 'end':
    case 'done':
      return new Uint8Array(0);
  }
}

/** The frames of a stream, as they arrive. Throws when the stream ends inside one. */
export async function* decodeFrames<Head, Name>(stream: ReadableStream<Uint8Array>): MessageFrames<Head, Name> {
  const source = new ByteSource(stream.getReader({ mode: 'byob' }));
  try {
    for (;;) {
      const head = await source.take(headBytes);
      if (head === null) return;
      const length = new DataView(head.buffer, head.byteOffset).getUint32(1);
      const payload = await source.take(length);
      if (payload === null) throw new Error('A stream ended inside a frame');
      yield frameOf(head[0] ?? 0, payload);
    }
  } finally {
    await source.cancel();
  }
}

function frameOf<Head, Name>(code: number, payload: Uint8Array): MessageFrame<Head, Name> {
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
      throw new Error(`A stream holds a frame of unknown kind ${code}`);
  }
}

/** The next frame; a stream that ends before its `done` was cut, by the proxy's death for example. Never throws. */
export async function nextFrame<Head, Name>(frames: MessageFrames<Head, Name>): Promise<MessageFrame<Head, Name>> {
  const cut: FailureFrame<Name> = { kind: 'failure', failure: { kind: 'connection-lost' }, of: null };
  try {
    const { done, value } = await frames.next();
    return done === true ? cut : value;
  } catch {
    // What broke is on the other side of RPC, where it was logged; here it is only known that it did.
    return cut;
  }
}

/** The octets of the message that has just begun. Returns why they are not all; null when they are. Never throws, so that a line can be ended. */
export async function* octetsOf<Name>(
  frames: MessageFrames<unknown, Name>,
): AsyncGenerator<Uint8Array, FailureFrame<Name> | null, undefined> {
  for (;;) {
    const frame = await nextFrame(frames);
    if (frame.kind === 'bytes') yield frame.bytes;
    if (frame.kind === 'end') return null;
    if (frame.kind === 'failure') return frame;
  }
}

/** Left to itself the runtime reads 4 KiB at a time, each into memory of its own, which it takes back seldom. */
const readBytes = 64 * 1024;

class ByteSource {
  readonly #reader: ReadableStreamBYOBReader;
  #memory = new ArrayBuffer(readBytes);
  #unread: Uint8Array = new Uint8Array(0);

  constructor(reader: ReadableStreamBYOBReader) {
    this.#reader = reader;
  }

  /** Exactly `length` bytes, in memory of their own; null when the stream ended before the first of them. */
  async take(length: number): Promise<Uint8Array | null> {
    const taken = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      if (this.#unread.length === 0) {
        const { done, value } = await this.#reader.read(new Uint8Array(this.#memory));
        if (done) return at === 0 ? null : Promise.reject(new Error('A stream ended inside a frame'));
        this.#memory = value.buffer;
        this.#unread = value;
      }
      const part = this.#unread.subarray(0, length - at);
      this.#unread = this.#unread.subarray(part.length);
      taken.set(part, at);
      at += part.length;
    }
    return taken;
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}
