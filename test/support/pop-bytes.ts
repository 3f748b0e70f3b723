/**
 * A multi-line reply as RFC 1939 §3 writes it, messages that are hard to write so, and ways to cut it into packets.
 *
 * Knows nothing of the code under test: it works on whole buffers and whole lines, where that works on a stream.
 */
import { expect } from 'vitest';
import type { Random } from './random.ts';

const crlf = Buffer.from('\r\n');
const dot = Buffer.from('.');

/** The lines of `bytes`, each without its CRLF; what follows the last CRLF is the last of them. */
export function linesBetweenCrlf(bytes: Uint8Array): Buffer[] {
  const whole = Buffer.from(bytes);
  const lines: Buffer[] = [];
  let from = 0;
  for (let at = whole.indexOf(crlf); at >= 0; at = whole.indexOf(crlf, from)) {
    lines.push(whole.subarray(from, at));
    from = at + 2;
  }
  return [...lines, whole.subarray(from)];
}

/** What a server sends after `+OK` for this message: it finishes an unfinished last line, as it has no other way. */
export function multiLine(message: Uint8Array): Buffer {
  const lines = linesBetweenCrlf(asSent(message)).slice(0, -1);
  const stuffed = lines.flatMap((line) => (line[0] === 0x2e ? [dot, line, crlf] : [line, crlf]));
  return Buffer.concat([...stuffed, dot, crlf]);
}

/** The message that such a reply carries. */
export function asSent(message: Uint8Array): Buffer {
  const bytes = Buffer.from(message);
  const isFinished = bytes.length === 0 || bytes.subarray(-2).equals(crlf);
  return isFinished ? bytes : Buffer.concat([bytes, crlf]);
}

/** Made of what framing can stumble over: dots, line ends and halves of them, 8-bit bytes, NUL. */
export function trickyMessage(random: Random): Buffer {
  const piece = (): Buffer =>
    random.pick<() => Buffer>([
      () => crlf,
      () => crlf,
      () => dot,
      () => Buffer.from('\r\n.'),
      () => Buffer.from('\r\n..'),
      () => Buffer.from('\r\n.\r\n'),
      () => Buffer.from('\n'),
      () => Buffer.from('\r'),
      () => Buffer.from('\r\r\n.'),
      () => Buffer.from('.\r'),
      () => Buffer.from('\n.\n'),
      () => Buffer.from('\0'),
      () => Buffer.from('+OK'),
      () => Buffer.from('-ERR \r\n'),
      () => random.bytes(1 + random.below(12)),
      () => Buffer.from('Subject: words of a message\r\n'),
    ])();
  const pieces = random.chance(0.02) ? 0 : 1 + random.below(random.chance(0.1) ? 120 : 16);
  const message = Buffer.concat(Array.from({ length: pieces }, piece));
  return random.chance(0.5) ? asSent(message) : message;
}

/** `bytes` in packets: one byte each, cut around every dot and line end, or of random sizes. */
export function packetsOf(bytes: Uint8Array, random: Random): Uint8Array[] {
  const isTricky = (at: number): boolean => [0x0d, 0x0a, 0x2e].includes(bytes[at] ?? 0);
  const endsAt = random.pick<(at: number) => boolean>([
    () => true,
    (at) => isTricky(at) || isTricky(at - 1),
    (at) => isTricky(at) && random.chance(0.5),
    () => random.chance(0.02),
    () => random.chance(0.3),
    // The terminator, or a part of it, in a packet of its own.
    (at) => at === bytes.length - 1 - random.below(5),
    (at) => at === bytes.length - 3,
    () => false,
  ]);
  return cutAt(
    bytes,
    [...bytes.keys()].filter((at) => at > 0 && endsAt(at)),
  );
}

/** `bytes` cut before each of these offsets, which ascend. */
export function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const ends = [...offsets, bytes.length];
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

/** Tells of two buffers no more than where they differ first. */
export function expectSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  const same = Buffer.compare(actual, expected) === 0;
  if (!same) expect(Buffer.from(actual).toString('latin1'), what).toBe(Buffer.from(expected).toString('latin1'));
}
