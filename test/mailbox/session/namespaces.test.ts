import { expect, it } from 'vitest';
import { isForeign } from '../../../src/mailbox/session/namespaces.ts';

const cyrus = { own: ['INBOX.'], foreign: ['user.', ''] };
const dovecot = { own: [''], foreign: ['shared/', 'Public/'] };
const courier = { own: ['INBOX.'], foreign: ['#shared.', 'shared.'] };

it.each([
  [cyrus, '.', 'INBOX', false],
  [cyrus, '.', 'INBOX.Trash', false],
  [cyrus, '.', 'user.ann.Trash', true],
  // Whatever has no prefix is a group's there.
  [cyrus, '.', 'Trash', true],
  [dovecot, '/', 'Trash', false],
  [dovecot, '/', 'shared/ann/Trash', true],
  [dovecot, '/', 'shared', true],
  [dovecot, '/', 'sharedness', false],
  [courier, '.', '#shared.team.Trash', true],
  [{ own: ['', 'old.'], foreign: [] }, '.', 'old.Trash', false],
  [{ own: [], foreign: [] }, '/', 'shared/ann', false],
  [{ own: [''], foreign: [''] }, '/', 'Trash', false],
])('tells whose a mailbox is by the longest prefix (%j %s %s)', (namespaces, delimiter, name, foreign) => {
  expect(isForeign(name, delimiter, namespaces)).toBe(foreign);
});
