/**
 * `PUT …/messages/{id}`: a draft gets another text, and is never gone.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { ProblemSchema } from '../../src/http/problems.ts';
import { NewEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { type AppendScript, append, startAppendServer, type Upload } from '../support/imap-append.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const drafts = messagesPath('drafts');

const put = (caller: Caller, path: string, upload: Upload) =>
  append(stage.postern, caller, path, { method: 'PUT', ...upload });

async function replaced(caller: Caller, path: string, upload: Upload) {
  const response = await put(caller, path, upload);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return { ...NewEmailSchema.parse(JSON.parse(text)), location: response.headers.get('location') ?? '' };
}

async function refused(caller: Caller, path: string, upload: Upload) {
  const response = await put(caller, path, upload);
  const problem = ProblemSchema.loose().parse(await response.json());
  return { ...problem, kind: problem.type.replace('/problems/', '') };
}

/** Somebody with two messages among the drafts; the path of the second. */
async function drafting(flags = '(\\Draft mine)') {
  const caller = await stage.callerWith([]);
  await stage.deliver(caller, 'Drafts', letter('other'), letter('old'));
  const program = await stage.program(caller, 'Drafts');
  await program.command(`UID STORE 2 +FLAGS ${flags}`);
  await program.command('UID STORE 1 +FLAGS (\\Deleted)');
  const [path = ''] = await stage.paths(caller, 'drafts');
  return { caller, program, path };
}

/** The last words of the subjects of a mailbox, newest first. */
const subjects = async (caller: Caller, mailbox = 'drafts') =>
  (await stage.page(caller, '', mailbox)).messages.map(({ subject }) => subject?.split(' ').at(-1));

it('puts the new one in the place of the old, with its keywords and every byte, and leaves all others alone', async () => {
  const { caller, program, path } = await drafting();
  const { id, location } = await replaced(caller, path, { bytes: letter('new') });
  expect(location).toBe(`${messagesPath(location.split('/')[4] ?? '')}/${id}`);
  expect(await subjects(caller)).toEqual(['new', 'other']);
  expect((await stage.read(caller, location)).keywords).toEqual({ $draft: true, mine: true });
  expect(await program.flags()).toEqual({ 1: ['\\Deleted'], 3: ['\\Draft', 'mine'] });
  const raw = await stage.postern.call(caller, `${location}/raw`);
  expect(sha256Of(new Uint8Array(await raw.arrayBuffer()))).toBe(sha256Of(new Uint8Array(letter('new'))));
});

it('gives it other keywords and another date when they are named, and leaves out the mark of deletion', async () => {
  const { caller, program, path } = await drafting('(\\Draft \\Deleted mine)');
  const first = await replaced(caller, path, { bytes: letter('new') });
  expect(Object.values(await program.flags())).toEqual([['\\Deleted'], ['\\Draft', 'mine']]);
  const query = '?keywords=$seen,$draft&receivedAt=2024-02-29T23:30:05Z';
  const { location } = await replaced(caller, `${drafts}/${first.id}`, { bytes: letter('newer'), query });
  expect(await stage.read(caller, location)).toMatchObject({
    keywords: { $seen: true, $draft: true },
    receivedAt: '2024-02-29T23:30:05.000Z',
  });
  expect(await subjects(caller)).toEqual(['newer', 'other']);
});

it('is for drafts: where they lie, or as they are marked', async () => {
  const caller = await stage.callerWith([letter('mail'), letter('marked')]);
  await stage.deliver(caller, 'Drafts', letter('unmarked'));
  await (await stage.program(caller)).command('STORE 2 +FLAGS (\\Draft)');
  const [marked = '', mail = ''] = await stage.paths(caller);
  const [unmarked = ''] = await stage.paths(caller, 'drafts');
  expect(await refused(caller, mail, { bytes: letter('new') })).toMatchObject({ kind: 'not-a-draft', status: 409 });
  expect(await subjects(caller, 'inbox')).toEqual(['marked', 'mail']);
  await replaced(caller, marked, { bytes: letter('new') });
  await replaced(caller, unmarked, { bytes: letter('new') });
  expect([await subjects(caller, 'inbox'), await subjects(caller)]).toEqual([['new', 'mail'], ['new']]);
});

it('keeps the draft that somebody else has changed', async () => {
  const { caller, program, path } = await drafting();
  const tag = (await stage.postern.call(caller, path)).headers.get('etag') ?? '';
  await program.command('UID STORE 2 +FLAGS.SILENT (theirs)');
  const headers = { 'If-Match': tag };
  expect(await refused(caller, path, { bytes: letter('new'), headers })).toMatchObject({ status: 412 });
  expect(await subjects(caller)).toEqual(['old', 'other']);
  const now = (await stage.postern.call(caller, path)).headers.get('etag') ?? '';
  await replaced(caller, path, { bytes: letter('new'), headers: { 'If-Match': now } });
  expect(await subjects(caller)).toEqual(['new', 'other']);
});

