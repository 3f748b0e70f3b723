/**
 * How is it known again which messages there were, where their names are too many and too random to be written down?
 *
 * By a fingerprint each: the first bits of SHA-256 over a random salt and the name, as many as there is room for, and of all
 * together 128 other bits of the same hashes. No two names of a set have the same fingerprint. Ascending, the steps from one to the next are
 * written as Golomb-Rice codes, which is within half a bit of the least that such a set takes (docs/sync.md). Pure but for
 * the salt.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { OctetReader, OctetWriter } from '../../core/octets.ts';
import { BitReader, BitWriter } from './bits.ts';

const saltBytes = 16;
const sumBytes = 16;
const mostBits = 64;

/** With a salt each. Two names of a set meet with a chance below one in a thousand, so that they never come to this. */
const mostAttempts = 20;

/** How the steps are coded: so many bits as they are, and what is above them in ones. */
interface Code {
  readonly width: number;
  readonly low: number;
  /** What all fingerprints take at most. */
  readonly bits: number;
}

export interface Fingerprints {
  readonly width: number;
  readonly salt: Uint8Array;
  readonly sum: Uint8Array;
  readonly prints: ReadonlySet<bigint>;
}

export interface Printed {
  readonly print: bigint;
  /** What it adds to the sum of a set. */
  readonly share: Uint8Array;
}

/** Of names of which none is there twice, in so many octets and some more. */
export function writeFingerprints(octets: OctetWriter, names: readonly string[], mostOctets: number): void {
  const code = codeFor(names.length, mostOctets * 8);
  const { salt, sum, prints } = fingerprintsOf(names, code.width);
  octets.small(names.length);
  octets.octet(code.width);
  octets.octet(code.low);
  octets.bytes(salt);
  octets.bytes(sum);
  const bits = new BitWriter(code.bits);
  let last = 0n;
  for (const print of BigUint64Array.from(prints).sort()) {
    const step = print - last;
    for (let ones = Number(step >> BigInt(code.low)); ones > 0; ones--) bits.bit(1);
    bits.bit(0);
    bits.bits(step, code.low);
    last = print;
  }
  octets.bytes(bits.whole());
}

/** Throws Unreadable. */
export function readFingerprints(octets: OctetReader): Fingerprints {
  const count = octets.small();
  const width = octets.octet();
  const low = octets.octet();
  const salt = octets.bytes(saltBytes);
  const sum = octets.bytes(sumBytes);
  const bits = new BitReader(octets.rest());
  const prints = new Set<bigint>();
  let last = 0n;
  while (prints.size < count) {
    let high = 0n;
    while (bits.bit() === 1) high += 1n;
    last += (high << BigInt(low)) | bits.bits(low);
    prints.add(last);
  }
  return { width, salt, sum, prints };
}

export function printed(name: string, { salt, width }: Pick<Fingerprints, 'salt' | 'width'>): Printed {
  const digest = createHash('sha256').update(salt).update(name).digest();
  return { print: digest.readBigUInt64BE() >> BigInt(mostBits - width), share: digest.subarray(8, 8 + sumBytes) };
}

export function sumOf(shares: Iterable<Uint8Array>): Uint8Array {
  const sum = new Uint8Array(sumBytes);
  for (const share of shares) for (let at = 0; at < sumBytes; at++) sum[at] = (sum[at] ?? 0) ^ (share[at] ?? 0);
  return sum;
}

function fingerprintsOf(names: readonly string[], width: number): Fingerprints {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const salt = randomBytes(saltBytes);
    const all = names.map((name) => printed(name, { salt, width }));
    const prints = new Set(all.map(({ print }) => print));
    if (prints.size === names.length) return { width, salt, sum: sumOf(all.map(({ share }) => share)), prints };
  }
  throw new Error('No salt keeps the names apart');
}

/** The widest that fits for certain: the ones of all steps together are no more than the highest fingerprint has. */
function codeFor(count: number, mostTotal: number): Code {
  for (let width = mostBits; ; width--) {
    const low = Math.max(0, Math.floor(width - Math.log2(count)));
    for (const choice of [low, low - 1]) {
      const bits = count * (choice + 1) + 2 ** (width - choice);
      if (choice >= 0 && bits <= mostTotal) return { width, low: choice, bits };
    }
    if (width === 0) throw new Error('No room for fingerprints');
  }
}
