/**
 * `DELETE …/messages/{id}` over a real server: into the trash, or for good, and nothing else with it.
 */
import { describe, expect, it } from 'vitest';
import { TrashedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { withFiles } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const trashed = (caller: Caller, path: string) =>
  stage.postern.json(TrashedEmailSchema, caller, path, { method: 'DELETE' });
const uidsIn = async (caller: Caller, mailbox = 'inbox') =>
  (await stage.paths(caller, mailbox)).map((path) => Number(path.split('.').at(-1)));

describe.each(encrypted)('over %s', (security) => {
  it('moves a message to the trash, byte for byte, under an id that works there', async () => {
    const caller = await stage.callerWith([letter('stays'), withFiles, letter('stays too')], security);
    const [, path = ''] = await stage.paths(caller);
    await stage.postern.json(TrashedEmailSchema, caller, first(await stage.paths(caller)), { method: 'DELETE' });
    const { id, mailboxId } = await trashed(caller, path);
    expect(mailboxId).toBe((await stage.mailboxes(caller)).find(({ role }) => role === 'trash')?.id);
    expect(await uidsIn(caller)).toEqual([1]);
    const newPath = `${messagesPath(mailboxId)}/${id}`;
    const email = await stage.read(caller, newPath);
    expect(email).toMatchObject({ id, mailboxIds: { [mailboxId]: true }, messageId: ['files@weaver.example'] });
    const raw = await stage.postern.call(caller, `${messagesPath('trash')}/${id}/raw`);
    const sent = withFiles.map((byte) => byte);
    expect(sha256Of(new Uint8Array(await raw.arrayBuffer()))).toBe(sha256Of(sent));
    await stage.postern.problem('message-not-found', caller, path);
  });

  it('expunges for good exactly the message that was named, whatever another program has marked', async () => {
    const caller = await stage.callerWith(
      ['1', '2', '3', '4'].map((label) => letter(label)),
      security,
    );
    const [, , path = ''] = await stage.paths(caller);
    const program = await stage.program(caller);
    await program.command('UID STORE 1,3 +FLAGS.SILENT (\\Deleted)');
    const response = await stage.postern.call(caller, `${path}?permanent=true`, { method: 'DELETE' });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await program.flags()).toEqual({ 1: ['\\Deleted'], 3: ['\\Deleted'], 4: [] });
    expect((await stage.page(caller, '', 'trash')).total).toBe(0);
  });
});

it('keeps the keywords of what it moves to the trash, and leaves what another program marked as deleted', async () => {
  const caller = await stage.callerWith([letter('1'), letter('2')]);
  const program = await stage.program(caller);
  await program.command('UID STORE 1 +FLAGS.SILENT (\\Deleted)');
  await program.command('UID STORE 2 +FLAGS.SILENT (\\Flagged $Later)');
  const { id, mailboxId } = await trashed(caller, first(await stage.paths(caller)));
  const { keywords } = await stage.read(caller, `${messagesPath(mailboxId)}/${id}`);
  expect(keywords).toEqual({ $flagged: true, $later: true });
  expect(await program.flags()).toEqual({ 1: ['\\Deleted'] });
});

it('says of a message in the trash that it is there already, and expunges it only when told to', async () => {
  const caller = await stage.callerWith([letter('1')]);
  const { id, mailboxId } = await trashed(caller, first(await stage.paths(caller)));
  for (const mailbox of ['trash', mailboxId]) {
    const path = `${messagesPath(mailbox)}/${id}`;
    const problem = await stage.postern.problem('already-in-trash', caller, path, { method: 'DELETE' });
    expect(problem.status).toBe(409);
  }
  expect((await stage.page(caller, '', 'trash')).total).toBe(1);
  const path = `${messagesPath('trash')}/${id}?permanent=true`;
  expect((await stage.postern.call(caller, path, { method: 'DELETE' })).status).toBe(204);
  expect((await stage.page(caller, '', 'trash')).total).toBe(0);
});

it.each(['', '?permanent=true'])('finds no message the second time (%s)', async (query) => {
  const caller = await stage.callerWith([letter('1'), letter('2')]);
  const path = first(await stage.paths(caller));
  expect((await stage.postern.call(caller, path + query, { method: 'DELETE' })).ok).toBe(true);
  const problem = await stage.postern.problem('message-not-found', caller, path + query, { method: 'DELETE' });
  expect(problem.status).toBe(404);
  expect(await uidsIn(caller)).toEqual([1]);
});

it.each(['', '?permanent=true'])(
  'touches nothing under an id of another UIDVALIDITY, or of none (%s)',
  async (query) => {
    const caller = await stage.callerWith([letter('1')]);
    const path = first(await stage.paths(caller));
    const stale = path.replace(/(\d+)\.1$/, (_, validity) => `${Number(validity) + 1}.1`);
    await stage.postern.problem('state-gone', caller, stale + query, { method: 'DELETE' });
    for (const id of ['0', '1:*', '2', '*']) {
      const other = path.replace(/1$/, encodeURIComponent(id));
      await stage.postern.problem('message-not-found', caller, other + query, { method: 'DELETE' });
    }
    expect(await uidsIn(caller)).toEqual([1]);
  },
);

it.each(['permanent=yes', 'permanent=', 'permanent=TRUE', 'force=true'])(
  'refuses ?%s and deletes nothing',
  async (query) => {
    const caller = await stage.callerWith([letter('1')]);
    const path = `${first(await stage.paths(caller))}?${query}`;
    const problem = await stage.postern.problem('request-invalid', caller, path, { method: 'DELETE' });
    expect(problem.errors).toMatchObject([{ in: 'query', field: query.replace(/=.*/, '') }]);
    expect(await uidsIn(caller)).toEqual([1]);
  },
);

it('never sends a command that would expunge what others have marked', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([letter('1'), letter('2')]));
  const [one = '', other = ''] = await stage.paths(caller);
  await stage.postern.call(caller, `${one}?permanent=true`, { method: 'DELETE' });
  await stage.postern.call(caller, other, { method: 'DELETE' });
  await stage.paths(caller, 'trash');
  expect(relay.commands.filter((command) => /EXPUNGE|CLOSE/.test(command))).toEqual(['UID EXPUNGE 2']);
  await relay.stop();
});
