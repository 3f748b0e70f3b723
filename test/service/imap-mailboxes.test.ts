/**
 * `GET /v1/imap/mailboxes` over a real server.
 */
import { describe, expect, it } from 'vitest';
import { demoMailboxes } from '../../scripts/demo/messages.ts';
import { imapStage, type Mailbox } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';

const stage = imapStage();

/** `Reisen/Österreich`, put together from what the answer says about who lies in whom. */
function pathOf(mailbox: Mailbox, all: readonly Mailbox[]): string {
  const parent = all.find(({ id }) => id === mailbox.parentId);
  return parent === undefined ? mailbox.name : `${pathOf(parent, all)}/${mailbox.name}`;
}

function named(all: readonly Mailbox[], path: string): Mailbox {
  const found = all.find((mailbox) => pathOf(mailbox, all) === path);
  if (found === undefined) throw new Error(`no mailbox ${path}`);
  return found;
}

describe.each(encrypted)('over %s', (security) => {
  it('lists every mailbox under its name and in the mailbox that it lies in, whatever its script', async () => {
    const caller = await stage.callerWith([], security);
    const { dovecot } = stage.host;
    const made = demoMailboxes.filter((path) => !dovecot.ownMailboxes.includes(path));
    await dovecot.createMailboxes(caller.user, made);
    const all = await stage.mailboxes(caller);
    expect(all.map((mailbox) => pathOf(mailbox, all)).sort()).toEqual([...demoMailboxes].sort());
    expect(new Set(all.map(({ id }) => id)).size).toBe(demoMailboxes.length);
    expect(
      all
        .filter(({ parentId }) => parentId !== null)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['2026', 'Büro', 'Österreich'].sort());
    expect(all.every(({ isSubscribed, isSelectable }) => isSubscribed && isSelectable)).toBe(true);
  });

  it('gives each mailbox its role, and each role one mailbox', async () => {
    const all = await stage.mailboxes(await stage.callerWith([], security));
    expect(Object.fromEntries(all.map(({ name, role }) => [name, role]))).toEqual({
      INBOX: 'inbox',
      Sent: 'sent',
      Drafts: 'drafts',
      Trash: 'trash',
      Junk: 'junk',
      Archive: 'archive',
    });
  });

  it('takes the id of a mailbox, and its role, wherever a mailbox is asked for', async () => {
    const caller = await stage.callerWith([letter('in the inbox')], security);
    const { dovecot } = stage.host;
    await dovecot.createMailboxes(caller.user, ['Reisen', 'Reisen/Österreich', '旅行', 'inbox-like']);
    await dovecot.deliver(caller.user, 'Reisen/Österreich', letter('in the mountains'));
    await dovecot.deliver(caller.user, '旅行', letter('on the train'));
    await dovecot.deliver(caller.user, 'Sent', letter('sent'));
    const all = await stage.mailboxes(caller);
    const subjectsIn = async (mailbox: string) =>
      (await stage.page(caller, '?fields=subject,mailboxIds', mailbox)).messages.map(({ subject, mailboxIds }) => [
        subject?.split(' ').slice(1).join(' '),
        Object.keys(mailboxIds ?? {}),
      ]);
    for (const [path, label] of [
      ['Reisen/Österreich', 'in the mountains'],
      ['旅行', 'on the train'],
      ['Sent', 'sent'],
      ['INBOX', 'in the inbox'],
    ] as const) {
      const { id, role } = named(all, path);
      expect(await subjectsIn(id)).toEqual([[label, [id]]]);
      if (role !== null) expect(await subjectsIn(role)).toEqual([[label, [id]]]);
    }
  });
});

it('counts messages and unread ones as they are now, also in the mailbox that is selected already', async () => {
  const caller = await stage.callerWith([letter('one')]);
  await stage.page(caller);
  for (let count = 2; count <= 6; count++) {
    await stage.deliver(caller, 'INBOX', letter(`inbox ${count}`));
    await stage.deliver(caller, 'Archive', letter(`archive ${count}`));
    const all = await stage.mailboxes(caller);
    expect(named(all, 'INBOX')).toMatchObject({ totalEmails: count, unreadEmails: count });
    expect(named(all, 'Archive')).toMatchObject({ totalEmails: count - 1, unreadEmails: count - 1 });
  }
  const program = await stage.program(caller);
  await program.command('STORE 1:2 +FLAGS.SILENT (\\Seen)');
  expect(named(await stage.mailboxes(caller), 'INBOX')).toMatchObject({ totalEmails: 6, unreadEmails: 4 });
  await program.expunge(1);
  expect(named(await stage.mailboxes(caller), 'INBOX')).toMatchObject({ totalEmails: 5, unreadEmails: 4 });
});

it('shows a mailbox that another program made, and no longer one that it deleted, on the same session', async () => {
  const caller = await stage.callerWith([]);
  const paths = async () => (await stage.mailboxes(caller)).map(({ name }) => name);
  const program = await stage.program(caller);
  expect(await paths()).not.toContain('New');
  await program.command('CREATE New');
  expect(await paths()).toContain('New');
  await program.command('DELETE New');
  expect(await paths()).not.toContain('New');
});

it('shows a name that only holds others as one that cannot be selected', async () => {
  const caller = await stage.callerWith([]);
  const program = await stage.program(caller);
  await program.command('CREATE "Only holds/one"');
  const all = await stage.mailboxes(caller);
  expect(named(all, 'Only holds')).toMatchObject({ isSelectable: false, totalEmails: 0, unreadEmails: 0 });
  expect(named(all, 'Only holds/one')).toMatchObject({ isSelectable: true });
  await stage.postern.problem(
    'mailbox-not-found',
    caller,
    `/v1/imap/mailboxes/${named(all, 'Only holds').id}/messages`,
  );
});

it.each(['all', 'flagged'])(
  'says that there is no mailbox with the role %s where the server has none',
  async (role) => {
    const caller = await stage.callerWith([]);
    const problem = await stage.postern.problem('mailbox-not-found', caller, `/v1/imap/mailboxes/${role}/messages`);
    expect(problem.status).toBe(404);
  },
);

it('opens mailboxes whose names have to be quoted, encoded, or both', async () => {
  const caller = await stage.callerWith([]);
  const { dovecot } = stage.host;
  const names = ['R&D', 'say "hi"', 'back\\slash', '100%', 'a * b', '💌 & 旅行', 'Inbox 2', '&', 'ınbox'];
  await dovecot.createMailboxes(caller.user, names);
  for (const name of names) await dovecot.deliver(caller.user, name, letter(`in-${names.indexOf(name)}`));
  const all = await stage.mailboxes(caller);
  for (const name of names) {
    const { messages } = await stage.page(caller, '?fields=messageId', named(all, name).id);
    expect(messages.map(({ messageId }) => messageId)).toEqual([[`in-${names.indexOf(name)}@weaver.example`]]);
  }
});
