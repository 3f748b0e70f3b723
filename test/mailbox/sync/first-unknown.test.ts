/**
 * Which messages are new to a state?
 */
import { expect, it } from 'vitest';
import type { Uid } from '../../../src/mailbox/answers.ts';
import { firstUnknownUid } from '../../../src/mailbox/sync/first-unknown.ts';
import { type NewState, stateFrom, stateOctets } from '../../../src/mailbox/sync/state.ts';
import { seeded } from '../../support/random.ts';

const of = { mailboxPath: 'INBOX', uidValidity: 7 };
const uid = (value: number) => value as Uid;
const whole = { modseq: 5n, upTo: null };
const cutAt = (value: number) => ({ modseq: 5n, upTo: { uid: uid(value), modseq: 9n } });

function firstOf(state: NewState): number {
  const read = stateFrom(stateOctets(state), of);
  if (read === null) throw new Error('It cannot be read');
  return firstUnknownUid(read);
}

const marked = (...uids: readonly number[]) => new Map(uids.map((one) => [uid(one), 1]));

it.each<[string, NewState, number]>([
  ['UIDNEXT', { ...of, kind: 'qresync', moment: whole, uidNext: 12 }, 12],
  ['UIDNEXT, when it was cut below', { ...of, kind: 'qresync', moment: cutAt(3), uidNext: 12 }, 12],
  ['those behind the cut', { ...of, kind: 'qresync', moment: cutAt(20), uidNext: 12 }, 21],
  ['those above the highest', { ...of, kind: 'condstore', moment: whole, messages: marked(3, 9) }, 10],
  ['all, when there were none', { ...of, kind: 'plain', messages: new Map() }, 1],
])('are %s', (_, state, first) => {
  expect(firstOf(state)).toBe(first);
});

it('are those above the highest also of a sketch', () => {
  const random = seeded(3);
  const many = Array.from({ length: 20_000 }, () => 1 + random.below(1_000_000));
  const state: NewState = {
    ...of,
    kind: 'plain',
    messages: new Map(many.map((one) => [uid(one), random.below(60) + 1])),
  };
  expect(firstOf(state)).toBe(Math.max(...many) + 1);
});
