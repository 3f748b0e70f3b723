/**
 * Which messages have come, changed or gone between two sets of them?
 *
 * Pure. A set has the mark of each message (`mark.ts`) by its UID.
 */
import type { Uid } from '../answers.ts';
import { absent } from './mark.ts';

export type MarkedMessages = ReadonlyMap<Uid, number>;

export interface Difference {
  readonly uid: Uid;
  /** `absent` for one that was not there. */
  readonly before: number;
  /** `absent` for one that is not there any more. */
  readonly after: number;
}

/** In ascending order. */
export function differencesBetween(before: MarkedMessages, after: MarkedMessages): Difference[] {
  const differences: Difference[] = [];
  for (const [uid, mark] of after) {
    const old = before.get(uid) ?? absent;
    if (old !== mark) differences.push({ uid, before: old, after: mark });
  }
  for (const [uid, mark] of before) if (!after.has(uid)) differences.push({ uid, before: mark, after: absent });
  return ascending(differences);
}

export const ascending = <T extends { readonly uid: Uid }>(list: readonly T[]): T[] =>
  list.toSorted((one, other) => one.uid - other.uid);

/** The set before `differences` came about. */
export function without(after: MarkedMessages, differences: readonly Difference[]): Map<Uid, number> {
  const before = new Map(after);
  for (const difference of differences) {
    if (difference.before === absent) before.delete(difference.uid);
    else before.set(difference.uid, difference.before);
  }
  return before;
}
