/**
 * What does the mailbox's side say of the parcels, one after the other?
 */
import { Lines } from '../core/lines.ts';
import type { Slip } from '../core/parcel.ts';

/** The slips of a stream as they come. A stream that breaks ends: how many there should have been is known to the reader. */
export async function* slipsIn(stream: ReadableStream<Uint8Array>): AsyncGenerator<Slip, void, undefined> {
  const reader = stream.getReader();
  const lines = new Lines();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const line of lines.in(value)) yield JSON.parse(line);
    }
  } catch {
    // What broke is on the other side of RPC, where it was logged; here it is only known that it did.
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
