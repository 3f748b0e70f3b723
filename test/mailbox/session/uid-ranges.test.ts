/**
 * Are sets of UIDs read as they are meant, however large they are?
 */
import { expect, it } from 'vitest';
import { rangesIn, uidsIn } from '../../../src/mailbox/session/uid-ranges.ts';

it('reads numbers and ranges, in either order', () => {
  expect([...rangesIn('7,3:5,9:8')]).toEqual([
    { first: 7, last: 7 },
    { first: 3, last: 5 },
    { first: 8, last: 9 },
  ]);
});

it.each(['0', '4294967296', 'x', '1:*', '1:', ':1', '1:2:3', '-1', ' 1'])('knows that %j is none', (text) => {
  expect([...rangesIn(text)]).toEqual([null]);
});

it('reads what is right before and behind what is not', () => {
  expect([...rangesIn('1,,2')]).toEqual([{ first: 1, last: 1 }, null, { first: 2, last: 2 }]);
  expect([...rangesIn('')]).toEqual([]);
});

it('names each UID once, in order, from where to where it is asked', () => {
  const ranges = [...rangesIn('8:9,1:4,3:6,2')].flatMap((range) => range ?? []);
  expect([...uidsIn(ranges, 2, 8)]).toEqual([2, 3, 4, 5, 6, 8]);
});

it('names the first of all UIDs that there can be without counting them all', () => {
  const uids = uidsIn([{ first: 1, last: 0xffffffff }], 1, 0xffffffff);
  expect([uids.next().value, uids.next().value]).toEqual([1, 2]);
});
