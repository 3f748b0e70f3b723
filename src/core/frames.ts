/**
 * How do many things cross in one byte stream?
 *
 * As frames: a code, a length, a payload. One stream means one lifetime: when its reader leaves, what it holds is let go.
 */
import { Buffer } from 'node:buffer';

export interface RawFrame {
  readonly code: number;
  readonly payload: Uint8Array;
}

const headBytes = 5;

export function encodeRawFrame(code: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const encoded = new Uint8Array(headBytes + payload.length);
  encoded[0] = code;
  new DataView(encoded.buffer).setUint32(1, payload.length);
  encoded.set(payload, headBytes);
  return encoded;
}

/** The frames of a stream, as they arrive. Throws when the stream ends inside one. */
export async function* decodeRawFrames(stream: ReadableStream<Uint8Array>): AsyncGenerator<RawFrame, void, undefined> {
  const source = new ByteSource(stream.getReader());
  try {
    for (;;) {
      const head = await source.take(headBytes);
      if (head === null) return;
      const length = new DataView(head.buffer, head.byteOffset).getUint32(1);
      const payload = await source.take(length);
      if (payload === null) throw new Error('A stream ended inside a frame');
      yield { code: head[0] ?? 0, payload };
    }
  } finally {
    await source.cancel();
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
        if (done) return parts.length === 0 ? null : Promise.reject(new Error('A stream ended inside a frame'));
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
