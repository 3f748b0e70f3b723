/**
 * Do the octets of what is known of mailboxes hold all of it?
 */
import { expect, it } from 'vitest';
import { roles } from '../../src/mailbox/answers.ts';
import { type Known, type KnownMailbox, knownFrom, knownOctets } from '../../src/watch/news/mailbox-known.ts';
import { seeded } from '../support/random.ts';

const random = seeded(7);
const maybe = <T>(value: T): T | null => (random.chance(0.5) ? value : null);
const number = (): number => random.pick([0, 1, 127, 128, 99_999, 0xffffffff]);

const mailbox = (index: number): KnownMailbox => ({
  path: random.pick(['INBOX', `Ärger/${index}`, '\uFFFFraw', '💌']),
  role: maybe(random.pick(roles)),
  uidValidity: number(),
  mark: random.pick([0, 1, 0xffffffff, 0x100000000]),
  isCatchingUp: random.chance(0.5),
  isGone: random.chance(0.5),
  count: number(),
  settled: maybe({ uidNext: maybe(number()), messages: maybe(number()), modseq: maybe(2n ** 63n - 1n) }),
  state: maybe(Uint8Array.from(random.bytes(random.below(300)))),
});

const known = (count: number): Known => ({
  isAll: random.chance(0.5),
  mailboxes: Array.from({ length: count }, (_, index) => mailbox(index)),
});

it('is the same when it is read again', () => {
  for (const count of [0, 1, 2, 300]) {
    const written = known(count);
    expect(knownFrom(knownOctets(written))).toEqual(written);
  }
});

it('is nothing when it is cut, lengthened, or of another version', () => {
  const octets = knownOctets(known(3));
  for (let length = 0; length < octets.length; length++) expect(knownFrom(octets.subarray(0, length))).toBeNull();
  expect(knownFrom(Uint8Array.from([...octets, 0]))).toBeNull();
  expect(knownFrom(Uint8Array.from([2, ...octets.subarray(1)]))).toBeNull();
});
