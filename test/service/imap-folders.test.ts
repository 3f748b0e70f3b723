/**
 * `POST`, `PATCH` and `DELETE /v1/imap/mailboxes…` over a real server.
 */
import { describe, expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { MailboxSchema } from '../../src/mailbox/schema/mailbox.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const all = '/v1/imap/mailboxes';
const at = (path: string): string => `${all}/${mailboxIdOf(path)}`;

const make = (caller: Caller, body: unknown) => stage.postern.json(MailboxSchema, caller, all, { body });
const look = (caller: Caller, path: string) => stage.postern.json(MailboxSchema, caller, at(path));
const change = (caller: Caller, path: string, body: unknown) =>
  stage.postern.json(MailboxSchema, caller, at(path), { method: 'PATCH', body });
const remove = async (caller: Caller, path: string, query = '') =>
  (await stage.postern.call(caller, at(path) + query, { method: 'DELETE' })).status;
const refused = async (kind: string, caller: Caller, path: string, method: string, body?: unknown) =>
  stage.postern.problem(kind, caller, path, body === undefined ? { method } : { method, body });
const names = async (caller: Caller) => (await stage.mailboxes(caller)).map(({ name }) => name).sort();
const own = ['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash'];

/** What another mail program finds that its user wants to see. */
async function subscribed(caller: Caller): Promise<string[]> {
  const program = await stage.program(caller);
  const said = await program.command('LSUB "" "*"');
  return [...said.matchAll(/^\* LSUB \([^)]*\) "\/" "?([^"\r]*)/gm)].map(([, name = '']) => name).sort();
}

describe('a new mailbox', () => {
  it('is there at the address that the answer names, empty, subscribed, and among one’s own', async () => {
    const caller = await stage.callerWith([]);
    const response = await stage.postern.call(caller, all, { body: { name: 'Invoices' } });
    expect(response.status).toBe(201);
    const made = MailboxSchema.parse(await response.json());
    expect(made).toEqual({
      id: mailboxIdOf('Invoices'),
      name: 'Invoices',
      parentId: null,
      role: null,
      namespace: 'personal',
      totalEmails: 0,
      unreadEmails: 0,
      isSubscribed: true,
      isSelectable: true,
    });
    const location = response.headers.get('Location') ?? '';
    expect(await stage.postern.json(MailboxSchema, caller, location)).toEqual(made);
    expect(await subscribed(caller)).toContain('Invoices');
  });

  it('lies in the one that parentId names, by its id or its role', async () => {
    const caller = await stage.callerWith([]);
    const { id } = await make(caller, { name: '2026', parentId: 'archive' });
    expect(await make(caller, { name: 'März', parentId: id })).toMatchObject({
      id: mailboxIdOf('Archive/2026/März'),
      parentId: mailboxIdOf('Archive/2026'),
    });
  });

  it('is not subscribed when nobody wants that', async () => {
    const caller = await stage.callerWith([]);
    expect(await make(caller, { name: 'quiet', isSubscribed: false })).toMatchObject({ isSubscribed: false });
    expect(await subscribed(caller)).not.toContain('quiet');
  });

  it('keeps its name to the letter, whatever that means on the wire', async () => {
    const caller = await stage.callerWith([]);
    const labels = [
      'R&D',
      '&AOk-',
      '&',
      '100%',
      'a * b',
      'say "hi" \\o',
      '旅行 💌',
      'inbox 2',
      'ınbox',
      '{5}!',
      '(a) ][',
    ];
    for (const name of labels) {
      const { id } = await make(caller, { name });
      expect(id).toBe(mailboxIdOf(name));
      expect(await stage.page(caller, '', id)).toMatchObject({ total: 0 });
    }
    expect(await names(caller)).toEqual([...own, ...labels].sort());
  });

  it('is called by composed letters, so that one name is one mailbox', async () => {
    const caller = await stage.callerWith([]);
    expect(await make(caller, { name: 'Cafe\u0301' })).toMatchObject({ name: 'Caf\u00e9' });
    const problem = await refused('mailbox-exists', caller, all, 'POST', { name: 'Caf\u00e9' });
    expect(problem).toMatchObject({ status: 409, field: 'name' });
  });

  it('is made once: a repeat says that it is there, and changes nothing', async () => {
    const caller = await stage.callerWith([]);
    await make(caller, { name: 'once' });
    await stage.deliver(caller, 'once', letter('kept'));
    await refused('mailbox-exists', caller, all, 'POST', { name: 'once' });
    expect(await look(caller, 'once')).toMatchObject({ totalEmails: 1 });
  });

  it('may take the name of what only held others', async () => {
    const caller = await stage.callerWith([]);
    const program = await stage.program(caller);
    await program.command('CREATE "holder/one"');
    expect(await make(caller, { name: 'holder' })).toMatchObject({ isSelectable: true });
  });

  it.each(['INBOX', 'inbox', 'InBox'])('is never a second inbox (%s)', async (name) => {
    const caller = await stage.callerWith([]);
    await refused('mailbox-exists', caller, all, 'POST', { name });
    expect(await names(caller)).toEqual(own);
  });

  it.each([
    ['a line break', 'a\r\nb'],
    ['a NUL', 'a\0b'],
    ['a line separator', 'a\u2028b'],
    ['half a character', 'a\ud800b'],
    ['no character', 'a\uffffb'],
    ['an override of the direction', 'exe.\u202egnp'],
    ['an isolate that never ends', 'a\u2066b'],
    ['a space in front', ' Sent'],
    ['a space behind', 'Sent\u00a0'],
    ['nothing at all', ''],
    ['ten kilobytes', 'x'.repeat(10_000)],
    ['letters of 300 octets', 'ä'.repeat(150)],
    ['the delimiter', 'a/b'],
    ['the delimiter in front', '/a'],
    ['the delimiter behind', 'a/'],
    ['the way up', '../../etc'],
    ['what begins a literal', 'a {310+}'],
  ])('is not called by %s', async (_what, name) => {
    const caller = await stage.callerWith([]);
    const { errors } = await refused('request-invalid', caller, all, 'POST', { name });
    expect(errors).toMatchObject([{ in: 'body', field: 'name' }]);
    expect(await names(caller)).toEqual(own);
  });

  it.each(['..', '.', '~root', 'a.b'])('is not called as this server calls none (%s)', async (name) => {
    const caller = await stage.callerWith([]);
    const problem = await refused('unsupported-by-server', caller, all, 'POST', { name });
    expect(problem.status).toBe(422);
    expect(await names(caller)).toEqual(own);
  });

  it.each([
    ['mailbox-not-found', { name: 'a', parentId: mailboxIdOf('nowhere') }, { field: 'parentId' }],
    ['mailbox-not-found', { name: 'a', parentId: 'no id' }, { field: 'parentId' }],
    ['mailbox-not-found', { name: 'a', parentId: 'flagged' }, { field: 'parentId' }],
    ['mailbox-exists', { name: 'Bin', role: 'trash' }, { field: 'role' }],
    ['unsupported-by-server', { name: 'All', role: 'all' }, { feature: 'CREATE-SPECIAL-USE' }],
    ['request-invalid', { name: 'a', role: 'inbox' }, { errors: [{ in: 'body', field: 'role' }] }],
    ['request-invalid', { name: 'a', color: 1 }, { errors: [{ in: 'body', field: 'color' }] }],
    ['request-invalid', {}, { errors: [{ in: 'body', field: 'name' }] }],
  ])('is not made: %s for %j', async (kind, body, members) => {
    const caller = await stage.callerWith([]);
    expect(await refused(kind, caller, all, 'POST', body)).toMatchObject(members);
    expect(await names(caller)).toEqual(own);
  });
});

