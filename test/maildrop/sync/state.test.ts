/**
 * Does a state know all messages again, in as few octets as is promised?
 */
import { expect, it } from 'vitest';
import { withOccurrences } from '../../../src/maildrop/rules.ts';
import { differencesSince, newSince } from '../../../src/maildrop/sync/differences.ts';
import { octetsOf, type State, stateFrom, stateOctets } from '../../../src/maildrop/sync/state.ts';
import { type Random, seeded } from '../../support/random.ts';
import { countedUidls, randomUidls, uidlKinds } from '../../support/uidls.ts';

const maildrop = (uidls: readonly string[]) => withOccurrences(uidls.map((uidl) => ({ uidl })));

/** As a caller holds it: with a signature of 16 octets, as base64url. */
const textLength = (octets: Uint8Array): number => Math.ceil(((octets.length + 16) * 4) / 3);

const stateOf = async (uidls: readonly string[]): Promise<State> => {
  const state = stateFrom(await stateOctets(uidls));
  if (state === null) throw new Error('It cannot be read');
  return state;
};

it.each(uidlKinds)('takes less than 48,100 characters for 10,000 messages: %s', async (_, kind) => {
  expect(textLength(await stateOctets(kind(seeded(1), 10_000)))).toBeLessThan(48_100);
});

it.each(Object.entries(countedUidls))('takes less than 6,000 characters where servers count: %s', async (_, kind) => {
  expect(textLength(await stateOctets(kind(seeded(2), 10_000)))).toBeLessThan(6_000);
  expect((await stateOf(kind(seeded(2), 10_000))).kind).toBe('exact');
});

it.each(Object.entries(randomUidls))('has 40 bits for each of 10,000, and 64 up to 5,000: %s', async (_, kind) => {
  const widthOf = (state: State): number => (state.kind === 'exact' ? Number.POSITIVE_INFINITY : state.known.width);
  expect(widthOf(await stateOf(kind(seeded(3), 10_000)))).toBe(40);
  expect(widthOf(await stateOf(kind(seeded(3), 5_000)))).toBeGreaterThanOrEqual(64);
  expect(widthOf(await stateOf(kind(seeded(3), 900)))).toBe(Number.POSITIVE_INFINITY);
});

it('takes less than 40 characters for an empty maildrop, and less than 130 for 50 messages', async () => {
  expect(textLength(await stateOctets([]))).toBeLessThan(40);
  expect(textLength(await stateOctets(countedUidls.dovecot(seeded(4), 50)))).toBeLessThan(130);
});

it.each(uidlKinds)('has the same octets for the same messages in any order, where it is exact: %s', async (_, kind) => {
  const uidls = kind(seeded(5), 300);
  expect(await stateOctets(uidls.toReversed())).toEqual(await stateOctets(uidls));
});

/** A maildrop at two moments: some have gone, some have come, and some UIDLs are there twice. */
function twoMoments(random: Random, uidls: readonly string[]) {
  const share = random.pick([0, 0.01, 0.5, 0.99, 1]);
  const later = uidls.filter(() => random.chance(0.97));
  const before = uidls.filter((_, index) => random.chance(0.98) && index < uidls.length * (1 - share / 20));
  const again = (list: readonly string[]) => (random.chance(0.3) ? [...list, ...list.slice(-3)] : list);
  return { before: maildrop(again(before)), after: maildrop(again(later)) };
}

const textsOf = (names: readonly { uidl: string; occurrence: string | null }[] | null) =>
  names?.map(({ uidl, occurrence }) => `${uidl} ${occurrence}`) ?? null;

it.each(uidlKinds)('tells exactly what has come and gone: %s', (_, kind) => {
  const random = seeded(6);
  for (const count of [0, 1, 2, 3, 10, 100, 700, 2_500, 6_000]) {
    const { before, after } = twoMoments(random, kind(random, count));
    const known = new Set(textsOf(before));
    const present = new Set(textsOf(after));
    const told = differencesSince(octetsOf(before), after);
    expect(textsOf(told?.created ?? null)).toEqual(textsOf(after)?.filter((text) => !known.has(text)));
    expect(told?.destroyedCount).toBe([...known].filter((text) => !present.has(text)).length);
    if (told?.destroyed === null) expect(count).toBeGreaterThan(1_000);
    else expect(textsOf(told?.destroyed ?? null)?.sort()).toEqual([...known].filter((t) => !present.has(t)).sort());
  }
});

it('tells of a second message with a known UIDL, and of the first under its other id', async () => {
  const state = await stateOctets(['a', 'b', 'sha256 header']);
  const told = differencesSince(state, maildrop(['a', 'b', 'sha256 header', 'b', 'sha256 header']));
  expect(textsOf(told?.created ?? null)).toEqual(['b 1.2', 'sha256 header 1.2', 'b 2.2', 'sha256 header 2.2']);
  expect(textsOf(told?.destroyed ?? null)?.sort()).toEqual(['b null', 'sha256 header null']);
  const back = differencesSince(octetsOf(maildrop(['a', 'b', 'b'])), maildrop(['a', 'b']));
  expect(back).toMatchObject({ created: [{ uidl: 'b', occurrence: null }], destroyedCount: 2 });
});

it('answers those that are new as they were given, in order', async () => {
  const state = await stateOctets(['a', 'b']);
  const messages = [
    { uidl: 'c', size: 3 },
    { uidl: 'a', size: 1 },
    { uidl: 'd', size: 4 },
  ] as const;
  expect(await newSince(state, messages)).toEqual([messages[0], messages[2]]);
  expect(await newSince(Uint8Array.of(1, 2, 3), messages)).toBeNull();
});

it('is nothing that can be told from when its octets are not of this version, or cut, and never throws', async () => {
  const random = seeded(7);
  for (const uidls of [countedUidls.dovecot(random, 30), randomUidls.yahoo(random, 3_000)]) {
    const octets = await stateOctets(uidls);
    expect(stateFrom(Uint8Array.of(99, ...octets.subarray(1)))).toBeNull();
    for (let at = 0; at < octets.length; at += 1 + Math.floor(octets.length / 300)) {
      expect(stateFrom(octets.subarray(0, at))).toBeNull();
      const changed = octets.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 + random.below(255));
      expect(() => stateFrom(changed)).not.toThrow();
    }
  }
});