it.each([
  ['is no message', '', { bytes: Buffer.from('Subject: x\n\n') }, 'request-invalid'],
  [
    'is of another type',
    '',
    { bytes: letter('new'), headers: { 'Content-Type': 'text/plain' } },
    'media-type-unsupported',
  ],
  ['has a key that nobody keeps', '', { bytes: letter('new'), headers: { 'Idempotency-Key': 'a' } }, 'request-invalid'],
  ['has a keyword that is none', '', { bytes: letter('new'), query: '?keywords=a%20b' }, 'request-invalid'],
  ['is not there', '9', { bytes: letter('new') }, 'message-not-found'],
])('keeps the draft when the request %s', async (_, suffix, upload, kind) => {
  const { caller, path } = await drafting();
  expect((await refused(caller, path + suffix, upload)).kind).toBe(kind);
  expect(await subjects(caller)).toEqual(['old', 'other']);
});

describe('a draft whose connection is cut', () => {
  const lastLine = /^is new\.$/;
  it.each([
    [/^APPEND/, 'unsent', 'connection-lost', ['old', 'other']],
    [/^APPEND/, 'unanswered', 'connection-lost', ['old', 'other']],
    [lastLine, 'unsent', 'connection-lost', ['old', 'other']],
    [lastLine, 'unanswered', 'connection-lost', ['new', 'old', 'other']],
    [/^UID STORE/, 'unsent', 'partly-done', ['new', 'old', 'other']],
    [/^UID STORE/, 'unanswered', 'partly-done', ['new', 'old', 'other']],
    [/^UID EXPUNGE/, 'unsent', 'partly-done', ['new', 'old', 'other']],
    [/^UID EXPUNGE/, 'unanswered', 'partly-done', ['new', 'other']],
  ] as const)('at %s (%s) is never gone, and what is there now is told', async (command, loss, kind, left) => {
    const { caller, path } = await drafting();
    const relay = await startImapRelay(stage.host.dovecot.ports.imap);
    void relay.loseAt(command, loss);
    const problem = await refused(relay.through(caller), path, { bytes: letter('new') });
    expect(problem.kind).toBe(kind);
    expect(await subjects(caller)).toEqual(left);
    const [newest] = (await stage.page(caller, '', 'drafts')).messages;
    if (kind === 'partly-done') expect(problem).toMatchObject({ keywords: null, copy: { id: newest?.id } });
    await relay.stop();
  });
});

describe('a server', () => {
  const path = `${messagesPath('inbox')}/1000.7`;
  const serving = (script: AppendScript) =>
    startAppendServer({
      answer: (command) =>
        command.startsWith('UID FETCH 7 ') ? '* 1 FETCH (UID 7 FLAGS (\\Draft \\Seen))\r\n$ OK done\r\n' : undefined,
      ...script,
    });

  it('that offers REPLACE does it in one step', async () => {
    const onMessage = () => '* OK [APPENDUID 1000 8] there\r\n* 1 EXPUNGE\r\n$ OK done\r\n';
    const server = await serving({ capabilities: 'REPLACE UIDPLUS', onMessage });
    expect(await replaced(server.caller(), path, { bytes: letter('new') })).toMatchObject({ id: '1000.8' });
    const size = letter('new').length;
    expect(server.commands.filter((command) => /APPEND|REPLACE|STORE|EXPUNGE/.test(command))).toEqual([
      `UID REPLACE 7 "INBOX" (\\Draft \\Seen) {${size}}`,
    ]);
    expect(Buffer.from(server.messages[0] ?? []).toString()).toBe(`${Buffer.from(letter('new')).toString()}\r\n`);
    await server.stop();
  });

  it.each([
    ['$ NO [OVERQUOTA] full\r\n', 'over-quota'],
    ['$ NO [TOOBIG] no\r\n', 'message-too-large'],
  ])('that refuses REPLACE with %j has changed nothing', async (refusal, kind) => {
    const server = await serving({ capabilities: 'REPLACE', onCommand: () => refusal });
    expect((await refused(server.caller(), path, { bytes: letter('new') })).kind).toBe(kind);
    await server.stop();
  });

  it('that can neither REPLACE nor expunge one message is not asked to add the new one', async () => {
    const server = await serving({});
    const problem = await refused(server.caller(), path, { bytes: letter('new') });
    expect(problem).toMatchObject({ status: 422, feature: 'REPLACE or UIDPLUS' });
    expect(server.commands.filter((command) => /APPEND|REPLACE|STORE/.test(command))).toEqual([]);
    await server.stop();
  });

  it('that refuses to expunge the old one leaves both there, and the new one is told', async () => {
    const answer = (command: string) => {
      if (command.startsWith('UID EXPUNGE')) return '$ NO [NOPERM] no\r\n';
      if (command.startsWith('SELECT')) {
        return '* 1 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\Draft \\Deleted)]\r\n* OK [UIDVALIDITY 1000]\r\n$ OK done\r\n';
      }
      const flags = command.includes('+FLAGS') ? '\\Draft \\Seen \\Deleted' : '\\Draft \\Seen';
      return /^UID (FETCH|STORE) 7 /.test(command) ? `* 1 FETCH (UID 7 FLAGS (${flags}))\r\n$ OK done\r\n` : undefined;
    };
    const server = await startAppendServer({
      capabilities: 'UIDPLUS',
      answer,
      onMessage: () => '$ OK [APPENDUID 1000 8] done\r\n',
    });
    const problem = await refused(server.caller(), path, { bytes: letter('new') });
    expect(problem).toMatchObject({ kind: 'partly-done', command: 'UID EXPUNGE', copy: { id: '1000.8' } });
    expect(problem).toMatchObject({ keywords: { $draft: true, $seen: true } });
    await server.stop();
  });
});
