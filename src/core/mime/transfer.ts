/**
 * How do the octets on the wire become the octets that were meant? (Content-Transfer-Encoding, RFC 2045 §6)
 *
 * Incremental and in bounded memory, whatever the size. An encoding that is not known is taken as binary, so nothing is
 * lost; `isKnownEncoding` tells.
 */
import { Base64Counter, Base64Decoder } from './base64.ts';
import { concat, noBytes } from './bytes.ts';
import { QuotedPrintableDecoder } from './quoted-printable.ts';

/** Takes chunks cut anywhere; `flush` gives what was still held at the end. */
export interface Decoder {
  /** True when nothing is held back: a new decoder would go on from here in the same way. */
  readonly isAtRest: boolean;
  push(chunk: Uint8Array): Uint8Array;
  flush(): Uint8Array;
}

/** Measures what a decoder would give. */
export interface DecodedCounter {
  push(chunk: Uint8Array): void;
  /** Octets after decoding; nothing may be pushed afterwards. */
  total(): number;
}

const identity: Decoder = { isAtRest: true, push: (chunk) => chunk, flush: () => noBytes };

/** Whether the octets on the wire are others than those that were meant. */
export const isEncoded = (encoding: string): boolean => ['base64', 'quoted-printable'].includes(encoding);

export function isKnownEncoding(encoding: string): boolean {
  return ['7bit', '8bit', 'binary', 'base64', 'quoted-printable'].includes(encoding);
}

/** `encoding` in lower case, as `MimePart` has it. */
export function decoderFor(encoding: string): Decoder {
  if (encoding === 'base64') return new Base64Decoder();
  if (encoding === 'quoted-printable') return new QuotedPrintableDecoder();
  return identity;
}

export function counterFor(encoding: string): DecodedCounter {
  if (encoding === 'base64') return new Base64Counter();
  const decoder = decoderFor(encoding);
  let total = 0;
  return {
    push: (chunk) => {
      total += decoder.push(chunk).length;
    },
    total: () => total + decoder.flush().length,
  };
}

/**
 * All at once, for a part that is in memory.
 *
 * `isCut` says that the bytes end somewhere in the middle (an IMAP partial fetch, `BODY[1]<0.4096>`): then half an
 * escape at the end is left away instead of kept as text.
 */
export function decodeTransfer(bytes: Uint8Array, encoding: string, isCut = false): Uint8Array {
  const decoder = decoderFor(encoding);
  const decoded = decoder.push(bytes);
  return isCut ? decoded : concat([decoded, decoder.flush()].filter((chunk) => chunk.length > 0));
}

/** The same between two streams. */
export function transferDecoder(encoding: string): TransformStream<Uint8Array, Uint8Array> {
  const decoder = decoderFor(encoding);
  const enqueue = (controller: TransformStreamDefaultController<Uint8Array>, bytes: Uint8Array) => {
    if (bytes.length > 0) controller.enqueue(bytes);
  };
  return new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => enqueue(controller, decoder.push(chunk)),
    flush: (controller) => enqueue(controller, decoder.flush()),
  });
}
