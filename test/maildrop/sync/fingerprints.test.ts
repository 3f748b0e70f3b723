/**
 * Is nothing told where a new message may be taken for another?
 *
 * Fingerprints of 40 bits never meet in a test; these have 16 or so, and names are sought that meet.
 */
import { expect, it } from 'vitest';
import { OctetReader, OctetWriter } from '../../../src/core/octets.ts';
import { differencesSince } from '../../../src/maildrop/sync/differences.ts';
import {
  type Fingerprints,
  printed,
  readFingerprints,
  writeFingerprints,
} from '../../../src/maildrop/sync/fingerprints.ts';
import { octetsOf } from '../../../src/maildrop/sync/state.ts';
import { seeded } from '../../support/random.ts';
import { randomUidls } from '../../support/uidls.ts';

const known = Array.from({ length: 40 }, (_, index) => `known-${index}`);

/** As a state has them, with few bits: the kind of `state.ts`, and what is behind it. */
function narrow(names: readonly string[], bitsEach: number) {
  const octets = new OctetWriter();
  octets.octet(18);
  writeFingerprints(octets, names, (names.length * bitsEach) / 8);
  const state = octets.whole();
  return { state, fingerprints: readFingerprints(new OctetReader(state.subarray(1))) };
}

/** A name that is taken for this one. */
function twinOf(name: string, fingerprints: Fingerprints): string {
  const { print } = printed(name, fingerprints);
  for (let tried = 0; ; tried++) if (printed(`twin-${tried}`, fingerprints).print === print) return `twin-${tried}`;
}

const messages = (uidls: readonly string[]) => uidls.map((uidl) => ({ uidl, occurrence: null }));

it('knows all of its names, and tells how many have gone where nothing else has changed', () => {
  const { state } = narrow(known, 13);
  expect(differencesSince(state, messages(known))).toEqual({ created: [], destroyed: [], destroyedCount: 0 });
  const fewer = messages(known.slice(7));
  expect(differencesSince(state, fewer)).toEqual({ created: [], destroyed: null, destroyedCount: 7 });
});

it('tells nothing when two messages are taken for one', () => {
  const { state, fingerprints } = narrow(known, 13);
  const twin = twinOf('known-3', fingerprints);
  expect(differencesSince(state, messages([...known, twin]))).toBeNull();
  expect(differencesSince(state, messages([...known.slice(0, 20), twin]))).toBeNull();
});

it('tells nothing when one is taken for another that has gone, and nothing else seems to have gone', () => {
  const { state, fingerprints } = narrow(known, 13);
  const twin = twinOf('known-39', fingerprints);
  expect(differencesSince(state, messages([...known.slice(0, 39), twin]))).toBeNull();
});

it('tells nothing when so many have gone and come that one may be taken for another', () => {
  const random = seeded(8);
  const before = messages(randomUidls.gmail(random, 10_000));
  const others = messages(randomUidls.yahoo(random, 300));
  const state = octetsOf(before);
  // 2^(40 - 24) = 256 x 256
  expect(differencesSince(state, [...before.slice(256), ...others.slice(0, 256)])).toMatchObject({
    destroyed: null,
    destroyedCount: 256,
  });
  expect(differencesSince(state, [...before.slice(257), ...others.slice(0, 256)])).toBeNull();
  expect(differencesSince(state, [...before, ...others])?.created).toHaveLength(300);
  expect(differencesSince(state, [])).toMatchObject({ created: [], destroyedCount: 10_000 });
});

it('has another salt each time, so that nobody can make names that meet', () => {
  expect(narrow(known, 13).fingerprints.salt).not.toEqual(narrow(known, 13).fingerprints.salt);
});
