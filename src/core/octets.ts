/**
 * How do numbers become octets, and octets numbers again?
 *
 * Pure. What cannot be read throws Unreadable, which the readers of states turn into a value: somebody holds a state
 * of a version that is no longer read.
 */

export class Unreadable extends Error {}

export class OctetWriter {
  readonly #octets: number[] = [];

  octet(value: number): void {
    this.#octets.push(value & 0xff);
  }

  /** Seven bits an octet, the lowest first; the eighth says that more follow. */
  varint(value: number | bigint): void {
    let rest = BigInt(value);
    while (rest >= 0x80n) {
      this.octet(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.octet(Number(rest));
  }

  /** The same for a number that is no bigint, of which there may be many. */
  small(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.octet((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.octet(rest);
  }

  bytes(bytes: Uint8Array): void {
    for (const octet of bytes) this.#octets.push(octet);
  }

  get length(): number {
    return this.#octets.length;
  }

  whole(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#octets);
  }
}

export class OctetReader {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#octets.length;
  }

  octet(): number {
    const value = this.#octets[this.#at];
    if (value === undefined) throw new Unreadable();
    this.#at += 1;
    return value;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const octet = this.octet();
      value |= BigInt(octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    throw new Unreadable();
  }

  /** At most 32 bits, or as large as is said; `Number.MAX_SAFE_INTEGER` at most. */
  small(largest = 0xffffffff): number {
    let value = 0;
    for (let weight = 1; weight <= largest; weight *= 0x80) {
      const octet = this.octet();
      value += (octet & 0x7f) * weight;
      if (octet < 0x80 && value <= largest) return value;
      if (octet < 0x80) break;
    }
    throw new Unreadable();
  }

  bytes(length: number): Uint8Array {
    const bytes = this.#octets.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new Unreadable();
    this.#at += length;
    return bytes;
  }

  rest(): Uint8Array {
    return this.bytes(this.#octets.length - this.#at);
  }
}
