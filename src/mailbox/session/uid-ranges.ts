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

/** `3:5,9`; what is no range in it is null. */
export function rangesIn(set: string): (UidRange | null)[] {
  return set.split(',').map((range) => {
    const [, one = '', other = one] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(range) ?? [];
    const first = Math.min(Number(one), Number(other));
    const last = Math.max(Number(one), Number(other));
    return one === '' || first < 1 || last > highestUid ? null : { first, last };
  });
}

/** How many UIDs VANISHED names: `3:5,9` are four. `(EARLIER)` ones are not in the count of messages any more. */
export function vanishedIn({ attributes = [] }: ImapResponse): number {
  if (attributes.length !== 1) return 0;
  return rangesIn(textIn(attributes[0]) ?? '').reduce(
    (sum, range) => (range === null ? sum : sum + range.last - range.first + 1),
    0,
  );
}

/** By ascending UID, each one once, from `from` to `to`. */
export function* uidsIn(ranges: readonly UidRange[], from: number, to: number): Generator<number> {
  let next = from;
  for (const { first, last } of ranges.toSorted((one, other) => one.first - other.first)) {
    for (next = Math.max(next, first); next <= Math.min(last, to); next++) yield next;
  }
}
