/**
 * Are the letters of two generations of ACL read as what they allow?
 */
import { expect, it } from 'vitest';
import { rightsOf } from '../../../src/mailbox/session/rights.ts';

const allowed = (letters: string, capabilities: readonly string[]): string[] =>
  Object.entries(rightsOf(letters, capabilities)).flatMap(([right, may]) => (may ? [right] : []));

it.each([
  ['', []],
  // Without the right to find it, it cannot be read either.
  ['r', []],
  ['lr', ['mayReadItems']],
  ['i', ['mayAddItems']],
  // Marking as deleted and expunging, of which one is nothing without the other.
  ['t', []],
  ['e', []],
  ['te', ['mayRemoveItems']],
  ['s', ['maySetSeen']],
  ['w', ['maySetKeywords']],
  ['k', ['mayCreateChild']],
  ['x', ['mayRename', 'mayDelete']],
  // Given for old clients' sake, next to those that count.
  ['cd', []],
])('%s of RFC 4314 allows %j', (letters, rights) => {
  expect(allowed(letters, ['ACL', 'RIGHTS=texk'])).toEqual(rights);
});

it.each([
  ['lr', ['mayReadItems']],
  ['c', ['mayCreateChild']],
  ['d', ['mayRemoveItems', 'mayDelete']],
  ['cd', ['mayRemoveItems', 'mayCreateChild', 'mayRename', 'mayDelete']],
])('%s of RFC 2086 allows %j', (letters, rights) => {
  expect(allowed(letters, ['ACL'])).toEqual(rights);
});