describe('a mailbox that is renamed', () => {
  it('takes its messages under their ids, all that lies in it, and the subscriptions along', async () => {
    const caller = await stage.callerWith([]);
    await make(caller, { name: 'Work' });
    await make(caller, { name: 'deep', parentId: mailboxIdOf('Work') });
    await make(caller, { name: 'hidden', parentId: mailboxIdOf('Work'), isSubscribed: false });
    await make(caller, { name: 'Workshop' });
    await stage.deliver(caller, 'Work', letter('kept'));
    const { messages } = await stage.page(caller, '?fields=id', mailboxIdOf('Work'));
    expect(await change(caller, 'Work', { name: 'Büro' })).toMatchObject({
      id: mailboxIdOf('Büro'),
      name: 'Büro',
      totalEmails: 1,
      isSubscribed: true,
    });
    expect(await stage.page(caller, '?fields=id', mailboxIdOf('Büro'))).toMatchObject({ messages });
    await refused('mailbox-not-found', caller, at('Work'), 'GET');
    expect(await look(caller, 'Büro/deep')).toMatchObject({ isSubscribed: true });
    expect(await look(caller, 'Büro/hidden')).toMatchObject({ isSubscribed: false });
    expect(await subscribed(caller)).toEqual(
      [...own.filter((name) => name !== 'INBOX'), 'B&APw-ro', 'B&APw-ro/deep', 'Workshop'].sort(),
    );
  });

  it('is moved into another one, and to the top again', async () => {
    const caller = await stage.callerWith([]);
    await make(caller, { name: 'Trips' });
    expect(await change(caller, 'Trips', { parentId: 'archive' })).toMatchObject({ id: mailboxIdOf('Archive/Trips') });
    const moved = await change(caller, 'Archive/Trips', { parentId: null, name: 'Travels' });
    expect(moved).toMatchObject({ id: mailboxIdOf('Travels'), parentId: null });
    expect(await names(caller)).toEqual([...own, 'Travels'].sort());
  });

  it('may be the one that a warm session has open', async () => {
    const caller = await stage.callerWith([]);
    await make(caller, { name: 'open' });
    await stage.deliver(caller, 'open', letter('1'));
    await stage.page(caller, '', mailboxIdOf('open'));
    await change(caller, 'open', { name: 'still open' });
    expect(await stage.page(caller, '', mailboxIdOf('still open'))).toMatchObject({ total: 1 });
  });

  it('and called what it is called already stays as it is', async () => {
    const caller = await stage.callerWith([]);
    const made = await make(caller, { name: 'same' });
    expect(await change(caller, 'same', { name: 'same', parentId: null })).toEqual(made);
  });

  it.each([
    ['mailbox-exists', 'Work', { name: 'Sent' }, { field: 'name' }],
    ['mailbox-exists', 'Work', { name: 'inbox' }, { field: 'name' }],
    ['request-invalid', 'Work', { parentId: mailboxIdOf('Work') }, { errors: [{ field: 'parentId' }] }],
    ['request-invalid', 'Work', { parentId: mailboxIdOf('Work/deep') }, { errors: [{ field: 'parentId' }] }],
    ['request-invalid', 'Work', { name: 'a/b' }, { errors: [{ field: 'name' }] }],
    ['request-invalid', 'Work', {}, { errors: [{ in: 'body' }] }],
    ['request-invalid', 'Work', { role: 'sent', name: 'a' }, { errors: [{ field: 'role' }] }],
    ['mailbox-not-found', 'Work', { parentId: mailboxIdOf('nowhere') }, { field: 'parentId' }],
    ['mailbox-not-found', 'nowhere', { name: 'somewhere' }, {}],
    ['mailbox-protected', 'INBOX', { name: 'Outbox' }, { role: 'inbox' }],
    ['mailbox-protected', 'INBOX', { parentId: 'archive' }, { role: 'inbox' }],
    ['mailbox-protected', 'INBOX', { isSubscribed: false }, { role: 'inbox' }],
    ['unsupported-by-server', 'Work', { name: 'a.b' }, {}],
  ])('stays where it is: %s for %s and %j', async (kind, path, body, members) => {
    const caller = await stage.callerWith([letter('1')]);
    await stage.host.dovecot.createMailboxes(caller.user, ['Work', 'Work/deep']);
    expect(await refused(kind, caller, at(path), 'PATCH', body)).toMatchObject(members);
    expect(await names(caller)).toEqual([...own, 'Work', 'deep'].sort());
    expect(await stage.page(caller)).toMatchObject({ total: 1 });
  });

  it('or not, is subscribed and unsubscribed', async () => {
    const caller = await stage.callerWith([]);
    await make(caller, { name: 'seen' });
    expect(await change(caller, 'seen', { isSubscribed: false })).toMatchObject({ isSubscribed: false });
    expect(await subscribed(caller)).not.toContain('seen');
    expect(await change(caller, 'seen', { isSubscribed: true, name: 'seen 2' })).toMatchObject({ isSubscribed: true });
    expect(await subscribed(caller)).toContain('seen 2');
  });
});

