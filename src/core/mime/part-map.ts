/**
 * Where in an encoded part does a decoded octet stand?
 *
 * Senders break lines where they like, so that no arithmetic tells. Whoever has read the part once knows marks on the way: encoded
 * octets before which a decoder holds nothing back, from where a new one gives the same as the first would have.
 */
import type { Extent } from '../byte-range.ts';
import { type Decoder, decoderFor } from './transfer.ts';

interface Mark {
  readonly encoded: number;
  readonly decoded: number;
}

export interface PartMap {
  /** Octets after decoding. */
  readonly length: number;
  /** Ascending, from the first octet to the end. */
  readonly marks: readonly Mark[];
}

/** Encoded octets, `end` not included, and how many decoded ones to leave out at the beginning of what they give. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly skip: number;
}

/** One range costs no more than twice that beside itself, and a part of 60 MB has 240 marks. */
const spacingBytes = 256 * 1024;

/** Octet by octet a decoder comes to rest soon, unless somebody takes care that it does not. */
const patientOctets = 16;
const impatientBytes = 4 * 1024;

const begin: Mark = { encoded: 0, decoded: 0 };

/** Takes the octets of a part as they come, cut anywhere. */
export class PartMapper {
  readonly #decoder: Decoder;
  readonly #marks: Mark[] = [begin];
  #last = begin;
  #encoded = 0;
  #decoded = 0;
  #overdue = 0;

  constructor(encoding: string) {
    this.#decoder = decoderFor(encoding);
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + this.#nextStep());
      this.#decoded += this.#decoder.push(piece).length;
      this.#encoded += piece.length;
      at += piece.length;
      if (this.#encoded - this.#last.encoded >= spacingBytes) this.#tryMark();
    }
  }

  end(): PartMap {
    this.#decoded += this.#decoder.flush().length;
    if (this.#encoded > this.#last.encoded) this.#mark();
    return { length: this.#decoded, marks: this.#marks };
  }

  #nextStep(): number {
    if (this.#overdue === 0) return spacingBytes - (this.#encoded - this.#last.encoded);
    return this.#overdue <= patientOctets ? 1 : impatientBytes;
  }

  #tryMark(): void {
    if (this.#decoder.isAtRest) this.#mark();
    else this.#overdue += 1;
  }

  #mark(): void {
    this.#last = { encoded: this.#encoded, decoded: this.#decoded };
    this.#marks.push(this.#last);
    this.#overdue = 0;
  }
}

/** For a part that is as it was meant: each octet stands for itself. */
export const plainMap = (length: number): PartMap => ({ length, marks: [] });

/** What to read for these octets. */
export function pieceOf({ marks }: PartMap, { first, last }: Extent): Piece {
  const from = marks.findLast(({ decoded }) => decoded <= first);
  const to = marks.find(({ decoded }) => decoded > last);
  if (from === undefined || to === undefined) return { start: first, end: last + 1, skip: 0 };
  return { start: from.encoded, end: to.encoded, skip: first - from.decoded };
}
