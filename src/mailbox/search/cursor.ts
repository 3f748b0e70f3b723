/**
 * Where does the next page of a search begin?
 *
 * A cursor names the last messages of the page before, so that it stays right while mail comes and goes: in the order of arrival the
 * last one is enough, whether or not it is still there; in any other order the next page begins behind the last of them that is.
 * It belongs to one search in one order.
 */
import { createHash } from 'node:crypto';
import type { Uid } from '../answers.ts';
import type { Condition } from './condition.ts';
import { type Sort, sortText } from './sort.ts';

export interface Place {
  readonly uidValidity: number;
  /** In the order of the pages; never empty. */
  readonly seen: readonly Uid[];
}

/** All of these would have to be expunged between two pages for a cursor to be lost. */
export const mostSeen = 32;

/** `mailboxes`: as they were named, where that is part of the search. */
export const searchDigest = (condition: Condition, sort: Sort, mailboxes = ''): string =>
  createHash('sha256')
    .update(JSON.stringify([condition, sortText(sort), mailboxes]))
    .digest('base64url')
    .slice(0, 12);

export const cursorOf = ({ uidValidity, seen }: Place, digest: string): string =>
  `${uidValidity}.${seen.join('-')}.${digest}`;

/** Null when it is no cursor, or that of another search. */
export function placeOf(cursor: string, digest: string): Place | null {
  const [, validity = '', list = '', told] =
    /^(0|[1-9]\d{0,9})\.([1-9]\d{0,9}(?:-[1-9]\d{0,9}){0,31})\.([\w-]{12})$/.exec(cursor) ?? [];
  if (told !== digest) return null;
  const place = { uidValidity: Number(validity), seen: list.split('-').map((uid) => Number(uid) as Uid) };
  const isPossible = [place.uidValidity, ...place.seen].every((number) => number <= 0xffffffff);
  return isPossible ? place : null;
}
