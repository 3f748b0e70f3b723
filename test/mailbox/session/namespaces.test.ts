/**
 * Is it known whose mailbox it is, whatever prefixes a server has?
 */
import { describe, expect, it } from 'vitest';
import { homeOf, kindOf, type Namespace, type Namespaces } from '../../../src/mailbox/session/namespaces.ts';

const prefixes = (...texts: readonly string[]): Namespace[] => texts.map((prefix) => ({ prefix, delimiter: '.' }));
const cyrus: Namespaces = { personal: prefixes('INBOX.'), 'other-users': prefixes('user.'), shared: prefixes('') };
const courier: Namespaces = {
  personal: prefixes('INBOX.'),
  'other-users': [],
  shared: prefixes('#shared.', 'shared.'),
};
const slashes: Namespaces = { personal: prefixes(''), 'other-users': prefixes('~'), shared: prefixes('Team & Co/') };

describe('kindOf', () => {
  it.each([
    ['INBOX', '.', cyrus, 'personal'],
    ['INBOX.Sent', '.', cyrus, 'personal'],
    ['INBOX', '.', { ...cyrus, personal: [] }, 'personal'],
    ['user.ann', '.', cyrus, 'other-users'],
    ['user', '.', cyrus, 'other-users'],
    ['shared.list', '.', cyrus, 'shared'],
    // Whatever has no prefix is a group's there.
    ['Trash', '.', cyrus, 'shared'],
    ['#shared.team.Trash', '.', courier, 'shared'],
    ['old.Trash', '.', { ...courier, personal: prefixes('', 'old.') }, 'personal'],
    ['Trash', '/', { ...slashes, shared: prefixes('') }, 'personal'],
    ['Sent', '/', slashes, 'personal'],
    ['~ann/Sent', '/', slashes, 'other-users'],
    ['Team & Co', '/', slashes, 'shared'],
    ['Team & Co/Sent', '/', slashes, 'shared'],
    ['Team & Co 2', '/', slashes, 'personal'],
    ['anything', '/', { personal: [], 'other-users': [], shared: [] }, 'personal'],
  ] as const)('%s with the delimiter %s is told by the longest prefix', (name, delimiter, namespaces, kind) => {
    expect(kindOf(name, delimiter, namespaces)).toBe(kind);
  });
});

describe('homeOf', () => {
  it('is the namespace of INBOX’s neighbours: without a prefix if there is one, else the first', () => {
    expect(homeOf({ ...slashes, personal: prefixes('#mh/', '') })?.prefix).toBe('');
    expect(homeOf(cyrus)?.prefix).toBe('INBOX.');
    expect(homeOf({ ...cyrus, personal: [] })).toBeNull();
  });
});
