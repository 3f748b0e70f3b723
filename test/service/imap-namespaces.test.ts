/**
 * Mailboxes under a prefix, and folders of a group, on a real server.
 */
import { expect, it } from 'vitest';
import { imapStage, type Mailbox } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapStage({
  // Of a type and a prefix of its own, beside the user's; writable by all, so that nothing but its kind keeps it from a role.
  extraConfig: [
    'namespace team {',
    '  type = public',
    '  prefix = "Team & Co/"',
    '  separator = /',
    '  location = maildir:~/team:INDEX=~/team-index',
    '  subscriptions = no',
    '}',
    'namespace old {',
    '  type = private',
    '  prefix = Old/',
    '  separator = /',
    '  location = maildir:~/old',
    '  subscriptions = no',
    '}',
  ].join('\n'),
});

const named = (all: readonly Mailbox[], name: string, parent: string): Mailbox => {
  const parentId = all.find((mailbox) => mailbox.name === parent)?.id;
  const found = all.find((mailbox) => mailbox.name === name && mailbox.parentId === parentId);
  if (found === undefined) throw new Error(`no ${name} in ${parent}: ${JSON.stringify(all)}`);
  return found;
};

it('lists the folders of a group and those under another prefix, opens them, and gives no role to a group’s', async () => {
  const caller = await stage.callerWith([letter('mine')]);
  const program = await stage.program(caller);
  for (const path of ['Team &- Co/Papierkorb', 'Team &- Co/Sent', 'Old/Letters'])
    await program.command(`CREATE "${path}"`);
  await program.append('Team &- Co/Sent', letter('ours'));
  await program.append('Old/Letters', letter('ancient'));
  const all = await stage.mailboxes(caller);
  const sent = named(all, 'Sent', 'Team & Co');
  expect([sent.role, sent.totalEmails, sent.isSelectable]).toEqual([null, 1, true]);
  expect(named(all, 'Papierkorb', 'Team & Co').role).toBeNull();
  const [ours] = (await stage.page(caller, '?fields=messageId', sent.id)).messages;
  expect(ours?.messageId).toEqual(['ours@weaver.example']);
  const [ancient] = (await stage.page(caller, '?fields=messageId', named(all, 'Letters', 'Old').id)).messages;
  expect(ancient?.messageId).toEqual(['ancient@weaver.example']);
  expect((await stage.page(caller, '', 'sent')).total).toBe(0);
});

it('throws mail into one’s own trash where a group has one too', async () => {
  const caller = await stage.callerWith([letter('mine')]);
  const program = await stage.program(caller);
  await program.command('CREATE "Team &- Co/Trash"');
  const [path = ''] = await stage.paths(caller);
  const response = await stage.postern.call(caller, path, { method: 'DELETE' });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
  expect((await stage.page(caller, '', 'trash')).total).toBe(1);
  const all = await stage.mailboxes(caller);
  expect((await stage.page(caller, '', named(all, 'Trash', 'Team & Co').id)).total).toBe(0);
});
