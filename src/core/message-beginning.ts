/**
 * What does a message begin with, when its octets come in pieces of any size?
 *
 * Its header has to be known before the first octet is written down: an mbox file names who sent a message, and a zip file what it
 * is about, before the message itself.
 */
import { limits } from './limits.ts';
import type { MessageOctets } from './message-events.ts';
import type { FailureFrame } from './message-frames.ts';
import { CappedBytes, octet } from './mime/bytes.ts';

export interface BegunMessage {
  /** All of the header, or as much of it as is read; something of the body may follow. Empty when nothing came. */
  readonly beginning: Uint8Array;
  /** All octets, those above among them, and then what the octets that came return. */
  readonly octets: MessageOctets;
}

/** Reads no further than to the piece in which the header ends. */
export async function begun(octets: MessageOctets): Promise<BegunMessage> {
  const kept = new CappedBytes(limits.partHeaderBytes);
  const line = new LineWatch();
  let length = 0;
  for (;;) {
    const next = await octets.next();
    if (next.done === true) {
      const beginning = kept.view();
      return { beginning, octets: replayed([beginning], octets, next.value) };
    }
    kept.push(next.value);
    length += next.value.length;
    if (!line.endsHeader(next.value) && !kept.isCut) continue;
    const beginning = kept.view();
    const rest = next.value.subarray(next.value.length - (length - beginning.length));
    return { beginning, octets: replayed([beginning, rest], octets) };
  }
}

/** `ended` is what `octets` have returned; left out while there are more of them. */
async function* replayed(
  pieces: readonly Uint8Array[],
  octets: MessageOctets,
  ended?: FailureFrame<unknown> | null,
): MessageOctets {
  for (const piece of pieces) if (piece.length > 0) yield piece;
  return ended === undefined ? yield* octets : ended;
}

/** Whether an empty line has come, CR LF or LF, however the lines are cut. */
class LineWatch {
  #line: 'empty' | 'CR' | 'text' = 'empty';

  endsHeader(piece: Uint8Array): boolean {
    for (const byte of piece) {
      if (byte === octet.lf && this.#line !== 'text') return true;
      if (byte === octet.lf) this.#line = 'empty';
      else this.#line = byte === octet.cr && this.#line === 'empty' ? 'CR' : 'text';
    }
    return false;
  }
}
