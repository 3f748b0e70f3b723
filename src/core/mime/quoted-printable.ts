/**
 * How does quoted-printable become bytes, however it is cut into chunks? (RFC 2045 §6.7)
 *
 * Byte exact: line ends stay as they came, bytes with the eighth bit stay too, and what is no valid escape is kept as it
 * stands. White space before a line end was added on the way and goes (rule 3).
 */
import { concat, noBytes, octet } from './bytes.ts';
import type { Decoder } from './transfer.ts';

/**
 * White space at the end of a line goes only if it is no longer than this. The RFC ends a line at 76 characters; a hostile run of
 * it is content, so that it is never held, and content wherever it is cut into chunks.
 */
const mostBlanks = 1024;

const noDigit = 255;
const digits = new Uint8Array(256).fill(noDigit);
for (let value = 0; value < 16; value++) {
  digits[value.toString(16).charCodeAt(0)] = value;
  digits[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

const isSpecial = new Uint8Array(256);
for (const byte of [octet.tab, octet.lf, octet.cr, octet.space, octet.equals]) isSpecial[byte] = 1;

export class QuotedPrintableDecoder implements Decoder {
  private carry: Uint8Array = noBytes;
  /** Inside a run of white space that is too long to go. */
  private isInLongRun = false;

  get isAtRest(): boolean {
    return this.carry.length === 0 && !this.isInLongRun;
  }

  push(chunk: Uint8Array): Uint8Array {
    const data = this.carry.length === 0 ? chunk : concat([this.carry, chunk]);
    const run = this.isInLongRun ? blanksAt(data, 0) : 0;
    const end = Math.max(run, decidedEnd(data));
    const decided = decode(data.subarray(run, end), false);
    if (end > run || run < data.length) this.isInLongRun = end === data.length && blanksBefore(data, end) > mostBlanks;
    this.carry = data.slice(end);
    return run === 0 ? decided : concat([data.subarray(0, run), decided]);
  }

  flush(): Uint8Array {
    const rest = this.carry;
    this.carry = noBytes;
    this.isInLongRun = false;
    return decode(rest, true);
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === octet.space || byte === octet.tab;
}

/** How many octets of white space there are from `at` on. */
function blanksAt(data: Uint8Array, at: number): number {
  let end = at;
  while (isBlank(data[end])) end++;
  return end - at;
}

/** And how many end at `end`, counted no further than it matters. */
function blanksBefore(data: Uint8Array, end: number): number {
  let start = end;
  while (end - start <= mostBlanks && isBlank(data[start - 1])) start--;
  return end - start;
}

/** Up to where the bytes mean the same whatever comes next: an escape may be cut, and white space be followed by a line end. */
function decidedEnd(data: Uint8Array): number {
  const { length } = data;
  const lineEnd = data[length - 1] === octet.cr ? length - 1 : length;
  const blanks = blanksBefore(data, lineEnd);
  if (blanks > mostBlanks) return length;
  const end = lineEnd - blanks;
  if (data[end - 1] === octet.equals) return end - 1;
  return end === length && data[end - 2] === octet.equals ? end - 2 : end;
}

function decode(data: Uint8Array, isLast: boolean): Uint8Array {
  const output = new Uint8Array(data.length);
  const length = data.length;
  let out = 0;
  /** Where the white space at the end of the output begins, or -1. */
  let blankFrom = -1;
  let at = 0;
  while (at < length) {
    const byte = data[at] ?? 0;
    if (isSpecial[byte] === 0) {
      output[out++] = byte;
      blankFrom = -1;
      at++;
    } else if (byte === octet.equals) {
      const high = digits[data[at + 1] ?? 0] ?? noDigit;
      const low = digits[data[at + 2] ?? 0] ?? noDigit;
      const isEscape = high !== noDigit && low !== noDigit;
      const next = isEscape ? at + 3 : softBreakEnd(data, at, isLast);
      if (isEscape) output[out++] = (high << 4) | low;
      else if (next < 0) output[out++] = byte;
      blankFrom = -1;
      at = next < 0 ? at + 1 : next;
    } else if (isBlank(byte)) {
      if (blankFrom < 0) blankFrom = out;
      output[out++] = byte;
      at++;
    } else {
      // A CR alone ends no line, so the white space before it is content.
      const isLineEnd = byte === octet.lf || data[at + 1] === octet.lf;
      if (isLineEnd && blankFrom >= 0 && out - blankFrom <= mostBlanks) out = blankFrom;
      output[out++] = byte;
      if (byte === octet.cr && data[at + 1] === octet.lf) output[out++] = data[++at] ?? 0;
      blankFrom = -1;
      at++;
    }
  }
  // The line end of the last line belongs to the boundary after it (RFC 2046 §5.1.1), so its white space ends a line too.
  return output.subarray(0, isLast && blankFrom >= 0 && out - blankFrom <= mostBlanks ? blankFrom : out);
}

/** Where the text goes on after a soft line break at `at`, or -1 when none is there. */
function softBreakEnd(data: Uint8Array, at: number, isLast: boolean): number {
  const blanks = blanksAt(data, at + 1);
  if (blanks > mostBlanks) return -1;
  let end = at + 1 + blanks;
  if (data[end] === octet.cr && (data[end + 1] === octet.lf || (isLast && end + 1 === data.length))) end++;
  if (data[end] === octet.lf) return end + 1;
  return isLast && end >= data.length ? end : -1;
}
