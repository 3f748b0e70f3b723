/**
 * Does a client that takes changes page by page come to have what the mailbox has, while that goes on changing?
 */
import { expect, it } from 'vitest';
import type { Uid } from '../../../src/mailbox/answers.ts';
import { type Change, cutOf, knownSince, pageOf } from '../../../src/mailbox/sync/page.ts';
import type { Moment } from '../../../src/mailbox/sync/state.ts';
import { type Random, seeded } from '../../support/random.ts';

/** A mailbox of which nothing is ever removed: each message has the MODSEQ of its last change. */
class Flags {
  readonly modseqs = new Map<Uid, bigint>();
  highest = 0n;

  change(uid: Uid): void {
    this.highest += 1n;
    this.modseqs.set(uid, this.highest);
  }

  since(moment: Moment): Change[] {
    return [...this.modseqs]
      .filter(([uid, modseq]) => modseq > knownSince(moment, uid))
      .map(([uid]): Change => ({ uid, kind: 'updated' }))
      .sort((one, other) => one.uid - other.uid);
  }
}

const anyUid = (random: Random): Uid => (1 + random.below(60)) as Uid;

it.each([1, 2, 3, 4, 5, 6, 7, 8])('ends with all of it, and ends, when it changes between the pages (%i)', (seed) => {
  const random = seeded(seed);
  const flags = new Flags();
  for (let uid = 1; uid <= 60; uid++) flags.change(uid as Uid);
  let moment: Moment = { modseq: 0n, upTo: null };
  const held = new Map<Uid, bigint>();
  for (let round = 0; round < 400; round++) {
    for (let count = random.below(6); count > 0; count--) flags.change(anyUid(random));
    const most = 1 + random.below(12);
    // The mailbox is quiet now and then, and then it takes no more than twice as many answers as it has pages.
    const isQuiet = random.chance(0.1);
    const pages = isQuiet ? Math.ceil(60 / most) * 2 + 2 : 1;
    let hasMore = true;
    for (let page = 0; page < pages && hasMore; page++) {
      const all = flags.since(moment);
      const cut = cutOf(moment);
      const told = pageOf(
        moment,
        flags.highest,
        all.filter(({ uid }) => uid > cut),
        all.filter(({ uid }) => uid <= cut),
        most,
      );
      expect(told.changes.length).toBeLessThanOrEqual(most);
      for (const { uid } of told.changes) held.set(uid, flags.modseqs.get(uid) ?? 0n);
      ({ moment } = told);
      hasMore = told.hasMoreChanges;
    }
    if (isQuiet) expect(hasMore).toBe(false);
    if (!hasMore) expect(held).toEqual(flags.modseqs);
  }
});

it('says that there is more exactly when something is left', () => {
  const moment: Moment = { modseq: 5n, upTo: null };
  const changes = ([3, 4, 7] as Uid[]).map((uid): Change => ({ uid, kind: 'updated' }));
  expect(pageOf(moment, 9n, changes, [], 3)).toMatchObject({
    hasMoreChanges: false,
    moment: { modseq: 9n, upTo: null },
  });
  const cut = { modseq: 5n, upTo: { uid: 4, modseq: 9n } };
  expect(pageOf(moment, 9n, changes, [], 2)).toMatchObject({ hasMoreChanges: true, moment: cut, isAheadTold: false });
});
