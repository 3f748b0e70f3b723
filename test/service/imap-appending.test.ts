/**
 * `POST …/messages` over a real server: the message is there byte for byte, or not at all.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { ProblemSchema } from '../../src/http/problems.ts';
import { NewEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { append, beginAppend, type Upload } from '../support/imap-append.ts';
import { bigLetter, withFiles } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const archive = messagesPath('archive');
const inbox = messagesPath('inbox');

async function added(caller: Caller, path: string, upload: Upload) {
  const response = await append(stage.postern, caller, path, upload);
  const text = await response.text();
  expect(response.status, text).toBe(201);
  return { response, ...NewEmailSchema.parse(JSON.parse(text)) };
}

async function refused(caller: Caller, path: string, upload: Upload) {
  const response = await append(stage.postern, caller, path, upload);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return ProblemSchema.loose().parse(await response.json());
}

describe.each(encrypted)('over %s', (security) => {
  it('adds a message byte for byte, with its keywords and date, and answers where it is', async () => {
    const caller = await stage.callerWith([], security);
    const query = '?keywords=$seen,$draft,my-own&receivedAt=2024-02-29T23:30:05-01:00';
    const { response, id, mailboxId } = await added(caller, archive, { bytes: withFiles, query });
    const location = response.headers.get('location') ?? '';
    expect(location).toBe(`${messagesPath(mailboxId)}/${id}`);
    expect(await stage.read(caller, location)).toMatchObject({
      keywords: { $seen: true, $draft: true, 'my-own': true },
      receivedAt: '2024-03-01T00:30:05.000Z',
    });
    const raw = await stage.postern.call(caller, `${location}/raw`);
    expect(sha256Of(new Uint8Array(await raw.arrayBuffer()))).toBe(sha256Of(withFiles.map((byte) => byte)));
  });
});

it('adds messages of every size around those of packets, one after the other on the same session', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([]));
  const whole = bigLetter(1_000_000);
  for (const size of [120, 4095, 4096, 4097, 65_535, 65_536, 65_537, 300_000]) {
    const bytes = Buffer.from(whole.subarray(0, size));
    bytes.write('\r\n', size - 2, 'latin1');
    // No CR without its LF where it was cut.
    if (bytes[size - 3] === 13) bytes[size - 3] = 32;
    const { id } = await added(caller, inbox, { bytes });
    const raw = await stage.postern.call(caller, `${inbox}/${id}/raw`);
    expect(sha256Of(new Uint8Array(await raw.arrayBuffer())), String(size)).toBe(sha256Of(new Uint8Array(bytes)));
  }
  expect(relay.connections).toBe(1);
  await relay.stop();
});

it('is shown by the next list, and to other programs at once', async () => {
  const caller = await stage.callerWith([letter('old')]);
  const program = await stage.program(caller);
  await stage.page(caller);
  const { id } = await added(caller, inbox, { bytes: letter('new'), query: '?keywords=$flagged' });
  expect((await stage.page(caller)).messages[0]?.id).toBe(id);
  expect(await program.flags()).toEqual({ 1: [], 2: ['\\Flagged'] });
});

it.each([
  ['a line that ends in LF alone', 'Subject: x\r\n\r\nline\nline\r\n', /LF without CR at octet 19\b/],
  ['a CR in a line', 'Subject: x\r\n\r\nli\rne\r\n', /CR without LF at octet 17\b/],
  ['a CR at the end', 'Subject: x\r\n\r\nline\r', /CR without LF at octet 19\b/],
  ['a NUL', 'Subject: x\r\n\r\nli\0ne\r\n', /NUL at octet 17\b/],
  ['lines that all end in LF', 'Subject: x\n\nline\n', /LF without CR at octet 11\b/],
])('refuses a message with %s, says where, and adds nothing', async (_, text, message) => {
  const caller = await stage.callerWith([]);
  const problem = await refused(caller, inbox, { bytes: Buffer.from(text) });
  expect(problem).toMatchObject({ type: '/problems/request-invalid', status: 400 });
  expect(problem.errors).toMatchObject([{ in: 'body', message: expect.stringMatching(message) }]);
  expect((await stage.page(caller)).total).toBe(0);
});

it('adds nothing of a message that turns out wrong near its end, and the account works on', async () => {
  const caller = await stage.callerWith([]);
  const bytes = Buffer.concat([bigLetter(3_000_000), Buffer.from('one\nmore\r\n')]);
  const problem = await refused(caller, inbox, { bytes });
  expect(problem.type).toBe('/problems/request-invalid');
  expect((await stage.page(caller)).total).toBe(0);
  await added(caller, inbox, { bytes: letter('good') });
  expect((await stage.page(caller)).total).toBe(1);
});

it('adds nothing when the caller goes away in the middle, and the account works on', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([]));
  const bytes = bigLetter(3_000_000);
  for (const share of [1000, 500_000, bytes.length - 1]) {
    const before = relay.commands.length;
    const { goAway } = beginAppend(stage.postern.url, caller, inbox, bytes.length, bytes.subarray(0, share));
    await until(() => relay.commands.slice(before).some((command) => command.startsWith('APPEND')));
    goAway();
    expect((await stage.page(caller)).total).toBe(0);
  }
  // Dovecot would keep a message for which the command was completed; give it the time that a good one takes.
  await added(caller, inbox, { bytes });
  expect((await stage.page(caller)).total).toBe(1);
  await relay.stop();
});

/** Resolves when it is so; the test's own deadline ends the wait. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a mailbox that will not take it', () => {
  it.each([
    ['that does not exist', `mb_${Buffer.from('No such').toString('base64url')}`, ''],
    ['that does not exist, with keywords', `mb_${Buffer.from('No such').toString('base64url')}`, '?keywords=$seen'],
    ['that cannot exist', 'nowhere', ''],
    ['of a role that none has', 'flagged', ''],
  ])('%s is not found', async (_, mailbox, query) => {
    const caller = await stage.callerWith([]);
    const problem = await refused(caller, messagesPath(mailbox), { bytes: letter('1'), query });
    expect(problem).toMatchObject({ type: '/problems/mailbox-not-found', status: 404 });
  });
});

describe('a request that is wrong', () => {
  it.each([
    ['?keywords=two words', 'query', 'keywords'],
    ['?keywords=', 'query', 'keywords'],
    ['?keywords=$seen,', 'query', 'keywords'],
    ['?receivedAt=yesterday', 'query', 'receivedAt'],
    ['?receivedAt=2026-02-30T00:00:00Z', 'query', 'receivedAt'],
    ['?receivedAt=1969-12-31T23:59:59Z', 'query', 'receivedAt'],
    ['?receivedAt=2026-11-16T09:30:00+01:00', 'query', 'receivedAt'],
    ['?colour=blue', 'query', 'colour'],
  ])('%s is refused, and the field is named', async (query, place, field) => {
    const caller = await stage.callerWith([]);
    const problem = await refused(caller, inbox, { bytes: letter('1'), query });
    expect(problem.type).toBe('/problems/request-invalid');
    expect(problem.errors?.[0]).toMatchObject({ in: place, field: expect.stringMatching(`^${field}`) });
    expect((await stage.page(caller)).total).toBe(0);
  });

  it('because its length is not known is refused', async () => {
    const caller = await stage.callerWith([]);
    const bytes = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(letter('1'));
        controller.close();
      },
    });
    const problem = await refused(caller, inbox, { bytes });
    expect(problem.errors).toMatchObject([{ in: 'header', field: 'Content-Length' }]);
  });

  it('because there is no message is refused', async () => {
    const caller = await stage.callerWith([]);
    const problem = await refused(caller, inbox, { bytes: new Uint8Array() });
    expect(problem.errors).toMatchObject([{ in: 'body', field: 'body' }]);
  });

  it.each(['application/json', 'text/plain', 'message/rfc822x'])('because it is %s is refused', async (type) => {
    const caller = await stage.callerWith([]);
    const problem = await refused(caller, inbox, { bytes: letter('1'), headers: { 'Content-Type': type } });
    expect(problem).toMatchObject({ type: '/problems/media-type-unsupported', expected: 'message/rfc822' });
  });

  it('because it is larger than any message is refused before it is sent', async () => {
    const caller = await stage.callerWith([]);
    const tooLarge = 150 * 1024 * 1024 + 1;
    const { answer, goAway } = beginAppend(stage.postern.url, caller, inbox, tooLarge, new Uint8Array());
    expect(await answer).toMatch(/^HTTP\/1\.1 413 .*"limitBytes":157286400/s);
    goAway();
  });
});

it('leaves a session to others, however many messages are being added slowly', async () => {
  const caller = await stage.callerWith([letter('here already')]);
  await stage.page(caller);
  const bytes = bigLetter(1_000_000);
  const half = bytes.subarray(0, 500_000);
  const uploads = Array.from({ length: 3 }, () => beginAppend(stage.postern.url, caller, inbox, bytes.length, half));
  for (let count = 0; count < 10; count++) expect((await stage.page(caller)).total).toBe(1);
  for (const upload of uploads) upload.goAway();
});

it.each(['gzip', 'identity, br', 'quoted-printable'])('refuses a message in the encoding %s', async (encoding) => {
  const caller = await stage.callerWith([]);
  const headers = { 'Content-Encoding': encoding };
  const problem = await refused(caller, inbox, { bytes: letter('1'), headers });
  const expected = 'message/rfc822 with Content-Encoding: identity';
  expect(problem).toMatchObject({ type: '/problems/media-type-unsupported', status: 415, expected });
  expect((await stage.page(caller)).total).toBe(0);
  await added(caller, inbox, { bytes: letter('1'), headers: { 'Content-Encoding': 'Identity' } });
});
