/**
 * What does somebody see of an account whose capsule is for some of its mailboxes?
 */
import { expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { TrashedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { MailboxSchema } from '../../src/mailbox/schema/mailbox.ts';
import { FoundEmailsSchema } from '../../src/mailbox/schema/search.ts';
import { allowed } from '../support/capsules.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const [work, sub, secret] = [mailboxIdOf('Work'), mailboxIdOf('Work/Sub'), mailboxIdOf('Secret')];

/** With a letter in each of some mailboxes. */
async function callerWithMailboxes(): Promise<Caller> {
  const caller = await stage.callerWith([letter('in the inbox')]);
  await stage.host.dovecot.createMailboxes(caller.user, ['Work', 'Work/Sub', 'Secret']);
  for (const mailbox of ['Work', 'Work/Sub', 'Secret', 'Archive'])
    await stage.deliver(caller, mailbox, letter(`in ${mailbox}`));
  return caller;
}

const rename = (caller: Caller, mailbox: string, name: string) =>
  stage.postern.json(MailboxSchema, caller, `/v1/imap/mailboxes/${mailbox}`, { method: 'PATCH', body: { name } });

it('the mailboxes that it is for, with what is in them, and no other', async () => {
  const caller = await callerWithMailboxes();
  const listed = await stage.mailboxes(await allowed(caller, { mailboxes: ['archive', work, 'inbox', 'flagged'] }));
  expect(listed.map(({ name, role, totalEmails }) => [name, role, totalEmails])).toEqual([
    ['INBOX', 'inbox', 1],
    ['Archive', 'archive', 1],
    ['Work', null, 1],
  ]);
});

it('a mailbox in the one that it lies in, if that is granted too, and at the top if not', async () => {
  const caller = await callerWithMailboxes();
  const parents = async (...mailboxes: readonly string[]) => {
    const who = await allowed(caller, { mailboxes });
    const one = await stage.postern.json(MailboxSchema, who, `/v1/imap/mailboxes/${sub}`);
    const inList = (await stage.mailboxes(who)).find(({ id }) => id === sub);
    expect(inList).toEqual(one);
    return one.parentId;
  };
  expect(await parents(sub)).toBeNull();
  expect(await parents(sub, work)).toBe(work);
});

it('nothing in a mailbox that lies in one that is granted', async () => {
  const who = await allowed(await callerWithMailboxes(), { mailboxes: [work] });
  await stage.postern.problem('mailbox-not-granted', who, messagesPath(sub));
});

it('no mailbox at all, where none of them is there', async () => {
  const who = await allowed(await callerWithMailboxes(), { mailboxes: ['flagged', mailboxIdOf('Nowhere')] });
  expect(await stage.mailboxes(who)).toEqual([]);
  await stage.postern.problem('mailbox-not-found', who, messagesPath('flagged'));
  await stage.postern.problem('mailbox-not-found', who, messagesPath(mailboxIdOf('Nowhere')));
});

it('what a search finds in those mailboxes, page by page', async () => {
  const who = await allowed(await callerWithMailboxes(), { mailboxes: ['inbox', work, sub] });
  const found: string[] = [];
  let cursor = '';
  for (let pages = 0; pages < 3; pages += 1) {
    const query = `/v1/imap/search?q=weaver&limit=1&fields=subject${cursor}`;
    const { messages, nextCursor, total } = await stage.postern.json(FoundEmailsSchema, who, query);
    expect(total).toBe(3);
    found.push(...messages.map(({ subject = '' }) => (subject ?? '').replace(/^\S+ /, '')));
    cursor = `&cursor=${nextCursor}`;
  }
  expect(found.sort()).toEqual(['in Work', 'in Work/Sub', 'in the inbox']);
});

it('the mailbox that has a name, whichever that is', async () => {
  const caller = await callerWithMailboxes();
  const who = await allowed(caller, { mailboxes: [work] });
  const before = await stage.paths(who, work);
  await rename(caller, work, 'Werk');
  await stage.postern.problem('mailbox-not-found', who, messagesPath(work));
  await stage.postern.problem('mailbox-not-granted', who, messagesPath(mailboxIdOf('Werk')));
  await rename(caller, secret, 'Work');
  expect(await stage.paths(who, work)).not.toEqual(before);
});

it('the mailbox that has a role now, and not the one that had it', async () => {
  const caller = await callerWithMailboxes();
  const who = await allowed(caller, { mailboxes: ['archive'] });
  expect(await stage.paths(who, 'archive')).toHaveLength(1);
  await rename(caller, 'archive', 'Filed');
  expect(await stage.paths(who, 'archive')).toEqual([]);
  await stage.postern.problem('mailbox-not-granted', who, messagesPath(mailboxIdOf('Filed')));
});

it('the trash only as the place where it has put something', async () => {
  const caller = await callerWithMailboxes();
  await stage.deliver(caller, 'Trash', letter('long gone'));
  const who = await allowed(caller, { mailboxes: ['inbox'] });
  const { json, problem } = stage.postern;
  const path = first(await stage.paths(who));
  const { id, mailboxId, previous } = await json(TrashedEmailSchema, who, path, { method: 'DELETE' });
  const trashed = `${messagesPath(mailboxId)}/${id}`;
  await problem('mailbox-not-granted', who, trashed);
  await problem('mailbox-not-granted', who, messagesPath('trash'));
  // Taken back by somebody else.
  const body = { mailboxId: previous.mailboxId };
  await problem('mailbox-not-granted', who, trashed, { method: 'PATCH', body });
  expect((await stage.postern.call(caller, trashed, { method: 'PATCH', body })).status).toBe(200);
  expect(await stage.paths(who)).toHaveLength(1);
  expect(await stage.paths(caller, 'trash')).toHaveLength(1);
});

it('nothing that would name the others to the server, in the session of somebody who may see all', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await callerWithMailboxes());
  const who = await allowed(caller, { mailboxes: [work] });
  await stage.page(caller, '', secret);
  const before = relay.commands.length;
  await stage.postern.problem('mailbox-not-granted', who, messagesPath(secret));
  // Its session is in the other mailbox; it says nothing there but to leave it.
  await stage.page(who, '', work);
  await stage.mailboxes(who);
  expect(relay.connections).toBe(1);
  const since = relay.commands.slice(before);
  expect(since.filter((command) => command.startsWith('SELECT'))).toEqual(['SELECT "Work" (CONDSTORE)']);
  const named = since.filter((command) => command.includes('"') && !command.startsWith('LIST "" "*"'));
  expect(named.filter((command) => !command.includes('"Work"'))).toEqual([]);
  await relay.stop();
});

it('as quickly as who may see all: it takes the same commands by an id, and the list of mailboxes once by a role', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const commandsOf = async (mailboxes: readonly string[] | null, mailbox: string) => {
    const caller = relay.through(await callerWithMailboxes());
    const who = await allowed(caller, { mailboxes });
    const before = relay.commands.length;
    for (let pages = 0; pages < 2; pages += 1) await stage.page(who, '', mailbox);
    return relay.commands.slice(before).map((command) => command.split(' ')[0]);
  };
  const plain = await commandsOf(null, work);
  expect(await commandsOf([work, 'inbox'], work)).toEqual(plain);
  const byRole = await commandsOf(null, 'archive');
  expect(byRole.filter((verb) => verb === 'LIST')).toHaveLength(1);
  expect(await commandsOf(['archive'], 'archive')).toEqual(byRole);
  expect(await commandsOf(['archive'], mailboxIdOf('Archive'))).toEqual(byRole);
  await relay.stop();
});
