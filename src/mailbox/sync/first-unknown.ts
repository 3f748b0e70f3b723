/**
 * Which messages does a state not know yet?
 *
 * Pure.
 */
import type { Uid } from '../answers.ts';
import type { KnownMessages } from './known-messages.ts';
import { cutOf } from './page.ts';
import type { State } from './state.ts';

/** The lowest UID that is new to it; one that has been told of since, by an answer that was cut, is not. */
export function firstUnknownUid(state: State): number {
  switch (state.kind) {
    case 'qresync':
      return Math.max(state.uidNext, cutOf(state.moment) + 1);
    case 'condstore':
    case 'plain':
      return highestIn(state.known) + 1;
  }
}

function highestIn(known: KnownMessages): number {
  if (known.form === 'sketch') return known.highest;
  let highest = 0 as Uid;
  for (const uid of known.messages.keys()) if (uid > highest) highest = uid;
  return highest;
}
