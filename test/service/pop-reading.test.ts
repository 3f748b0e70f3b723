/**
 * `GET /v1/pop/messages/{id}`, `/raw` and `/parts/{partId}` over a real server.
 */
import { describe, expect, it } from 'vitest';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { encrypted, letter } from '../support/mail.ts';
import { messagesIn } from '../support/maildir.ts';
import { expectSameBytes } from '../support/pop-bytes.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';
import { seeded } from '../support/random.ts';

const stage = popStage();
const attachment = seeded(7).bytes(70_000);

async function pathsOf(caller: Caller): Promise<string[]> {
  const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
  return messages.map(({ id }) => `/v1/pop/messages/${id}`);
}

const read = (caller: Caller, path: string) => stage.postern.json(MaildropEmailSchema, caller, path);

describe.each(encrypted)('over %s', (security) => {
  it('gives a message with its text, its HTML and its attachments', async () => {
    const caller = await stage.callerWith([letter('other'), withAttachment], security);
    const [, path = ''] = await pathsOf(caller);
    const email = await read(caller, path);
    expect(email).toMatchObject({
      size: withAttachment.length,
      subject: 'With a file',
      text: 'Grüße, mit Anhang.',
      html: '<p>Gr&uuml;&szlig;e</p>',
      hasAttachment: true,
      isTruncated: false,
      isEncodingProblem: false,
      textBody: [{ partId: '1.1', type: 'text/plain', charset: 'iso-8859-1' }],
      htmlBody: [{ partId: '1.2', type: 'text/html' }],
      attachments: [{ partId: '2', name: 'random.bin', type: 'application/octet-stream', size: attachment.length }],
    });
    expect(path).toBe(`/v1/pop/messages/${email.id}`);
  });

  it('gives the file of a message byte for byte', async () => {
    const caller = await stage.callerWith([letter('plain'), eightBit, withAttachment], security);
    for (const [index, path] of (await pathsOf(caller)).entries()) {
      const response = await stage.postern.call(caller, `${path}/raw`);
      expect(response.headers.get('content-type')).toBe('message/rfc822');
      const [onDisk = Buffer.alloc(0)] = (await messagesIn(stage.host.dovecot.maildir(caller.user))).slice(index);
      expectSameBytes(new Uint8Array(await response.arrayBuffer()), onDisk, path);
    }
  });

  it('gives an attachment byte for byte, as a file that a browser saves and never runs', async () => {
    const caller = await stage.callerWith([withAttachment], security);
    const [path = ''] = await pathsOf(caller);
    const response = await stage.postern.call(caller, `${path}/parts/2`);
    expectSameBytes(new Uint8Array(await response.arrayBuffer()), attachment, 'attachment');
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="random\.bin"/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

it('cuts text and HTML at maxBodyBytes and says so', async () => {
  const caller = await stage.callerWith([letter('long', 'word '.repeat(1000))]);
  const [path = ''] = await pathsOf(caller);
  const cut = await read(caller, `${path}?maxBodyBytes=100`);
  expect(cut.text).toBe('word '.repeat(20));
  expect(cut.isTruncated).toBe(true);
  const whole = await read(caller, `${path}?maxBodyBytes=100000`);
  expect(whole.text?.startsWith('word '.repeat(1000))).toBe(true);
  expect(whole.isTruncated).toBe(false);
});

it('gives only the members that fields names', async () => {
  const caller = await stage.callerWith([letter('fields')]);
  const [path = ''] = await pathsOf(caller);
  expect(Object.keys(await read(caller, `${path}?fields=text,size`)).sort()).toEqual(['id', 'size', 'text']);
});

it('answers 304 to the one who has the message already', async () => {
  const caller = await stage.callerWith([letter('cached')]);
  const [path = ''] = await pathsOf(caller);
  const first = await stage.postern.call(caller, path);
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^"[^"]+"$/);
  await first.arrayBuffer();
  const again = await stage.postern.call(caller, path, { headers: { 'If-None-Match': etag } });
  expect(again.status).toBe(304);
  expect(again.headers.get('x-request-id')).toMatch(/./);
  expect(await again.text()).toBe('');
  const other = await stage.postern.call(caller, path, { headers: { 'If-None-Match': '"another"' } });
  expect(other.status).toBe(200);
});

it('gives raw messages and parts a strong ETag and lets nobody else keep them', async () => {
  const caller = await stage.callerWith([withAttachment]);
  const [path = ''] = await pathsOf(caller);
  for (const what of ['raw', 'parts/2']) {
    const response = await stage.postern.call(caller, `${path}/${what}`);
    await response.arrayBuffer();
    expect(response.headers.get('etag')).toMatch(/^"[^"]+"$/);
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(response.headers.get('vary')).toMatch(/Authorization/);
  }
});

it.each(['2', '1.1', '0', 'TEXT', '1%2F2'])('says that a plain message has no part %s', async (partId) => {
  const caller = await stage.callerWith([letter('partless')]);
  const [path = ''] = await pathsOf(caller);
  const problem = await stage.postern.problem('part-not-found', caller, `${path}/parts/${partId}`);
  expect(problem.status).toBe(404);
});

it.each(['raw', '', 'parts/2'])('frees the session when only the head of a message is asked for (%s)', async (what) => {
  const caller = await stage.callerWith([withAttachment]);
  const [path = ''] = await pathsOf(caller);
  const head = await stage.postern.call(caller, `${path}/${what}`.replace(/\/$/, ''), { method: 'HEAD' });
  expect(head.status).toBe(200);
  const next = await stage.postern.call(caller, '/v1/pop/messages', { signal: AbortSignal.timeout(5000) });
  expect(next.status).toBe(200);
});

it.each(['', '/raw', '/parts/1'])('finds no message under the id of none (%s)', async (what) => {
  const caller = await stage.callerWith([letter('only')]);
  for (const id of [Buffer.from('no-such-uidl').toString('base64url'), '!!!!', 'a', `${'A'.repeat(400)}`, '1.2']) {
    const problem = await stage.postern.problem('message-not-found', caller, `/v1/pop/messages/${id}${what}`);
    expect(problem.status).toBe(404);
  }
});

const eightBit = Buffer.from(
  'Subject: caf\xe9\r\n\r\n.\r\n..\r\n.\xff\x80\r\n\r\r\n. lone \r CR\r\n\r\n.\r\n.\r\n',
  'latin1',
);

const withAttachment = Buffer.from(
  [
    'From: grace@weaver.example',
    'Subject: With a file',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=outer',
    '',
    '--outer',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: 8bit',
    '',
    'Gr\xfc\xdfe, mit Anhang.',
    '--inner',
    'Content-Type: text/html; charset=us-ascii',
    '',
    '<p>Gr&uuml;&szlig;e</p>',
    '--inner--',
    '--outer',
    'Content-Type: application/octet-stream',
    'Content-Disposition: attachment; filename=random.bin',
    'Content-Transfer-Encoding: base64',
    '',
    ...(attachment.toString('base64').match(/.{1,76}/g) ?? []),
    '--outer--',
    '',
  ].join('\r\n'),
  'latin1',
);
