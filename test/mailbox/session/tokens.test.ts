/**
 * Are mailboxes and sets of messages named so that every server takes them for what they are?
 */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { limits } from '../../../src/core/limits.ts';
import type { Uid } from '../../../src/mailbox/answers.ts';
import { mailboxToken, uidSets } from '../../../src/mailbox/session/tokens.ts';

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

test.each(['a{3}', '{310}', 'x{1+}'])('a mailbox named %s is no beginning of a literal, and is sent as one', (name) => {
  expect(mailboxToken(name, 'utf-7')).toEqual({ type: 'LITERAL', value: Buffer.from(name) });
});

test.each(['a{3} b', '{}', 'a}', 'plain'])('a mailbox named %s is quoted', (name) => {
  expect(mailboxToken(name, 'utf-7')).toEqual({ type: 'STRING', value: name });
});
