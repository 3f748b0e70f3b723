/**
 * `PATCH …/messages/{id}` with a `mailboxId`, over a real server: the message is in another mailbox, and nowhere else.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { withFiles } from '../support/imap-letters.ts';
import { type Loss, startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const patching = (body: object) => ({ method: 'PATCH', body });
const moved = (caller: Caller, path: string, body: object) =>
  stage.postern.json(PatchedEmailSchema, caller, path, patching(body));
const totals = async (caller: Caller) =>
  Object.fromEntries((await stage.mailboxes(caller)).map(({ role, totalEmails }) => [role, totalEmails]));

describe.each(encrypted)('over %s', (security) => {
  it('moves a message byte for byte, with its keywords, under an id that works there', async () => {
    const caller = await stage.callerWith([letter('stays'), withFiles, letter('stays too')], security);
    const program = await stage.program(caller);
    await program.command('UID STORE 2 +FLAGS.SILENT (\\Flagged $Later)');
    const [, path = ''] = await stage.paths(caller);
    const answer = await moved(caller, path, { mailboxId: 'archive' });
    const archive = (await stage.mailboxes(caller)).find(({ role }) => role === 'archive')?.id;
    expect(answer).toMatchObject({ mailboxId: archive, keywords: { $flagged: true, $later: true } });
    const newPath = `${messagesPath('archive')}/${answer.id}`;
    expect((await stage.read(caller, newPath)).keywords).toEqual(answer.keywords);
    const raw = await stage.postern.call(caller, `${newPath}/raw`);
    expect(sha256Of(new Uint8Array(await raw.arrayBuffer()))).toBe(sha256Of(withFiles.map((byte) => byte)));
    await stage.postern.problem('message-not-found', caller, path);
    expect(await program.flags()).toEqual({ 1: [], 3: [] });
  });
});

it('marks and moves in one call', async () => {
  const caller = await stage.callerWith([letter('1')]);
  const answer = await moved(caller, first(await stage.paths(caller)), {
    keywords: { $seen: true, done: true },
    mailboxId: 'archive',
  });
  expect(answer.keywords).toEqual({ $seen: true, done: true });
  expect((await stage.read(caller, `${messagesPath('archive')}/${answer.id}`)).keywords).toEqual(answer.keywords);
  expect(await totals(caller)).toMatchObject({ inbox: 0, archive: 1 });
});

it('leaves a message alone that is in that mailbox already, and answers the id that it has', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([letter('1')]));
  const path = first(await stage.paths(caller));
  const inbox = (await stage.mailboxes(caller)).find(({ role }) => role === 'inbox')?.id ?? '';
  for (const mailboxId of ['inbox', inbox, `mb_${Buffer.from('inbox').toString('base64url')}`]) {
    const answer = await moved(caller, path, { mailboxId });
    expect(answer).toEqual({ id: path.split('/').at(-1), mailboxId: inbox, keywords: {} });
  }
  expect(relay.commands.filter((command) => /MOVE|COPY|\bSTORE|EXPUNGE/.test(command))).toEqual([]);
  await relay.stop();
});

it.each([
  ['that does not exist', `mb_${Buffer.from('No such').toString('base64url')}`],
  ['that cannot exist', 'nowhere'],
  ['whose name would end the command', `mb_${Buffer.from('x"\r\nA1 DELETE INBOX').toString('base64url')}`],
  ['of a role that none has', 'flagged'],
])('changes nothing for a mailbox %s, and says which one is missing', async (_, mailboxId) => {
  const caller = await stage.callerWith([letter('1')]);
  const path = first(await stage.paths(caller));
  for (const body of [{ mailboxId }, { mailboxId, keywords: { $seen: true } }]) {
    const problem = await stage.postern.problem('mailbox-not-found', caller, path, patching(body));
    expect(problem).toMatchObject({ status: 404, field: 'mailboxId', detail: expect.stringContaining('mailboxId') });
  }
  expect((await stage.read(caller, path)).keywords).toEqual({});
});

it('finds no message that is not there, and none under an id of another UIDVALIDITY', async () => {
  const caller = await stage.callerWith([letter('1')]);
  const path = first(await stage.paths(caller));
  const body = { mailboxId: 'archive' };
  await stage.postern.problem('message-not-found', caller, path.replace(/1$/, '99'), patching(body));
  const stale = path.replace(/(\d+)\.1$/, (_, validity) => `${Number(validity) + 1}.1`);
  await stage.postern.problem('state-gone', caller, stale, patching(body));
  expect(await totals(caller)).toMatchObject({ inbox: 1, archive: 0 });
});

it.each([
  ['unsent', { inbox: 1, archive: 0 }],
  ['unanswered', { inbox: 0, archive: 1 }],
] as const satisfies readonly (readonly [Loss, object])[])(
  'says that the connection was lost when a move is %s, and does not try again by itself',
  async (loss, after) => {
    const relay = await startImapRelay(stage.host.dovecot.ports.imap);
    const direct = await stage.callerWith([letter('1')]);
    const caller = relay.through(direct);
    const path = first(await stage.paths(caller));
    relay.loseAt(/^UID MOVE/, loss);
    const problem = await stage.postern.problem('connection-lost', caller, path, patching({ mailboxId: 'archive' }));
    expect(problem).toMatchObject({ status: 502, detail: expect.stringContaining('may or may not have happened') });
    expect(await totals(direct)).toMatchObject(after);
    expect(relay.commands.filter((command) => command.startsWith('UID MOVE'))).toHaveLength(1);
    await relay.stop();
  },
);
