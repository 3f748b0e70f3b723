/**
 * How does base64 become bytes, however it is cut into chunks? (RFC 2045 §6.8)
 *
 * Mail is not strict: characters outside the alphabet are ignored, as the RFC demands, and padding ends the group it
 * stands in wherever it comes, so that two base64 texts one after the other decode to both, and none is needed at all.
 */
import type { Decoder } from './transfer.ts';

const junk = 64;
const padding = 65;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const sextets = new Uint8Array(256).fill(junk);
for (let value = 0; value < alphabet.length; value++) sextets[alphabet.charCodeAt(value)] = value;
sextets['='.charCodeAt(0)] = padding;

const isSextet = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) isSextet[byte] = (sextets[byte] ?? junk) < junk ? 1 : 0;

export class Base64Decoder implements Decoder {
  /** The group under way: how many characters of it came, and their bits. */
  private count = 0;
  private bits = 0;

  get isAtRest(): boolean {
    return this.count === 0;
  }

  push(input: Uint8Array): Uint8Array {
    const output = new Uint8Array(Math.ceil((input.length + this.count) / 4) * 3);
    const length = input.length;
    let { count, bits } = this;
    let out = 0;
    let at = 0;
    while (at < length) {
      if (count === 0 && at + 4 <= length) {
        // Four characters of the alphabet at once: nearly all of every real body goes this way.
        const a = sextets[input[at] ?? 0] ?? junk;
        const b = sextets[input[at + 1] ?? 0] ?? junk;
        const c = sextets[input[at + 2] ?? 0] ?? junk;
        const d = sextets[input[at + 3] ?? 0] ?? junk;
        if ((a | b | c | d) < junk) {
          output[out] = (a << 2) | (b >> 4);
          output[out + 1] = (b << 4) | (c >> 2);
          output[out + 2] = (c << 6) | d;
          out += 3;
          at += 4;
          continue;
        }
      }
      const value = sextets[input[at++] ?? 0] ?? junk;
      if (value < junk) {
        bits = (bits << 6) | value;
        if (++count === 4) {
          output[out++] = bits >> 16;
          output[out++] = bits >> 8;
          output[out++] = bits;
          count = bits = 0;
        }
      } else if (value === padding) {
        out = endGroup(output, out, count, bits);
        count = bits = 0;
      }
    }
    this.count = count;
    this.bits = bits;
    return output.subarray(0, out);
  }

  flush(): Uint8Array {
    const output = new Uint8Array(2);
    const length = endGroup(output, 0, this.count, this.bits);
    this.count = this.bits = 0;
    return output.subarray(0, length);
  }
}

/** Two characters carry one whole byte and three carry two; one alone carries none. */
function endGroup(output: Uint8Array, at: number, count: number, bits: number): number {
  if (count === 2) output[at++] = bits >> 4;
  if (count === 3) {
    output[at++] = bits >> 10;
    output[at++] = bits >> 2;
  }
  return at;
}

/** Counts what `Base64Decoder` would give, without making it: a large attachment is only measured, not read. */
export class Base64Counter {
  private bytes = 0;
  private sextets = 0;

  push(input: Uint8Array): void {
    let from = 0;
    while (from < input.length) {
      const end = input.indexOf(0x3d, from);
      const until = end < 0 ? input.length : end;
      let sextetCount = 0;
      for (let at = from; at < until; at++) sextetCount += isSextet[input[at] ?? 0] ?? 0;
      this.sextets += sextetCount;
      if (end >= 0) this.endRun();
      from = until + 1;
    }
  }

  total(): number {
    this.endRun();
    return this.bytes;
  }

  private endRun(): void {
    this.bytes += Math.floor((this.sextets * 3) / 4);
    this.sextets = 0;
  }
}
