/**
 * The lines of an NDJSON answer as they come, for answers that are larger than one wants to hold.
 */
import { Buffer } from 'node:buffer';

const LF = 0x0a;

/** Each without its line end; what follows the last one is left out, as it is not whole. */
export async function* linesIn(body: AsyncIterable<Uint8Array> | null): AsyncGenerator<string, void, undefined> {
  let begun: Buffer[] = [];
  for await (const chunk of body ?? []) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let end = rest.indexOf(LF); end >= 0; end = rest.indexOf(LF)) {
      yield Buffer.concat([...begun, rest.subarray(0, end)]).toString('utf8');
      begun = [];
      rest = rest.subarray(end + 1);
    }
    begun.push(rest);
  }
}
