/**
 * Which servers does Postern meet: what they can do, what their mailboxes are called, whose they are, and how many
 * connections they let in?
 *
 * The same tests for every server; where one goes its own way, `test/support/server-expectations.ts` has what is expected.
 */
import { describe, expect, it } from 'vitest';
import { modifiedUtf7 } from '../../scripts/mail-server/maildir.ts';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { AccountSchema } from '../../src/account/schema.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { NewEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { MailboxesSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { append } from '../support/imap-append.ts';
import { first, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import type { Call, Caller } from '../support/postern.ts';
import { imapExpectations, withoutAdded } from '../support/server-expectations.ts';
import { crowdAt, type ImapProgram, imapProgram } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';

describe.each(imapExpectations)('$name', (expected) => {
  const { name, other, oddlyNamed, acl, sharedPath, crowding, served } = expected;
  const stage = serverStage('imap', startPeer[name]);

  async function otherwise<T>(
    caller: Caller,
    use: (program: ImapProgram) => Promise<T>,
    mailbox = 'INBOX',
  ): Promise<T> {
    const program = await imapProgram(stage.port, caller, mailbox);
    try {
      return await use(program);
    } finally {
      await program.logout();
    }
  }
  const mailboxesOf = async (caller: Caller) =>
    (await stage.postern.json(MailboxesSchema, caller, '/v1/imap/mailboxes')).mailboxes;
  const pathsIn = async (caller: Caller, mailbox: string) =>
    (await stage.postern.json(EmailPageSchema, caller, messagesPath(mailbox))).messages.map(
      ({ id }) => `${messagesPath(mailbox)}/${id}`,
    );
  const capabilitiesOf = async (caller: Caller) =>
    (await stage.postern.json(AccountSchema, caller, '/v1/account')).capabilities;

  it('tells what the server says that it can do', async () => {
    const caller = await stage.callerWith();
    const said = await otherwise(caller, (program) => program.command('CAPABILITY'));
    const [, list = ''] = /^\* CAPABILITY (.*)\r$/m.exec(said) ?? [];
    const { protocol, user, capabilities } = await stage.postern.json(AccountSchema, caller, '/v1/account');
    expect([protocol, user]).toEqual(['imap', caller.user]);
    // How to log in is of no use any more; some servers then say something else about it, or nothing.
    const isOfUse = (capability: string) => !capability.startsWith('AUTH=');
    expect(new Set(capabilities.filter(isOfUse))).toEqual(new Set(list.trim().split(' ').filter(isOfUse)));
  });

  it('lists a mailbox by its name with whatever is in it, and puts a message there', async () => {
    const caller = await stage.callerWith(letter('1'));
    const { path, name, parent } = oddlyNamed;
    const quoted = modifiedUtf7(path).replace(/["\\]/g, '\\$&');
    await otherwise(caller, (program) => program.command(`CREATE "${quoted}"`));
    const id = mailboxIdOf(path);
    expect((await mailboxesOf(caller)).find((mailbox) => mailbox.id === id)).toMatchObject({
      name,
      parentId: parent === null ? null : mailboxIdOf(parent),
      totalEmails: 0,
    });
    const copy = `${first(await pathsIn(caller, 'inbox'))}/copy`;
    const answer = await stage.postern.json(NewEmailSchema, caller, copy, { body: { mailboxId: id } });
    expect(answer.mailboxId).toBe(id);
    const [there = '', ...more] = await pathsIn(caller, id);
    expect(more).toEqual([]);
    const raw = new Uint8Array(await (await stage.postern.call(caller, `${there}/raw`)).arrayBuffer());
    expect(sha256Of(withoutAdded(raw, served))).toBe(sha256Of(letter('1')));
    expect((await mailboxesOf(caller)).find((mailbox) => mailbox.id === id)?.totalEmails).toBe(1);
  });

  /** Everything that would change the first message of a mailbox, or what is in it. */
  async function refusalsIn(caller: Caller, mailboxId: string, inbox: string): Promise<Record<string, unknown>> {
    const path = first(await pathsIn(caller, mailboxId));
    const calls: Readonly<Record<string, readonly [string, Call]>> = {
      mark: [path, { method: 'PATCH', body: { keywords: { $flagged: true } } }],
      'move away': [path, { method: 'PATCH', body: { mailboxId: 'inbox' } }],
      'delete for good': [`${path}?permanent=true`, { method: 'DELETE' }],
      'copy into': [`${inbox}/copy`, { body: { mailboxId } }],
      'move into': [inbox, { method: 'PATCH', body: { mailboxId } }],
    };
    const kinds: Record<string, unknown> = {};
    for (const [what, [at, call]] of Object.entries(calls)) {
      const response = await stage.postern.call(caller, at, call);
      kinds[what] = response.status === 200 ? await response.json() : kindIn(await response.json());
    }
    const added = await append(stage.postern, caller, messagesPath(mailboxId), { bytes: letter('added') });
    return { ...kinds, add: kindIn(await added.json()) };
  }

  it('changes nothing in a mailbox that one may only read, and says why', async () => {
    const caller = await stage.callerWith(letter('1'));
    if (acl === null) {
      expect(await capabilitiesOf(caller)).not.toContain('ACL');
      return;
    }
    const state = () => otherwise(caller, (program) => program.flags(), other);
    await otherwise(caller, async (program) => {
      await program.command(`CREATE "${other}"`);
      await program.command(`COPY 1 "${other}"`);
      await program.command(`SETACL "${other}" "${acl.owner(caller.user)}" lra`);
    });
    const before = await state();
    const inbox = first(await pathsIn(caller, 'inbox'));
    const { marking } = acl;
    expect(await refusalsIn(caller, mailboxIdOf(other), inbox)).toEqual({
      ...allRefused,
      mark: marking,
      'move away': marking,
      'delete for good': marking,
    });
    expect(await state()).toEqual(before);
    expect(await pathsIn(caller, 'inbox')).toEqual([inbox]);
  });

  it('shows the mailbox of another user that may be read, and changes nothing in it', async () => {
    const owner = await stage.callerWith(letter('theirs'));
    const caller = await stage.callerWith(letter('mine'));
    if (sharedPath === null) {
      const listed = await mailboxesOf(caller);
      expect(listed.filter(({ role, totalEmails }) => role !== 'inbox' && totalEmails !== 0)).toEqual([]);
      return;
    }
    await otherwise(owner, async (program) => {
      await program.command(`CREATE "${other}"`);
      await program.command(`COPY 1 "${other}"`);
      await program.command(`SETACL "${other}" "${caller.user}" lr`);
    });
    const state = () => otherwise(owner, (program) => program.flags(), other);
    const before = await state();
    const id = mailboxIdOf(sharedPath(owner.user, other));
    expect((await mailboxesOf(caller)).find((mailbox) => mailbox.id === id)).toMatchObject({
      role: null,
      totalEmails: 1,
    });
    const [path = ''] = await pathsIn(caller, id);
    expect(await stage.postern.json(EmailSchema, caller, path)).toMatchObject({ text: 'This is theirs.\n' });
    const inbox = first(await pathsIn(caller, 'inbox'));
    expect(await refusalsIn(caller, id, inbox)).toEqual(allRefused);
    expect(await state()).toEqual(before);
    expect(await pathsIn(caller, 'inbox')).toEqual([inbox]);
  });

  it('says whose limit it is when the server lets nobody else connect, and goes on afterwards', async () => {
    const caller = await stage.callerWith(letter('kept'));
    const leave = await crowded(caller);
    const response = await stage.postern.call(caller, messagesPath('inbox'));
    const { kind, status } = crowding?.answer ?? { kind: null, status: 200 };
    expect(response.status).toBe(status);
    if (kind !== null) expect(kindIn(await response.json())).toBe(kind);
    leave();
    const again = async () => (await stage.postern.call(caller, messagesPath('inbox'))).status;
    await expect.poll(again, { timeout: 10_000 }).toBe(200);
  });

  async function crowded(caller: Caller): Promise<() => void> {
    if (crowding?.isPerUser !== true) return crowdAt(stage.port, crowding?.sessions ?? 30);
    const programs = await Promise.all(
      Array.from({ length: crowding.sessions }, () => imapProgram(stage.port, caller)),
    );
    return () => {
      for (const program of programs) program.close();
    };
  }
});

const allRefused = {
  mark: 'permission-denied',
  'move away': 'permission-denied',
  'delete for good': 'permission-denied',
  'copy into': 'permission-denied',
  'move into': 'permission-denied',
  add: 'permission-denied',
};

const kindIn = (problem: { readonly type?: unknown }): unknown => String(problem.type).replace('/problems/', '');
