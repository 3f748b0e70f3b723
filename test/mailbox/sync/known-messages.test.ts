/**
 * Is it told exactly what has changed in a set of messages that fits into some kilobytes, or nothing at all?
 */
import { describe, expect, it } from 'vitest';
import { OctetReader, OctetWriter } from '../../../src/core/octets.ts';
import type { Uid } from '../../../src/mailbox/answers.ts';
import { differencesBetween, type MarkedMessages } from '../../../src/mailbox/sync/differences.ts';
import {
  differencesSince,
  type KnownMessages,
  readKnown,
  writeKnown,
} from '../../../src/mailbox/sync/known-messages.ts';
import { markOf } from '../../../src/mailbox/sync/mark.ts';
import { type Random, seeded } from '../../support/random.ts';

type Messages = Map<Uid, number>;

function written(messages: MarkedMessages): Uint8Array {
  const octets = new OctetWriter();
  writeKnown(octets, messages);
  return octets.whole();
}

const known = (messages: MarkedMessages): KnownMessages => readKnown(new OctetReader(written(messages)));

/** What a text of base64url has for these octets, the head of a state and its signature. */
const textLength = (octets: Uint8Array): number => Math.ceil(((octets.length + 50) * 4) / 3);

interface Kind {
  /** How far apart UIDs are at most. */
  readonly gap: number;
  readonly marks: (random: Random, place: number) => number;
}

const allSeen: Kind = { gap: 1, marks: () => markOf(['\\Seen']) };

/** Of a mailbox that somebody lives in: the newest tenth is unread in part, some are flagged, one in thirty is gone. */
const livedIn: Kind = {
  gap: 1,
  marks: (random, place) =>
    markOf([
      ...(random.chance(place > 0.9 ? 0.6 : 0.98) ? ['\\Seen'] : []),
      ...(random.chance(0.15) ? ['\\Answered'] : []),
      ...(random.chance(0.01) ? ['\\Flagged'] : []),
      ...(random.chance(0.02) ? ['$Forwarded'] : []),
    ]),
};

const worst: Kind = { gap: 40_000, marks: (random) => 1 + random.below(4_294_967_290) };

function messagesOf(random: Random, count: number, { gap, marks }: Kind): Messages {
  const messages: Messages = new Map();
  let uid = 0;
  for (let at = 0; at < count; at++) {
    uid += 1 + random.below(gap);
    if (gap === 1 && random.chance(0.03)) uid += 1;
    messages.set(uid as Uid, marks(random, at / count));
  }
  return messages;
}

/** That many differences, of each kind. */
function changed(random: Random, before: MarkedMessages, count: number): Messages {
  const after = new Map(before);
  const uids = [...before.keys()];
  let highest = uids.at(-1) ?? (0 as Uid);
  const touched = new Set<Uid>();
  while (touched.size < count) {
    const uid = uids[random.below(uids.length)] ?? highest;
    if (touched.has(uid)) continue;
    touched.add(uid);
    if (random.chance(0.5)) after.delete(uid);
    else after.set(uid, ((before.get(uid) ?? 1) % 4_294_967_290) + 1);
  }
  for (let arrived = random.below(1000); arrived > 0; arrived--) {
    highest = (highest + 1 + random.below(3)) as Uid;
    after.set(highest, markOf(['$new']));
  }
  return after;
}

describe.each([
  ['all seen', allSeen],
  ['lived in', livedIn],
  ['as bad as can be', worst],
])('a mailbox that is %s', (_, kind) => {
  const random = seeded(11);
  const before = messagesOf(random, 100_000, kind);
  const octets = written(before);
  const held = readKnown(new OctetReader(octets));

  it('fits with 100,000 messages into a state of 7,000 characters', () => {
    expect(textLength(octets)).toBeLessThan(7_000);
  });

  it('has not changed when nothing was changed', () => {
    expect(differencesSince(held, before)).toEqual([]);
  });

  it.each([1, 300])('tells %i changes and any number of new messages exactly', (count) => {
    const after = changed(random, before, count);
    expect(differencesSince(held, after)).toEqual(differencesBetween(before, after));
  });

  it.each([360, 400, 50_000])('tells %i changes exactly or not at all', (count) => {
    const after = changed(random, before, count);
    const told = differencesSince(held, after);
    if (told !== null) expect(told).toEqual(differencesBetween(before, after));
    else expect(held.form).toBe('sketch');
  });
});

it('tells 300 changes of a large mailbox in 40 of 40 cases', () => {
  const random = seeded(12);
  const before = messagesOf(random, 3_000, worst);
  const held = known(before);
  expect(held.form).toBe('sketch');
  for (let round = 0; round < 40; round++) {
    const after = changed(random, before, 300);
    expect(differencesSince(held, after)?.length).toBe(differencesBetween(before, after).length);
  }
});

it('tells nothing about a set in which another message has the same UID modulo the size of the field', () => {
  const random = seeded(13);
  const before = messagesOf(random, 6_000, worst);
  before.set(4_294_967_293 as Uid, 5);
  const held = known(before);
  expect(held.form).toBe('sketch');
  for (const uid of [4_294_967_293, 2] as Uid[]) {
    const after = new Map(before);
    if (!after.delete(uid)) after.set(uid, 5);
    const told = differencesSince(held, after);
    if (told !== null) expect(told).toEqual(differencesBetween(before, after));
  }
});

it('takes UIDs that do not ascend, and an old one that comes back', () => {
  const before: Messages = new Map([9, 4, 7].map((uid) => [uid as Uid, 1]));
  const after: Messages = new Map([9, 3, 7].map((uid) => [uid as Uid, 1]));
  expect(differencesSince(known(before), after)).toEqual([
    { uid: 3, before: 0, after: 1 },
    { uid: 4, before: 1, after: 0 },
  ]);
});

it('takes a message with a lower UID than the others for new, also in a sketch', () => {
  const before = messagesOf(seeded(14), 6_000, worst);
  const free = ([...before.keys()][0] ?? 0) + 1;
  const after = new Map(before).set(free as Uid, 7);
  expect(differencesSince(known(before), after)).toEqual([{ uid: free, before: 0, after: 7 }]);
});

it('holds an empty mailbox', () => {
  expect(differencesSince(known(new Map()), new Map([[5 as Uid, 1]]))).toEqual([{ uid: 5, before: 0, after: 1 }]);
});
