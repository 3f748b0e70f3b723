/**
 * Which UIDs does a set name that a server sent? (RFC 9051 §9, `uid-set`)
 *
 * As ranges: a set of ten octets can name all UIDs that there are. Pure.
 */
import type { ImapResponse } from './imapflow.ts';
import { textIn } from './token-values.ts';

export interface UidRange {
  readonly first: number;
  readonly last: number;
}

const highestUid = 0xffffffff;

/** RFC 9051 §9, `nz-number` */
export const isUid = (number: number): boolean => Number.isInteger(number) && number >= 1 && number <= highestUid;

/** `3:5,9`, one after the other, as a line may have a million of them; what is no range is null. */
export function* rangesIn(set: string): Generator<UidRange | null> {
  for (let from = 0, to = 0; to < set.length; from = to + 1) {
    const comma = set.indexOf(',', from);
    to = comma < 0 ? set.length : comma;
    yield rangeIn(set.slice(from, to));
  }
}

function rangeIn(text: string): UidRange | null {
  const [, one = '', other = one] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text) ?? [];
  const first = Math.min(Number(one), Number(other));
  const last = Math.max(Number(one), Number(other));
  return one === '' || first < 1 || last > highestUid ? null : { first, last };
}

/** How many UIDs VANISHED names: `3:5,9` are four. `(EARLIER)` ones are not in the count of messages any more. */
export function vanishedIn({ attributes = [] }: ImapResponse): number {
  if (attributes.length !== 1) return 0;
  let count = 0;
  for (const range of rangesIn(textIn(attributes[0]) ?? '')) {
    if (range !== null) count += range.last - range.first + 1;
  }
  return count;
}

/** By ascending UID, each one once, from `from` to `to`. */
export function* uidsIn(ranges: readonly UidRange[], from: number, to: number): Generator<number> {
  let next = from;
  for (const { first, last } of ranges.toSorted((one, other) => one.first - other.first)) {
    for (next = Math.max(next, first); next <= Math.min(last, to); next++) yield next;
  }
}

/** Those of `uids` that the ranges name. */
export function namedIn<Uid extends number>(ranges: readonly UidRange[], uids: Iterable<Uid>): ReadonlySet<Uid> {
  const ascending = ranges.toSorted((one, other) => one.first - other.first);
  const named = new Set<Uid>();
  let at = 0;
  let last = 0;
  for (const uid of [...uids].sort((one, other) => one - other)) {
    for (let range = ascending[at]; range !== undefined && range.first <= uid; range = ascending[++at]) {
      last = Math.max(last, range.last);
    }
    if (uid <= last) named.add(uid);
  }
  return named;
}
