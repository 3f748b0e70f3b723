/**
 * Which messages of a maildrop have come, and which have gone, since a state?
 *
 * Pure.
 */
import { type MessageName, withOccurrences } from '../rules.ts';
import { type Fingerprints, printed, sumOf } from './fingerprints.ts';
import { nameFrom, stateFrom, textOf } from './state.ts';

export interface Differences<T> {
  /** In the order of the maildrop. */
  readonly created: readonly T[];
  /** Null where the state has no names of what has gone. */
  readonly destroyed: readonly MessageName[] | null;
  readonly destroyedCount: number;
}

/** From a state to these messages; null when that cannot be told. */
export function differencesSince<T extends MessageName>(
  octets: Uint8Array,
  messages: readonly T[],
): Differences<T> | null {
  const state = stateFrom(octets);
  if (state === null) return null;
  return state.kind === 'exact' ? named(state.names, messages) : recognised(state.known, messages);
}

/** Those that the state does not know, in order; null when that cannot be told. */
export async function newSince<T extends { readonly uidl: string }>(
  state: Uint8Array,
  messages: readonly T[],
): Promise<readonly T[] | null> {
  const all = withOccurrences(messages.map((message) => ({ uidl: message.uidl, message })));
  return differencesSince(state, all)?.created.map(({ message }) => message) ?? null;
}

function named<T extends MessageName>(known: ReadonlySet<string>, messages: readonly T[]): Differences<T> {
  const texts = messages.map(textOf);
  const present = new Set(texts);
  const destroyed = [...known].filter((text) => !present.has(text)).map(nameFrom);
  const created = messages.filter((_, index) => !known.has(texts[index] ?? ''));
  return { created, destroyed, destroyedCount: destroyed.length };
}

/**
 * A new message whose fingerprint is that of one which has gone would be taken for it. With so many new and so many gone that happens
 * with a chance of their product in 2^width; where that is more than one in 2^24, it is not told at all.
 */
const doubtBits = 24;

/**
 * Nor is it where two messages are taken for one that was known, or where nothing has gone and their sum is another: then one of them
 * is new for certain.
 */
function recognised<T extends MessageName>(known: Fingerprints, messages: readonly T[]): Differences<T> | null {
  const created: T[] = [];
  const met = new Set<bigint>();
  const shares: Uint8Array[] = [];
  for (const message of messages) {
    const { print, share } = printed(textOf(message), known);
    if (met.has(print)) return null;
    if (!known.prints.has(print)) {
      created.push(message);
      continue;
    }
    met.add(print);
    shares.push(share);
  }
  const destroyedCount = known.prints.size - met.size;
  if (created.length * destroyedCount > 2 ** (known.width - doubtBits)) return null;
  if (destroyedCount === 0 && !isSame(sumOf(shares), known.sum)) return null;
  return { created, destroyed: destroyedCount === 0 ? [] : null, destroyedCount };
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((octet, at) => octet === other[at]);
