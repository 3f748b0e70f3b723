/**
 * What is told of what has changed, and what is the new state?
 *
 * Pure. What does not fit into one answer stays as it was in the new state: the next answer goes on where this one ends.
 */
import type { MaildropChanges } from '../answers.ts';
import type { MessageName } from '../rules.ts';
import { differencesSince } from './differences.ts';
import { octetsOf } from './state.ts';

export const unchanged = (newState: Uint8Array): MaildropChanges => ({
  newState,
  hasMoreChanges: false,
  created: [],
  destroyed: [],
  destroyedCount: 0,
});

/** From a state to these messages; null when that cannot be told. */
export function changesSince(
  since: Uint8Array,
  messages: readonly MessageName[],
  maxChanges: number,
): MaildropChanges | null {
  const differences = differencesSince(since, messages);
  if (differences === null) return null;
  const { created, destroyed, destroyedCount } = differences;
  if (created.length + destroyedCount === 0) return unchanged(since);
  const gone = destroyed?.slice(0, maxChanges) ?? null;
  const come = created.slice(0, maxChanges - (gone?.length ?? 0));
  const goneLater = destroyed?.slice(maxChanges) ?? [];
  const comeLater = new Set(created.slice(come.length));
  return {
    newState: octetsOf([...messages.filter((message) => !comeLater.has(message)), ...goneLater]),
    hasMoreChanges: comeLater.size + goneLater.length > 0,
    created: come.map(nameOnly),
    destroyed: gone,
    destroyedCount: gone?.length ?? destroyedCount,
  };
}

export const hasChanges = ({ created, destroyedCount }: MaildropChanges): boolean =>
  created.length + destroyedCount > 0;

/** A message may have more about it than is told. */
const nameOnly = ({ uidl, occurrence }: MessageName): MessageName => ({ uidl, occurrence });
