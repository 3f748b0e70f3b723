/**
 * Which messages of a maildrop have come, and which have gone, where only their names tell?
 *
 * When one of several with the same UIDL comes or goes, all of them are called otherwise (`maildrop/sync/state.ts`): those were there
 * before, and somebody may have been told of them. And where none of those that were known is left, a server may have given other names to
 * all. Pure.
 */
import type { MessageName } from '../../maildrop/rules.ts';
import type { Differences } from '../../maildrop/sync/differences.ts';

export interface Arrivals<T> {
  /** In the order of the maildrop. */
  readonly come: readonly T[];
  /** As far as they have names. */
  readonly gone: readonly MessageName[];
  /** How many names are gone, known or not. */
  readonly goneCount: number;
  /** Whether none of several that were known is left while others are there: these may be the same under other names. */
  readonly mayBeRenamed: boolean;
}

/** Who had fewer may well have taken them all. */
const several = 3;

/** `total`: how many messages there are. */
export function arrivalsIn<T extends MessageName>(
  { created, destroyed, destroyedCount }: Differences<T>,
  total: number,
): Arrivals<T> {
  const were = countsIn(destroyed ?? []);
  const are = countsIn(created);
  const isOfBefore = amongFirst((uidl) => were(uidl));
  const isMissing = amongFirst((uidl) => were(uidl) - are(uidl));
  // Of those with one UIDL the last have come: servers put new mail at the end.
  const come = created.filter((name) => !isOfBefore(name));
  const gone = (destroyed ?? []).filter(isMissing);
  const mayBeRenamed = created.length === total && destroyedCount >= several && come.length > 0;
  return { come, gone, goneCount: destroyedCount, mayBeRenamed };
}

/** Whether a name is among the first so many with its UIDL, of those that are asked about one after the other. */
function amongFirst(mostOf: (uidl: string) => number): (name: MessageName) => boolean {
  const met = new Map<string, number>();
  return ({ uidl }) => {
    const count = (met.get(uidl) ?? 0) + 1;
    met.set(uidl, count);
    return count <= mostOf(uidl);
  };
}

function countsIn(names: readonly MessageName[]): (uidl: string) => number {
  const counts = new Map<string, number>();
  for (const { uidl } of names) counts.set(uidl, (counts.get(uidl) ?? 0) + 1);
  return (uidl) => counts.get(uidl) ?? 0;
}
