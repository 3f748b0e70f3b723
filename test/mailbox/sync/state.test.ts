/**
 * Is a state read as it was written, and taken for no other?
 */
import { expect, it } from 'vitest';
import type { Uid } from '../../../src/mailbox/answers.ts';
import { type NewState, stateFrom, stateOctets } from '../../../src/mailbox/sync/state.ts';

const of = { mailboxPath: 'INBOX', uidValidity: 4_294_967_295 };
const highest = 2n ** 63n - 1n;
const moment = { modseq: highest, upTo: { uid: 4_294_967_295 as Uid, modseq: highest } };
const messages = new Map([1, 2, 3, 9].map((uid) => [uid as Uid, 1]));

const states: NewState[] = [
  { ...of, kind: 'qresync', moment, uidNext: 4_294_967_295 },
  { ...of, kind: 'qresync', moment: { modseq: 1n, upTo: null }, uidNext: 1 },
  { ...of, kind: 'condstore', moment, messages },
  { ...of, kind: 'plain', messages },
];

it.each(states)('reads a state by $kind as it was written', (state) => {
  const read = stateFrom(stateOctets(state), of);
  const { mailboxPath, uidValidity, ...rest } = state;
  const { messages: held, ...others } = { messages: undefined, ...rest };
  expect(read).toEqual({ ...others, ...(held === undefined ? {} : { known: { form: 'exact', messages: held } }) });
});

it('keeps to 200 characters on a server with QRESYNC, whatever its numbers', () => {
  const [state] = states;
  if (state === undefined) throw new Error('none');
  expect(((stateOctets(state).length + 16) * 4) / 3).toBeLessThan(100);
});

it.each(states)('takes a state by $kind for none of another mailbox or UIDVALIDITY', (state) => {
  expect(stateFrom(stateOctets(state), { ...of, mailboxPath: 'Inbox' })).toBeNull();
  expect(stateFrom(stateOctets(state), { ...of, uidValidity: 4_294_967_294 })).toBeNull();
});

it.each(states)(
  'does not read a state by $kind that ends early, goes on, or is of a version that nobody knows',
  (state) => {
    const octets = stateOctets(state);
    for (let length = 0; length < octets.length; length++) expect(stateFrom(octets.slice(0, length), of)).toBeNull();
    expect(stateFrom(Uint8Array.from([...octets, 0]), of)).toBeNull();
    expect(stateFrom(Uint8Array.from([9, ...octets.slice(1)]), of)).toBeNull();
  },
);
