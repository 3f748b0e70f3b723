/**
 * What a user may do with a mailbox, and how much room there is, on a real server that knows both.
 */
import { expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { MailboxesSchema, MailboxSchema } from '../../src/mailbox/schema/mailbox.ts';
import { QuotasSchema } from '../../src/mailbox/schema/quota.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage({
  extraConfig: [
    'mail_plugins = acl quota',
    'protocol imap {',
    '  mail_plugins = $mail_plugins imap_acl imap_quota',
    '}',
    'plugin {',
    '  acl = vfile',
    '  quota = count:User quota',
    '  quota_rule = *:storage=100K:messages=20',
    '  quota_vsizes = yes',
    '}',
  ].join('\n'),
});
const all = '/v1/imap/mailboxes';
const at = (path: string): string => `${all}/${mailboxIdOf(path)}`;

/** Somebody with a mailbox of their own in which they have given themselves these rights and no others. */
async function withRights(rights: string, ...messages: readonly Uint8Array[]): Promise<Caller> {
  const caller = await stage.callerWith([letter('mine')]);
  const program = await stage.program(caller);
  await program.command('CREATE Team');
  for (const message of messages) await program.append('Team', message);
  await program.command(`SETACL Team "${caller.user}" ${rights}`);
  return caller;
}

it('tells what may be done with each mailbox when it is asked', async () => {
  const caller = await withRights('lrs');
  const { mailboxes } = await stage.postern.json(MailboxesSchema, caller, `${all}?include=myRights`);
  const rights = Object.fromEntries(mailboxes.map(({ name, myRights }) => [name, myRights]));
  expect(rights['Team']).toEqual({
    mayReadItems: true,
    mayAddItems: false,
    mayRemoveItems: false,
    maySetSeen: true,
    maySetKeywords: false,
    mayCreateChild: false,
    mayRename: false,
    mayDelete: false,
  });
  expect(new Set(Object.values(rights['INBOX'] ?? {}))).toEqual(new Set([true]));
  const one = await stage.postern.json(MailboxSchema, caller, `${at('Team')}?include=myRights`);
  expect(one.myRights).toEqual(rights['Team']);
});

it.each([
  ['rename', 'PATCH', { name: 'Ours' }],
  ['delete', 'DELETE', undefined],
  ['make one in it', 'POST', { name: 'kid', parentId: mailboxIdOf('Team') }],
] as const)('changes nothing when one may not %s it, and says so', async (_what, method, body) => {
  const caller = await withRights('lr');
  const path = method === 'POST' ? all : at('Team');
  const problem = await stage.postern.problem(
    'permission-denied',
    caller,
    path,
    body === undefined ? { method } : { method, body },
  );
  expect(problem.status).toBe(403);
  expect((await stage.mailboxes(caller)).map(({ name }) => name).sort()).toEqual(
    ['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Team', 'Trash'].sort(),
  );
});

it('does not count what may not be read, and does not delete what it cannot count', async () => {
  const caller = await withRights('lx', letter('secret'));
  expect(await stage.postern.json(MailboxSchema, caller, at('Team'))).toMatchObject({
    totalEmails: null,
    unreadEmails: null,
  });
  const listed = (await stage.mailboxes(caller)).find(({ name }) => name === 'Team');
  expect(listed).toMatchObject({ totalEmails: null, unreadEmails: null, isSelectable: true });
  await stage.postern.problem('permission-denied', caller, at('Team'), { method: 'DELETE' });
  expect((await stage.mailboxes(caller)).map(({ name }) => name)).toContain('Team');
});

it('tells how full the account is, in octets and messages, as it is now', async () => {
  const caller = await stage.callerWith([]);
  const quotas = async (query = '') =>
    (await stage.postern.json(QuotasSchema, caller, `/v1/imap/quota${query}`)).quotas.map(
      ({ id: _, ...quota }) => quota,
    );
  const quota = { name: 'User quota', types: ['Mail'], scope: 'account' } as const;
  expect(await quotas()).toEqual([
    { ...quota, resourceType: 'octets', used: 0, hardLimit: 102_400 },
    { ...quota, resourceType: 'count', used: 0, hardLimit: 20 },
  ]);
  const program = await stage.program(caller);
  await program.append('Archive', letter('large', 'x'.repeat(5_000)));
  // The server counts in units of 1,024 octets.
  const [octets, count] = await quotas('?mailbox=archive');
  expect(octets).toEqual({ ...quota, resourceType: 'octets', used: 6 * 1024, hardLimit: 102_400 });
  expect(count).toEqual({ ...quota, resourceType: 'count', used: 1, hardLimit: 20 });
  await stage.postern.problem('mailbox-not-found', caller, '/v1/imap/quota?mailbox=nothing');
  await stage.postern.problem('mailbox-not-found', caller, '/v1/imap/quota?mailbox=flagged');
  await stage.postern.problem('request-invalid', caller, '/v1/imap/quota?root=a');
});
