/**
 * Which conversations does an answer to THREAD tell of? (RFC 5256 §4)
 *
 * `* THREAD (2)(3 6 (4 23)(44 7 96))`: each of the outermost lists is one. Who answers whom inside is not kept. Read here,
 * octet by octet, because it nests as deep as those who write mail want it to. Pure.
 */
import type { Uid } from '../answers.ts';

const open = 0x28;
const close = 0x29;
const blanks: readonly number[] = [0x20, 0x0d, 0x0a];

/** RFC 9051 §9, `nz-number` */
const highestUid = 0xffffffff;

/** The UIDs of each conversation, ascending; null for what is no such answer. A UID that stands twice counts once. */
export function threadsIn(line: Uint8Array): Uid[][] | null {
  const head = /^\* THREAD(?=[ (\r\n]|$)/i.exec(String.fromCharCode(...line.subarray(0, 10)));
  if (head === null) return null;
  const threads: Uid[][] = [];
  const seen = new Set<number>();
  let thread: Uid[] = [];
  let depth = 0;
  let number = 0;
  for (let at = head[0].length; at < line.length; at++) {
    const octet = line[at] ?? 0;
    const digit = octet - 0x30;
    if (digit >= 0 && digit <= 9 && depth > 0) {
      number = number * 10 + digit;
      if (number === 0 || number > highestUid) return null;
      continue;
    }
    if (number > 0 && !seen.has(number)) {
      seen.add(number);
      thread.push(number as Uid);
    }
    number = 0;
    if (octet === open) depth += 1;
    else if (octet === close) depth -= 1;
    else if (!blanks.includes(octet)) return null;
    if (depth < 0) return null;
    if (depth === 0 && thread.length > 0) {
      threads.push(thread.sort((one, other) => one - other));
      thread = [];
    }
  }
  return depth === 0 ? threads : null;
}
