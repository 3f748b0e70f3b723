/**
 * Are mailboxes made, renamed and deleted alike on every server, and is what one cannot do a clear answer?
 *
 * The same tests for every server; where one goes its own way, `test/support/server-expectations.ts` has what is expected.
 */
import { describe, expect, it } from 'vitest';
import { modifiedUtf7 } from '../../scripts/mail-server/maildir.ts';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { MailboxesSchema, MailboxSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { QuotasSchema } from '../../src/mailbox/schema/quota.ts';
import { first, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { imapExpectations, oddNames } from '../support/server-expectations.ts';
import { type ImapProgram, imapProgram } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';

const all = '/v1/imap/mailboxes';

describe.each(imapExpectations)('$name', (expected) => {
  const { name, folders, acl, sharedPath } = expected;
  const { prefix, delimiter } = folders;
  const stage = serverStage('imap', startPeer[name]);
  const idOf = (path: string): string => mailboxIdOf(prefix + path);
  const at = (path: string): string => `${all}/${idOf(path)}`;
  const topId = folders.top === null ? null : mailboxIdOf(folders.top);

  async function otherwise<T>(caller: Caller, use: (program: ImapProgram) => Promise<T>): Promise<T> {
    const program = await imapProgram(stage.port, caller);
    try {
      return await use(program);
    } finally {
      await program.logout();
    }
  }
  const wire = (path: string): string => `"${modifiedUtf7(prefix + path).replace(/["\\]/g, '\\$&')}"`;
  const make = (caller: Caller, body: unknown) => stage.postern.json(MailboxSchema, caller, all, { body });
  const change = (caller: Caller, path: string, body: unknown) =>
    stage.postern.json(MailboxSchema, caller, at(path), { method: 'PATCH', body });
  const mailboxesOf = async (caller: Caller, query = '') =>
    (await stage.postern.json(MailboxesSchema, caller, all + query)).mailboxes;
  const idsOf = async (caller: Caller) => (await mailboxesOf(caller)).map(({ id }) => id).sort();
  const status = async (caller: Caller, path: string, method = 'GET') => {
    const response = await stage.postern.call(caller, path, { method });
    await response.arrayBuffer();
    return response.status;
  };
  const idsIn = async (caller: Caller, path: string) =>
    (await stage.postern.json(EmailPageSchema, caller, `${messagesPath(idOf(path))}?fields=messageId`)).messages;

  it('makes a mailbox, once, and subscribes to it', async () => {
    const caller = await stage.callerWith();
    expect(await make(caller, { name: 'Grüße' })).toEqual({
      id: idOf('Grüße'),
      name: 'Grüße',
      parentId: topId,
      role: null,
      namespace: 'personal',
      totalEmails: 0,
      unreadEmails: 0,
      isSubscribed: true,
      isSelectable: true,
    });
    expect(await stage.postern.json(MailboxSchema, caller, at('Grüße'))).toMatchObject({ name: 'Grüße' });
    await stage.postern.problem('mailbox-exists', caller, all, { body: { name: 'Grüße' } });
    const said = await otherwise(caller, (program) => program.command('LSUB "" "*"'));
    expect(said).toContain(wire('Grüße').slice(1, -1));
  });

  it('puts one into another, or says that none can be there', async () => {
    const caller = await stage.callerWith();
    const { id } = await make(caller, { name: 'Above' });
    const body = { name: 'below', parentId: id };
    if (!folders.nests) {
      await stage.postern.problem('unsupported-by-server', caller, all, { body });
      return;
    }
    expect(await make(caller, body)).toMatchObject({ id: idOf(`Above${delimiter}below`), parentId: id });
    await stage.postern.problem('mailbox-has-children', caller, at('Above'), { method: 'DELETE' });
    expect(await change(caller, `Above${delimiter}below`, { parentId: null })).toMatchObject({ id: idOf('below') });
    expect(await status(caller, at('Above'), 'DELETE')).toBe(204);
  });

  it('renames one with its messages, what lies in it, and its subscription', async () => {
    const caller = await stage.callerWith(letter('kept'));
    await make(caller, { name: 'Old' });
    if (folders.nests) await make(caller, { name: 'kid', parentId: idOf('Old') });
    await otherwise(caller, (program) => program.command(`COPY 1 ${wire('Old')}`));
    expect(await idsIn(caller, 'Old')).toHaveLength(1);
    expect(await change(caller, 'Old', { name: 'New' })).toMatchObject({
      id: idOf('New'),
      isSubscribed: true,
      totalEmails: 1,
    });
    expect((await idsIn(caller, 'New')).map(({ messageId }) => messageId)).toEqual([['kept@weaver.example']]);
    expect(await status(caller, at('Old'))).toBe(404);
    expect(await status(caller, messagesPath(idOf('Old')))).toBe(404);
    if (folders.nests) {
      const kid = await stage.postern.json(MailboxSchema, caller, at(`New${delimiter}kid`));
      expect(kid.isSubscribed).toBe(true);
    }
    await stage.postern.problem('mailbox-protected', caller, `${all}/inbox`, {
      method: 'PATCH',
      body: { name: 'Out' },
    });
    expect(await change(caller, 'New', { isSubscribed: false })).toMatchObject({ isSubscribed: false });
  });

  it('deletes one that is empty, and one that is not only when that is asked for', async () => {
    const caller = await stage.callerWith(letter('kept'));
    await make(caller, { name: 'Full' });
    await otherwise(caller, (program) => program.command(`COPY 1 ${wire('Full')}`));
    const before = await idsOf(caller);
    const problem = await stage.postern.problem('mailbox-not-empty', caller, at('Full'), { method: 'DELETE' });
    expect(problem['totalEmails']).toBe(1);
    expect(await idsOf(caller)).toEqual(before);
    expect(await status(caller, `${at('Full')}?removeEmails=true`, 'DELETE')).toBe(204);
    expect(await idsOf(caller)).toEqual(before.filter((id) => id !== idOf('Full')));
    await stage.postern.problem('mailbox-protected', caller, `${all}/inbox?removeEmails=true`, { method: 'DELETE' });
    expect(await status(caller, at('Full'), 'DELETE')).toBe(404);
  });

  it('answers for the new mailbox of a name when another program has put the old one away', async () => {
    const caller = await stage.callerWith(letter('1'), letter('2'));
    const subjects = async () => (await idsIn(caller, 'Work')).map(({ messageId }) => messageId?.[0]);
    const onAllSessions = async () => Promise.all(Array.from({ length: 9 }, subjects));
    await make(caller, { name: 'Work' });
    await otherwise(caller, (program) => program.command(`COPY 1 ${wire('Work')}`));
    const old = `${messagesPath(idOf('Work'))}/${first(await idsIn(caller, 'Work')).id}`;
    await onAllSessions();
    // UIDVALIDITY is the second of its making, on a server that knows no better.
    const second = Math.floor(Date.now() / 1000);
    await expect.poll(() => Math.floor(Date.now() / 1000), { timeout: 3_000 }).toBeGreaterThan(second);
    await otherwise(caller, async (program) => {
      await program.command(`RENAME ${wire('Work')} ${wire('Old work')}`);
      await program.command(`CREATE ${wire('Work')}`);
      await program.command(`COPY 2 ${wire('Work')}`);
    });
    expect(new Set((await onAllSessions()).flat())).toEqual(new Set(['2@weaver.example']));
    await stage.postern.problem('state-gone', caller, old);
    await stage.postern.problem('state-gone', caller, old, { method: 'PATCH', body: { keywords: { $seen: true } } });
    expect((await idsIn(caller, 'Old work')).map(({ messageId }) => messageId)).toEqual([['1@weaver.example']]);
  });

  it('calls one exactly as it was asked to, or refuses the name and makes none', async () => {
    const caller = await stage.callerWith();
    const before = await idsOf(caller);
    const made: string[] = [];
    const refused: string[] = [];
    for (const label of oddNames) {
      const response = await stage.postern.call(caller, all, { body: { name: label } });
      const body: unknown = await response.json();
      if (response.status === 201) {
        const { id, name } = MailboxSchema.parse(body);
        expect([id, name]).toEqual([idOf(label), label]);
        made.push(label);
      } else {
        expect([400, 422]).toContain(response.status);
        refused.push(label);
      }
    }
    expect(await idsOf(caller)).toEqual([...before, ...made.map(idOf)].sort());
    const withDelimiter = oddNames.filter((label) => label.includes(delimiter));
    expect(refused.sort()).toEqual([...new Set([...withDelimiter, ...folders.refusedNames])].sort());
  });

  it('gives one a role that its name stands for, or says that it cannot', async () => {
    const caller = await stage.callerWith();
    const body = { name: 'Important', role: 'flagged' };
    await stage.postern.problem('unsupported-by-server', caller, all, { body });
    if (folders.protectsRoles) {
      const junk = `${all}/junk?removeEmails=true`;
      await stage.postern.problem('unsupported-by-server', caller, junk, { method: 'DELETE' });
    }
    if (!expected.trash.isMadeByServer)
      expect(await make(caller, { name: 'Trash', role: 'trash' })).toMatchObject({ role: 'trash' });
    await stage.postern.problem('mailbox-exists', caller, all, { body: { name: 'Bin', role: 'trash' } });
  });

  it('tells sizes, rights and quotas as far as the server does', async () => {
    const caller = await stage.callerWith(letter('1'));
    const [inbox] = await mailboxesOf(caller, '?include=size,myRights');
    expect(inbox?.size).toEqual(folders.tellsSize ? expect.any(Number) : null);
    if (folders.tellsRights) expect(inbox?.myRights).toMatchObject({ mayReadItems: true, mayAddItems: true });
    else expect(inbox?.myRights).toBeNull();
    if (folders.tellsQuota) {
      // Nothing is limited in these settings.
      expect(await stage.postern.json(QuotasSchema, caller, '/v1/imap/quota')).toEqual({ quotas: [] });
    } else await stage.postern.problem('unsupported-by-server', caller, '/v1/imap/quota');
  });

  it('changes no mailbox that one may only read, and tells whose it is', async () => {
    if (acl === null || sharedPath === null) return;
    const owner = await stage.callerWith(letter('theirs'));
    const caller = await stage.callerWith();
    await make(owner, { name: 'Team' });
    await otherwise(owner, (program) => program.command(`SETACL ${wire('Team')} "${caller.user}" lr`));
    const id = mailboxIdOf(sharedPath(owner.user, `${prefix}Team`));
    const [theirs] = (await mailboxesOf(caller, '?include=myRights')).filter((mailbox) => mailbox.id === id);
    expect(theirs).toMatchObject({ namespace: 'other-users', myRights: { mayReadItems: true, mayDelete: false } });
    const path = `${all}/${id}`;
    await stage.postern.problem('permission-denied', caller, path, { method: 'PATCH', body: { name: 'Ours' } });
    await stage.postern.problem('permission-denied', caller, path, { method: 'DELETE' });
    await stage.postern.problem('permission-denied', caller, all, { body: { name: 'kid', parentId: id } });
    expect(await idsOf(owner)).toContain(idOf('Team'));
  });
});
