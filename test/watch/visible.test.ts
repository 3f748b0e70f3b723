import { expect, it } from 'vitest';
import { type Access, fullAccess } from '../../src/core/access.ts';
import type { AccountMessage } from '../../src/core/account.ts';
import { endsWith, isVisible } from '../../src/watch/proof/visible.ts';
import { keptSubscription } from '../support/kept-subscription.ts';

const { subscription } = keptSubscription();
const caller = (access: Partial<Access> = {}, other: Partial<AccountMessage> = {}): AccountMessage => ({
  ...subscription.account,
  credential: { kind: 'password', secret: 'secret' },
  ...other,
  access: { ...fullAccess, ...access },
});
const madeWith = (access: Partial<Access>) => ({ ...subscription, access: { ...fullAccess, ...access } });

it.each<readonly [string, Partial<Access>, Partial<Access>, boolean]>([
  ['the account’s owner sees what a capsule has made', { mailboxes: ['inbox'] }, {}, true],
  ['a capsule for some mailboxes does not see what was made for all', {}, { mailboxes: ['inbox'] }, false],
  ['it sees what was made for one of its own', { mailboxes: ['inbox'] }, { mailboxes: ['inbox', 'sent'] }, true],
  [
    'it does not see what was made for more than its own',
    { mailboxes: ['inbox', 'sent'] },
    { mailboxes: ['inbox'] },
    false,
  ],
  ['a capsule for no mailbox sees none', { mailboxes: ['inbox'] }, { mailboxes: [] }, false],
  ['a capsule that may do less does not see what was made with more', {}, { scopes: ['read', 'subscribe'] }, false],
  ['it sees what was made with as much', { scopes: ['read'] }, { scopes: ['read', 'subscribe'] }, true],
])('%s', (_what, made, held, isSeen) => {
  expect(isVisible(madeWith(made), caller(held))).toBe(isSeen);
});

it.each<readonly [string, Partial<AccountMessage>]>([
  ['the same user in another spelling', { user: 'Ada@postern.example' }],
  ['another user', { user: 'eve@postern.example' }],
  ['another port', { server: { ...subscription.account.server, port: 143 } }],
  ['another protocol', { server: { ...subscription.account.server, protocol: 'pop3' } }],
  ['another server', { server: { ...subscription.account.server, host: 'imap.weaver.example' } }],
  ['the same server in cleartext', { server: { ...subscription.account.server, security: 'none' } }],
])('%s is another account', (_what, other) => {
  expect(isVisible(subscription, caller({}, other))).toBe(false);
  expect(isVisible(subscription, caller())).toBe(true);
});

const lineage = (...ids: readonly string[]) => ({ ids, expiresAt: 2_000_000_000 });
it.each([
  ['the credential itself says what goes on, whatever it was made with', lineage('a'), null, true],
  ['what was made without a capsule does not end with one', null, lineage('a'), false],
  ['what was made with a capsule ends with it', lineage('a'), lineage('a'), true],
  ['and with the one that it was narrowed from', lineage('b', 'a'), lineage('a'), true],
  ['but not with one that was narrowed from it', lineage('a'), lineage('b', 'a'), false],
  ['nor with one beside it', lineage('b', 'a'), lineage('c', 'a'), false],
])('%s', (_what, made, caller, isSo) => {
  expect(endsWith({ lineage: made }, caller)).toBe(isSo);
});
