/**
 * Does every IMAP server find what is searched for, or say that it cannot?
 */
import { Buffer } from 'node:buffer';
import { beforeAll, describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { FoundEmailsSchema } from '../../src/mailbox/schema/search.ts';
import { canarySubject } from '../support/canary.ts';
import { messagesPath, type Page } from '../support/imap-stage.ts';
import type { Caller } from '../support/postern.ts';
import { imapExpectations } from '../support/server-expectations.ts';
import { imapProgram } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';

const encoded = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;

interface Letter {
  readonly label: string;
  readonly from: string;
  readonly subject: string;
  readonly body: string;
  readonly more?: readonly string[];
}

const bytesOf = ({ label, from, subject, body, more = [] }: Letter): Uint8Array =>
  Buffer.from(
    [
      `From: ${from}`,
      'To: ada@postern.example',
      ...(label === 'c' ? ['Cc: carol@postern.example'] : []),
      `Subject: ${canarySubject} ${subject}`,
      'Date: Mon, 16 Nov 2026 09:30:00 +0100',
      `Message-ID: <${label}@weaver.example>`,
      'MIME-Version: 1.0',
      ...(more.length > 0 ? more : ['Content-Type: text/plain; charset=utf-8']),
      '',
      body,
      '',
    ].join('\r\n'),
  );

const letters: readonly Letter[] = [
  { label: 'a', from: 'Zara <zara@orchard.example>', subject: 'walnut "one"', body: 'A quince in the orchard.' },
  { label: 'b', from: 'Grace <grace@weaver.example>', subject: encoded('Grüße'), body: 'Nothing of the kind.' },
  { label: 'c', from: 'Hal <hal@pod.example>', subject: 'quince', body: 'x'.repeat(70).concat('\r\n').repeat(100) },
  {
    label: 'd',
    from: 'Bea <bea@weaver.example>',
    subject: 'walnut',
    body: '--b\r\nContent-Type: text/plain\r\n\r\nSee file.\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=f.pdf\r\n\r\nnone\r\n--b--',
    more: ['X-Trip: south', 'Content-Type: multipart/mixed; boundary=b'],
  },
];

describe.each(imapExpectations)('$name', (expected) => {
  const stage = serverStage('imap', startPeer[expected.name]);
  let caller: Caller;
  beforeAll(async () => {
    caller = await stage.callerWith(...letters.map(bytesOf));
    // Some servers write UIDs down when a mailbox is first opened.
    const program = await imapProgram(stage.port, caller);
    await program.command('STORE 2 +FLAGS (\\Seen \\Flagged)');
    await program.logout();
  });

  const labelsOf = ({ messages }: Page): string =>
    messages.map(({ messageId }) => messageId?.[0]?.split('@')[0] ?? '').join('');
  const page = (query: string): Promise<Page> =>
    stage.postern.json(EmailPageSchema, caller, `${messagesPath('inbox')}?${query}`);
  const search = (q: string, more = ''): Promise<Page> => page(`q=${encodeURIComponent(q)}${more}`);

  it.each([
    ['quince', 'ca'],
    ['from:grace', 'b'],
    ['-from:weaver.example', 'ca'],
    ['to:ada', 'dcba'],
    ['cc:carol', 'c'],
    ['bcc:nobody', ''],
    ['subject:walnut', 'da'],
    ['subject:"walnut \\"one\\""', 'a'],
    ['body:orchard', 'a'],
    ['header:X-Trip', 'd'],
    ['header:X-Trip:south', 'd'],
    ['is:read', 'b'],
    ['is:unread', 'dca'],
    ['is:flagged', 'b'],
    ['is:unflagged -subject:quince', 'da'],
    ['is:answered', ''],
    ['is:draft', ''],
    ['larger:5k', 'c'],
    ['smaller:5k', 'dba'],
    ['after:2020-01-01', 'dcba'],
    ['before:2020-01-01', ''],
    ['before:2035-01-01T00:00:00+02:00', 'dcba'],
    ['has:attachment', 'd'],
    ['-has:attachment', 'cba'],
    ['has:attachment OR is:read', 'db'],
    ['subject:walnut OR (from:hal larger:5k)', 'dca'],
    ['-(subject:walnut OR from:hal)', 'b'],
  ])('finds with %s what is there', async (q, labels) => {
    const found = await search(q);
    expect(labelsOf(found)).toBe(labels);
    expect(found.total).toBe(labels.length);
  });

  it('finds what is not ASCII, or says that it cannot', async () => {
    const q = encodeURIComponent('subject:Grüße');
    if (expected.searchesUnicode) expect(labelsOf(await search('subject:Grüße'))).toBe('b');
    else {
      const problem = await stage.postern.problem('unsupported-by-server', caller, `${messagesPath('inbox')}?q=${q}`);
      expect(problem.status).toBe(422);
    }
  });

  it('finds by keywords of one’s own, or says that there are none', async () => {
    if (!expected.keepsKeywords) {
      const path = `${messagesPath('inbox')}?q=is:read%20OR%20-keyword:neverset`;
      const problem = await stage.postern.problem('unsupported-by-server', caller, path);
      expect(problem['feature']).toBe('the keyword neverset');
      return;
    }
    expect(labelsOf(await search('keyword:neverset'))).toBe('');
    expect(labelsOf(await search('-keyword:neverset'))).toBe('dcba');
  });

  it('leads through pages', async () => {
    const found = await search('is:unread', '&limit=2');
    expect(labelsOf(found)).toBe('dc');
    expect(labelsOf(await search('is:unread', `&limit=2&cursor=${found.nextCursor}`))).toBe('a');
  });

  it('sorts, or gives them by arrival and says so', async () => {
    const found = await page('sort=from&limit=3');
    expect(found.sort).toEqual(
      expected.sorts ? { by: 'from', isSupported: true } : { by: '-arrival', isSupported: false },
    );
    expect(labelsOf(found)).toBe(expected.sorts ? 'dbc' : 'dcb');
    const rest = await page(`sort=from&limit=3&cursor=${found.nextCursor}`);
    expect(labelsOf(rest)).toBe('a');
  });

  it('finds in all mailboxes', async () => {
    const found = await stage.postern.json(FoundEmailsSchema, caller, '/v1/imap/search?q=walnut');
    expect(found).toMatchObject({ total: 2, failed: [] });
    expect(found.messages.map(({ messageId }) => messageId?.[0])).toEqual(
      expect.arrayContaining(['a@weaver.example', 'd@weaver.example']),
    );
  });
});