describe('a mailbox that is deleted', () => {
  it('is gone when it was empty, and nobody is subscribed to its name any more', async () => {
    const caller = await stage.callerWith([]);
    await make(caller, { name: 'gone' });
    expect(await remove(caller, 'gone')).toBe(204);
    expect(await names(caller)).toEqual(own);
    expect(await subscribed(caller)).not.toContain('gone');
    await refused('mailbox-not-found', caller, at('gone'), 'DELETE');
  });

  it('stays when it holds messages, also such as came since it was last looked at', async () => {
    const caller = await stage.callerWith([]);
    await make(caller, { name: 'full' });
    await stage.page(caller, '', mailboxIdOf('full'));
    await stage.deliver(caller, 'full', letter('1'), letter('2'));
    const problem = await refused('mailbox-not-empty', caller, at('full'), 'DELETE');
    expect(problem).toMatchObject({ status: 409, totalEmails: 2 });
    expect(await stage.page(caller, '', mailboxIdOf('full'))).toMatchObject({ total: 2 });
  });

  it('goes with all its messages when that is asked for, and no other goes', async () => {
    const caller = await stage.callerWith([letter('kept')]);
    await make(caller, { name: 'full' });
    await stage.deliver(caller, 'full', letter('1'));
    await stage.deliver(caller, 'Archive', letter('kept as well'));
    expect(await remove(caller, 'full', '?removeEmails=true')).toBe(204);
    const counts = Object.fromEntries((await stage.mailboxes(caller)).map((one) => [one.name, one.totalEmails]));
    expect(counts).toEqual({ Archive: 1, Drafts: 0, INBOX: 1, Junk: 0, Sent: 0, Trash: 0 });
  });

  it('stays when it holds others, whatever is asked for', async () => {
    const caller = await stage.callerWith([]);
    await make(caller, { name: 'above' });
    await make(caller, { name: 'below', parentId: mailboxIdOf('above') });
    for (const query of ['', '?removeEmails=true']) {
      await refused('mailbox-has-children', caller, at('above') + query, 'DELETE');
    }
    expect(await names(caller)).toEqual([...own, 'above', 'below'].sort());
    expect(await remove(caller, 'above/below')).toBe(204);
    expect(await remove(caller, 'above')).toBe(204);
  });

  it('is never the inbox, and one with a role only when its messages may go', async () => {
    const caller = await stage.callerWith([]);
    for (const query of ['', '?removeEmails=true']) {
      const problem = await refused('mailbox-protected', caller, `${at('INBOX')}${query}`, 'DELETE');
      expect(problem).toMatchObject({ status: 409, role: 'inbox' });
    }
    expect(await refused('mailbox-protected', caller, `${all}/junk`, 'DELETE')).toMatchObject({ role: 'junk' });
    expect(await names(caller)).toEqual(own);
    await stage.deliver(caller, 'Junk', letter('spam'));
    expect(await remove(caller, 'Junk', '?removeEmails=true')).toBe(204);
    // This server makes it again by itself, without what was in it.
    expect(await stage.page(caller, '', 'junk')).toMatchObject({ total: 0 });
  });

  it.each(['yes', ''])('is not deleted by a question that nobody understands (%j)', async (value) => {
    const caller = await stage.callerWith([]);
    await refused('request-invalid', caller, `${at('Archive')}?removeEmails=${value}`, 'DELETE');
    await refused('request-invalid', caller, `${at('Archive')}?remove=true`, 'DELETE');
  });
});

