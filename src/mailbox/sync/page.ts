/**
 * Which changes are told now, which are left for later, and what is known then?
 *
 * An answer that is cut leaves two moments: up to the UID where it was cut all is known since now, and above it since the
 * moment before. What follows goes on above the cut. Each page ends with more known than before, so that there is an end also when
 * the mailbox goes on changing; what has changed in between may be told twice, and nothing is left out. Pure.
 */
import type { Uid } from '../answers.ts';
import type { Difference } from './differences.ts';
import { absent } from './mark.ts';
import type { Moment } from './state.ts';

export interface Change {
  readonly uid: Uid;
  readonly kind: 'created' | 'updated' | 'destroyed';
}

export interface Page {
  /** By ascending UID, those behind an earlier cut last. */
  readonly changes: readonly Change[];
  readonly moment: Moment;
  readonly hasMoreChanges: boolean;
  /** Whether all that was above the cut has been told. */
  readonly isAheadTold: boolean;
}

/** The UID up to which an earlier answer went. */
export const cutOf = ({ upTo }: Moment): number => upTo?.uid ?? 0;

/** Since when the flags of this message are known. */
export const knownSince = ({ modseq, upTo }: Moment, uid: Uid): bigint =>
  upTo !== null && uid <= upTo.uid ? upTo.modseq : modseq;

/**
 * `ahead` are the changes above the cut and `behind` those up to it, each by ascending UID and, where they are more than
 * `most`, at least one more than that of the lowest. `now` is a MODSEQ since which nothing is missing from them.
 */
export function pageOf(
  { modseq, upTo }: Moment,
  now: bigint,
  ahead: readonly Change[],
  behind: readonly Change[],
  most: number,
): Page {
  if (ahead.length + behind.length <= most) {
    const moment = { modseq: now, upTo: null };
    return { changes: [...ahead, ...behind], moment, hasMoreChanges: false, isAheadTold: true };
  }
  const last = ahead[most - 1];
  if (ahead.length > most && last !== undefined) {
    const moment = { modseq, upTo: { uid: last.uid, modseq: upTo?.modseq ?? now } };
    return { changes: ahead.slice(0, most), moment, hasMoreChanges: true, isAheadTold: false };
  }
  // All above the cut is known since now, and so at least since the moment of what is below it, from where it begins anew.
  const next = behind.slice(0, most - ahead.length);
  const end = next.at(-1);
  const moment = {
    modseq: upTo?.modseq ?? modseq,
    upTo: end === undefined ? null : { uid: end.uid, modseq: now },
  };
  return { changes: [...ahead, ...next], moment, hasMoreChanges: true, isAheadTold: true };
}

export const changeOf = ({ uid, before, after }: Difference): Change => ({
  uid,
  kind: before === absent ? 'created' : after === absent ? 'destroyed' : 'updated',
});
