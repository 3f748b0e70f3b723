/**
 * What is read of a message of a maildrop when an event of it is sent?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { MaildropEventMessage } from '../../src/watch/schema/event-message.ts';
import type { Include } from '../../src/watch/subscription.ts';
import { letter } from '../support/mail.ts';
import { lookStage } from '../support/maildrop-looks/looker.ts';
import { type PopScript, type PopServer, withPopServer } from '../support/pop-script.ts';

const stage = lookStage();

const rich = Buffer.from(
  [
    'From: Grace Weaver <grace@weaver.example>',
    'Subject: With all',
    'X-Own: kept',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: multipart/alternative; boundary=a',
    '',
    '--a',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Some plain text.',
    '--a',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>Some HTML.</p>',
    '--a--',
    '--m',
    'Content-Type: application/pdf; name=minutes.pdf',
    'Content-Disposition: attachment; filename=minutes.pdf',
    'Content-Transfer-Encoding: base64',
    '',
    'JVBERi0=',
    '--m--',
    '',
  ].join('\r\n'),
);
const ref = (uidl: string) => ({ protocol: 'pop3', uidl, occurrence: null }) as const;
const listed = ['bcc', 'cc', 'from', 'id', 'inReplyTo', 'messageId', 'references', 'replyTo'];
const alwaysThere = [...listed, 'sender', 'sentAt', 'size', 'subject', 'to', 'uidl'];

async function withMessages(
  messages: Readonly<Record<string, Uint8Array>>,
  use: (read: (uidl: string, include?: Partial<Include>) => Promise<unknown>, server: PopServer) => Promise<void>,
  script: PopScript = {},
): Promise<void> {
  const spooled = Object.entries(messages).map(([uidl, bytes]) => ({ uidl, bytes }));
  await withPopServer({ messages: spooled, ...script }, async (server) => {
    const looker = stage.looker(server.caller());
    await use(async (uidl, include) => {
      const message = await looker.readBy(ref(uidl), include);
      if (!message.ok) return message.failure;
      // Whatever is read has the shape that the contract says.
      return MaildropEventMessage.parse(message.value);
    }, server);
  });
}

it.each<[Partial<Include>, Record<string, unknown>]>([
  [
    { text: true },
    {
      text: 'Some plain text.',
      isTextDerived: false,
      isSigned: false,
      isEncrypted: false,
      isTruncated: false,
      isEncodingProblem: false,
    },
  ],
  [{ html: true }, { html: '<p>Some HTML.</p>', cidLinks: [], isTruncated: false, isEncodingProblem: false }],
  [{ headers: true }, { headers: expect.arrayContaining([{ name: 'X-Own', value: ' kept' }]) }],
  [
    { attachments: true },
    { hasAttachment: true, attachments: [expect.objectContaining({ partId: '2', name: 'minutes.pdf' })] },
  ],
  [{ raw: true }, { raw: rich.toString('base64') }],
  [
    { text: true, maxBodyBytes: 4 },
    {
      text: 'Some',
      isTextDerived: false,
      isSigned: false,
      isEncrypted: false,
      isTruncated: true,
      isEncodingProblem: false,
    },
  ],
])('%j adds what it asks for to what a listing shows, and nothing else', async (include, added) => {
  await withMessages({ a: letter('a'), b: rich }, async (read, server) => {
    const message = await read('b', include);
    expect(message).toMatchObject({ id: 'Yg', uidl: 'b', size: rich.length, subject: 'With all', ...added });
    expect(Object.keys(Object(message)).sort()).toEqual([...alwaysThere, ...Object.keys(added)].sort());
    expect(server.commands.filter((line) => /^(RETR|QUIT|DELE)/.test(line))).toEqual([]);
  });
});

it('reads the header alone when no more is asked for', async () => {
  await withMessages({ b: rich }, async (read, server) => {
    expect(Object.keys(Object(await read('b', { capsule: true }))).sort()).toEqual([...alwaysThere].sort());
    expect(server.commands.filter((line) => line.startsWith('TOP'))).toEqual(['TOP 1 0']);
  });
});

it('has no raw octets of a message that is too large for an event, and does not read it for them', async () => {
  const bytes = (length: number) => Buffer.from(`Subject: large\r\n\r\n${'x'.repeat(length - 20)}\r\n`);
  const messages = { most: bytes(limits.rawIncludedBytes), more: bytes(limits.rawIncludedBytes + 1) };
  expect(messages.most.length).toBe(limits.rawIncludedBytes);
  await withMessages(messages, async (read, server) => {
    expect(await read('most', { raw: true })).toMatchObject({ raw: messages.most.toString('base64') });
    expect(await read('more', { raw: true })).toMatchObject({ raw: null, subject: 'large' });
    expect(server.commands.filter((line) => line.startsWith('TOP 2'))).toEqual(['TOP 2 0']);
  });
});

it('has no raw octets of a message that is larger than its server has said', async () => {
  const bytes = Buffer.from(`Subject: large\r\n\r\n${'x'.repeat(limits.rawIncludedBytes)}\r\n`);
  const told = limits.rawIncludedBytes - 1;
  const answer = (line: string) => (line === 'LIST' ? `+OK\r\n1 ${told}\r\n.\r\n` : undefined);
  await withMessages(
    { a: bytes },
    async (read) => {
      expect(await read('a', { raw: true })).toMatchObject({ raw: null, size: told });
    },
    { answer: (line) => (line === 'LIST 1' ? `+OK 1 ${told}\r\n` : answer(line)) },
  );
});

it('says so when the message is gone', async () => {
  await withMessages({ a: letter('a') }, async (read) => {
    expect(await read('b', { text: true })).toEqual({ kind: 'message-not-found' });
  });
});
