/**
 * How do numbers become bits without a gap between them, and bits numbers again?
 *
 * The highest bit first. Pure.
 */
import { Unreadable } from '../../core/octets.ts';

export class BitWriter {
  readonly #octets: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(bits: number) {
    this.#octets = new Uint8Array(Math.ceil(bits / 8));
  }

  bit(value: number): void {
    const place = this.#at >> 3;
    this.#octets[place] = (this.#octets[place] ?? 0) | (value << (7 - (this.#at & 7)));
    this.#at += 1;
  }

  /** The lowest `width` bits. */
  bits(value: bigint, width: number): void {
    for (let left = width; left > 0; left -= 32) {
      const most = Math.min(left, 32);
      const part = Number(BigInt.asUintN(32, value >> BigInt(left - most)));
      for (let shift = most - 1; shift >= 0; shift--) this.bit((part >>> shift) & 1);
    }
  }

  whole(): Uint8Array<ArrayBuffer> {
    return this.#octets.slice(0, Math.ceil(this.#at / 8));
  }
}

export class BitReader {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  bit(): number {
    const octet = this.#octets[this.#at >> 3];
    if (octet === undefined) throw new Unreadable();
    const bit = (octet >> (7 - (this.#at & 7))) & 1;
    this.#at += 1;
    return bit;
  }

  bits(width: number): bigint {
    let value = 0n;
    for (let left = width; left > 0; left -= 32) {
      const most = Math.min(left, 32);
      let part = 0;
      for (let count = 0; count < most; count++) part = part * 2 + this.bit();
      value = (value << BigInt(most)) | BigInt(part);
    }
    return value;
  }
}
