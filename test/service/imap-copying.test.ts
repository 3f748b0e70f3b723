/**
 * `POST …/messages/{id}/copy`: a second message, and the first one as it was.
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { NewEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { withFiles } from '../support/imap-letters.ts';
import { startImapServer } from '../support/imap-script.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';

const stage = imapStage();

it('makes a copy byte for byte with its keywords, and answers where it is', async () => {
  const caller = await stage.callerWith([letter('other'), withFiles]);
  const program = await stage.program(caller);
  await program.command('UID STORE 2 +FLAGS.SILENT (\\Seen mine)');
  const path = first(await stage.paths(caller));
  const response = await stage.postern.call(caller, `${path}/copy`, { body: { mailboxId: 'archive' } });
  const { id, mailboxId } = NewEmailSchema.parse(await response.json());
  expect([response.status, response.headers.get('location')]).toEqual([201, `${messagesPath(mailboxId)}/${id}`]);
  const location = response.headers.get('location') ?? '';
  expect((await stage.read(caller, location)).keywords).toEqual({ $seen: true, mine: true });
  const raw = await stage.postern.call(caller, `${location}/raw`);
  expect(sha256Of(new Uint8Array(await raw.arrayBuffer()))).toBe(sha256Of(withFiles.map((byte) => byte)));
  expect(await program.flags()).toEqual({ 1: [], 2: ['\\Seen', 'mine'] });
});

it('copies into the same mailbox too, each time anew', async () => {
  const caller = await stage.callerWith([letter('1')]);
  const path = first(await stage.paths(caller));
  for (let count = 0; count < 2; count++) {
    await stage.postern.json(NewEmailSchema, caller, `${path}/copy`, { body: { mailboxId: 'inbox' } });
  }
  expect((await stage.page(caller)).total).toBe(3);
});

it('copies nothing where message or mailbox are missing', async () => {
  const caller = await stage.callerWith([letter('1')]);
  const path = first(await stage.paths(caller));
  const missing = `mb_${Buffer.from('No such').toString('base64url')}`;
  for (const mailboxId of [missing, 'nowhere', 'flagged']) {
    const problem = await stage.postern.problem('mailbox-not-found', caller, `${path}/copy`, { body: { mailboxId } });
    expect(problem).toMatchObject({ status: 404, field: 'mailboxId' });
  }
  const body = { mailboxId: 'archive' };
  await stage.postern.problem('message-not-found', caller, `${path.replace(/1$/, '9')}/copy`, { body });
  const stale = path.replace(/(\d+)\.1$/, (_, validity) => `${Number(validity) + 1}.1`);
  await stage.postern.problem('state-gone', caller, `${stale}/copy`, { body });
  expect((await stage.page(caller, '', 'archive')).total).toBe(0);
});

it.each([
  [{}, 'mailboxId'],
  [{ mailboxId: 7 }, 'mailboxId'],
  [{ mailboxId: 'archive', keywords: {} }, 'keywords'],
])('refuses the body %j, and names the field', async (body, field) => {
  const caller = await stage.callerWith([letter('1')]);
  const path = `${first(await stage.paths(caller))}/copy`;
  const problem = await stage.postern.problem('request-invalid', caller, path, { body });
  expect(problem.errors).toMatchObject([{ in: 'body', field }]);
});

it.each([
  ['$ OK done\r\n', 201, null],
  ['$ OK [COPYUID 1000 2 7] done\r\n', 201, '1000.7'],
  ['$ NO [OVERQUOTA] full\r\n', 507, undefined],
  ['$ NO [TRYCREATE] no\r\n', 404, undefined],
  ['$ NO [NOPERM] no\r\n', 403, undefined],
] as const)('answers as the server does (%j)', async (answer, status, id) => {
  const server = await startImapServer({
    messages: [letter('1'), letter('2')],
    answer: (command) => (command.startsWith('UID COPY') ? answer : undefined),
  });
  const path = `${messagesPath('inbox')}/1000.2/copy`;
  const response = await stage.postern.call(server.caller(), path, { body: { mailboxId: 'trash' } });
  expect(response.status).toBe(status);
  expect(response.headers.has('location')).toBe(typeof id === 'string');
  expect(await response.json()).toMatchObject(id === undefined ? { status } : { id, mailboxId: 'mb_VHJhc2g' });
  await server.stop();
});
