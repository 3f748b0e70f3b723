/**
 * How much of an answer is read that somebody else sends?
 *
 * As much as is said, and what is longer is not read to its end. The deadline is that of the call (`guardedFetch`).
 */
import { concat } from '../core/mime/bytes.ts';

/** Null when the body is longer than `limitBytes`, as it arrives: what was compressed counts as it is afterwards. */
export async function boundedBytes({ body }: Response, limitBytes: number): Promise<Uint8Array | null> {
  if (body === null) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels what is still to come.
  for await (const piece of body) {
    length += piece.length;
    if (length > limitBytes) return null;
    pieces.push(piece);
  }
  return concat(pieces);
}

/** The same as text in UTF-8; what is none of it becomes U+FFFD. */
export async function boundedText(response: Response, limitBytes: number): Promise<string | null> {
  const bytes = await boundedBytes(response, limitBytes);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}
