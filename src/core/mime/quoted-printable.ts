/**
 * How does quoted-printable become bytes, however it is cut into chunks? (RFC 2045 §6.7)
 *
 * Byte exact: line ends stay as they came, bytes with the eighth bit stay too, and what is no valid escape is kept as it
 * stands. White space before a line end was added on the way and goes (rule 3).
 */
import { concat, noBytes, octet } from './bytes.ts';
import type { Decoder } from './transfer.ts';

/**
 * What the end of a chunk may leave undecided: an escape, or white space that a line end may follow. The RFC ends a line
 * at 76 characters; beyond this the white space is content, so that a hostile run of it is never held.
 */
const undecidedBytes = 1024;

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

  push(chunk: Uint8Array): Uint8Array {
    const data = this.carry.length === 0 ? chunk : concat([this.carry, chunk]);
    const end = decidedEnd(data);
    this.carry = data.slice(end);
    return decode(data.subarray(0, end), false);
  }

  flush(): Uint8Array {
    const rest = this.carry;
    this.carry = noBytes;
    return decode(rest, true);
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === octet.space || byte === octet.tab;
}

/** Up to where the bytes mean the same whatever comes next. */
function decidedEnd(data: Uint8Array): number {
  const lowest = Math.max(0, data.length - undecidedBytes);
  let end = data.length;
  while (end > lowest && (isBlank(data[end - 1]) || data[end - 1] === octet.cr)) end--;
  if (data[end - 1] === octet.equals) return end - 1;
  return end === data.length && data[end - 2] === octet.equals ? end - 2 : end;
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
      if (blankFrom >= 0 && (byte === octet.lf || data[at + 1] === octet.lf)) out = blankFrom;
      output[out++] = byte;
      if (byte === octet.cr && data[at + 1] === octet.lf) output[out++] = data[++at] ?? 0;
      blankFrom = -1;
      at++;
    }
  }
  // The line end of the last line belongs to the boundary after it (RFC 2046 §5.1.1), so its white space ends a line too.
  return output.subarray(0, isLast && blankFrom >= 0 ? blankFrom : out);
}

/** Where the text goes on after a soft line break at `at`, or -1 when none is there. */
function softBreakEnd(data: Uint8Array, at: number, isLast: boolean): number {
  let end = at + 1;
  while (isBlank(data[end])) end++;
  if (data[end] === octet.cr && (data[end + 1] === octet.lf || (isLast && end + 1 === data.length))) end++;
  if (data[end] === octet.lf) return end + 1;
  return isLast && end >= data.length ? end : -1;
}
