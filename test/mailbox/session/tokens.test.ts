/**
 * Are sets of messages named shortly, and never in a line that is too long?
 */
import { expect, test } from 'vitest';
import { limits } from '../../../src/core/limits.ts';
import type { Uid } from '../../../src/mailbox/answers.ts';
import { uidSets } from '../../../src/mailbox/session/tokens.ts';

const uids = (...numbers: readonly number[]): Uid[] => numbers.map((number) => number as Uid);

test('runs become ranges, whatever the order, and each UID is named once', () => {
  expect(uidSets(uids(7, 3, 1, 2, 3))).toEqual([{ by: 'uid', set: '1:3,7' }]);
});

test('no UID is no set: an empty one would be no command', () => {
  expect(uidSets([])).toEqual([]);
});

test('what does not fit a command line is split, and nothing of it is lost', () => {
  const many = Array.from({ length: 5_000 }, (_, index) => 4_000_000_000 + index * 2);
  const sets = uidSets(uids(...many));
  expect(sets.length).toBeGreaterThan(1);
  expect(sets.every(({ set }) => set.length < limits.imapCommandLineBytes)).toBe(true);
  expect(sets.flatMap(({ set }) => set.split(',').map(Number))).toEqual(many);
});
