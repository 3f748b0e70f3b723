/**
 * How much of an answer is read that somebody else sends?
 *
 * As much as is said, and what is longer is not read to its end. The deadline is that of the call (`guardedFetch`).
 */
import { boundedOctets } from '../core/bounded-octets.ts';

/** Null when the body is longer than `limitBytes`, as it arrives: what was compressed counts as it is afterwards. */
export const boundedBytes = async ({ body }: Response, limitBytes: number): Promise<Uint8Array | null> =>
  body === null ? new Uint8Array() : boundedOctets(body, limitBytes);

/** The same as text in UTF-8; what is none of it becomes U+FFFD. */
export async function boundedText(response: Response, limitBytes: number): Promise<string | null> {
  const bytes = await boundedBytes(response, limitBytes);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}
