/**
 * How do many small pieces leave in few writes?
 */
import { concat } from './mime/bytes.ts';

/** What a write may hold: each costs as much as some KiB. */
const enoughBytes = 32 * 1024;

/** The same bytes in pieces of some size. What is there when `pieces` fails is lost with it. */
export async function* gathered(
  pieces: AsyncGenerator<Uint8Array | string, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let together: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    const bytes = typeof piece === 'string' ? encoder.encode(piece) : piece;
    together.push(bytes);
    length += bytes.length;
    if (length < enoughBytes) continue;
    yield concat(together);
    together = [];
    length = 0;
  }
  if (length > 0) yield concat(together);
}
