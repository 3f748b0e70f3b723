/**
 * What does a stream hold, if it is no longer than it may be?
 */
import { concat } from './mime/bytes.ts';

/** Null when it is longer; the rest is not read then. Throws what the stream throws. */
export async function boundedOctets(
  stream: ReadableStream<Uint8Array>,
  limitBytes: number,
): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels what is still to come.
  for await (const piece of stream) {
    length += piece.length;
    if (length > limitBytes) return null;
    pieces.push(piece);
  }
  return concat(pieces);
}