it('shows one mailbox as it shows all of them, and sizes when they are asked for', async () => {
  const caller = await stage.callerWith([letter('one'), letter('two')]);
  const listed = await stage.mailboxes(caller);
  for (const mailbox of listed) {
    expect(await stage.postern.json(MailboxSchema, caller, `${all}/${mailbox.id}`)).toEqual(mailbox);
  }
  const size = letter('one').length + letter('two').length;
  const sized = await stage.postern.json(MailboxSchema, caller, `${all}/inbox?include=size`);
  expect(sized).toEqual({ ...first(listed), size });
  // No ACL in these settings.
  const both = await stage.postern.json(MailboxSchema, caller, `${all}/inbox?include=myRights,size`);
  expect(both).toEqual({ ...first(listed), size, myRights: null });
  await refused('request-invalid', caller, `${all}/inbox?include=everything`, 'GET');
  await refused('mailbox-not-found', caller, at('nowhere'), 'GET');
  await refused('mailbox-not-found', caller, `${all}/flagged`, 'GET');
});

it('answers for the new mailbox of a name on every session, when the old one of that name was renamed or deleted', async () => {
  const caller = await stage.callerWith([]);
  const work = messagesPath(mailboxIdOf('Work'));
  const onAllSessions = <T>(ask: () => Promise<T>) => Promise.all(Array.from({ length: 9 }, ask));
  const subjects = async () => (await stage.page(caller, '?fields=messageId', mailboxIdOf('Work'))).messages;
  const program = await stage.program(caller);
  const { id } = await make(caller, { name: 'Work' });
  await stage.deliver(caller, 'Work', letter('old'));
  const old = `${work}/${first((await stage.page(caller, '?fields=id', id)).messages).id}`;
  for (const [round, away] of [
    ['ours', () => change(caller, 'Work', { name: 'Old work' })],
    ['another program’s', () => program.command('RENAME Work "Older work"')],
    ['a deletion', () => program.command('DELETE Work')],
  ] as const) {
    await onAllSessions(subjects);
    await away();
    await make(caller, { name: 'Work' });
    await stage.deliver(caller, 'Work', letter(round.replace(/\W/g, '')));
    const seen = await onAllSessions(subjects);
    expect(new Set(seen.map((messages) => JSON.stringify(messages.map(({ messageId }) => messageId))))).toEqual(
      new Set([JSON.stringify([[`${round.replace(/\W/g, '')}@weaver.example`]])]),
    );
    await onAllSessions(async () => refused('state-gone', caller, old, 'GET'));
    await refused('state-gone', caller, `${old}?permanent=true`, 'DELETE');
  }
});
