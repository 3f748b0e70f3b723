/**
 * `GET …/messages/{id}/parts/{partId}` over a real server.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { knownParts, withFiles } from '../support/imap-letters.ts';
import { first, imapStage } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';

const stage = imapStage();

describe.each(encrypted)('over %s', (security) => {
  it('gives each part without its transfer encoding, byte for byte, under its own type', async () => {
    const caller = await stage.callerWith([withFiles], security);
    const path = first(await stage.paths(caller));
    for (const { partId, type, bytes } of knownParts) {
      const response = await stage.postern.call(caller, `${path}/parts/${partId}`);
      const got = new Uint8Array(await response.arrayBuffer());
      expect([partId, got.length, sha256Of(got)]).toEqual([partId, bytes.length, sha256Of(bytes)]);
      const expected = type.startsWith('text/') ? type.replaceAll('"', '') : type.replace(/;.*/, '');
      expect(response.headers.get('content-type')).toBe(expected);
    }
  });

  it('gives the texts too, as they were sent', async () => {
    const caller = await stage.callerWith([withFiles], security);
    const path = first(await stage.paths(caller));
    const text = await stage.postern.call(caller, `${path}/parts/1.1`);
    expect(text.headers.get('content-type')).toBe('text/plain; charset=windows-1252');
    expect(Buffer.from(await text.arrayBuffer()).toString('latin1')).toBe('Gr\xfc\xdfe \x80 \x96 100\r\nBye');
    const html = await stage.postern.call(caller, `${path}/parts/1.2.1`);
    expect(Buffer.from(await html.arrayBuffer()).toString()).toBe('<p>Grüße <img src="cid:dot@weaver.example"></p>');
  });

  it('gives a message that has one part as its part 1', async () => {
    const caller = await stage.callerWith([letter('single')], security);
    const response = await stage.postern.call(caller, `${first(await stage.paths(caller))}/parts/1`);
    expect(await response.text()).toBe('This is single.\r\n');
  });
});

it('sends a part as a file that a browser saves and never runs, under a name that is only a name', async () => {
  const caller = await stage.callerWith([withFiles]);
  const path = first(await stage.paths(caller));
  for (const { partId, name } of knownParts) {
    const { headers, body } = await stage.postern.call(caller, `${path}/parts/${partId}`);
    await body?.cancel();
    const disposition = headers.get('content-disposition') ?? '';
    expect(disposition).toMatch(/^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''[\w.!~%-]+$/);
    expect(decodeURIComponent(disposition.split("''")[1] ?? '')).toBe(name);
    expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
});

describe('?charset=utf-8', () => {
  const text = (type: string, encoding: string, body: Uint8Array): Uint8Array =>
    Buffer.concat([
      Buffer.from(`MIME-Version: 1.0\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`),
      body,
    ]);
  const big = 'Zażółć gęślą jaźń. '.repeat(100_000);
  const bigLatin2 = Buffer.from(
    [...big]
      .map((letter) =>
        'ąćęłńóśźżŻ'.includes(letter)
          ? '\xb1\xe6\xea\xb3\xf1\xf3\xb6\xbc\xbf\xaf'.charAt('ąćęłńóśźżŻ'.indexOf(letter))
          : letter,
      )
      .join(''),
    'latin1',
  );
  const crLf = Buffer.from('\r\n');

  it.each([
    [
      'windows-1252',
      text('text/plain; charset=windows-1252', '8bit', Buffer.from('Gr\xfc\xdfe \x80\r\n', 'latin1')),
      'Grüße €\r\n',
    ],
    ['utf-8', text('text/html; charset=UTF-8', '8bit', Buffer.from('<p>日本 🎉\r\n')), '<p>日本 🎉\r\n'],
    [
      'iso-2022-jp',
      text('text/plain; charset=iso-2022-jp', '7bit', Buffer.from('\x1b$BF|K\\\x1b(B\r\n', 'latin1')),
      '日本\r\n',
    ],
    ['cp932 in base64', text('text/csv; charset=cp932', 'base64', Buffer.from('k/qWew==\r\n')), '日本'],
    [
      'koi8-r in quoted-printable',
      text('text/plain; charset=koi8-r', 'quoted-printable', Buffer.from('=C4=C1\r\n')),
      'да\r\n',
    ],
    ['no charset, and UTF-8 inside', text('text/plain', '8bit', Buffer.from('Grüße\r\n')), 'Grüße\r\n'],
    [
      'US-ASCII, and windows-1252 inside',
      text('text/plain; charset=us-ascii', '8bit', Buffer.from('Gr\xfc\xdfe\r\n', 'latin1')),
      'Grüße\r\n',
    ],
    [
      'utf-8 that is none',
      text('text/plain; charset=utf-8', '8bit', Buffer.from('a\xffb\r\n', 'latin1')),
      'a\ufffdb\r\n',
    ],
    [
      'iso-8859-2, and is large',
      text('text/plain; charset=iso-8859-2', '8bit', Buffer.concat([bigLatin2, crLf])),
      `${big}\r\n`,
    ],
    [
      'utf-8 in base64, and is large',
      text(
        'text/plain; charset=utf-8',
        'base64',
        Buffer.from(Buffer.from(big).toString('base64').replace(/.{76}/g, '$&\r\n')),
      ),
      big,
    ],
  ])('converts a text that declares %s', async (_, message, expected) => {
    const caller = await stage.callerWith([message]);
    const path = `${first(await stage.paths(caller))}/parts/1`;
    const response = await stage.postern.call(caller, `${path}?charset=utf-8`);
    const as = await response.arrayBuffer();
    expect(sha256Of(new Uint8Array(as)), Buffer.from(as.slice(0, 100)).toString()).toBe(
      sha256Of(Buffer.from(expected)),
    );
    expect(response.headers.get('content-type')).toMatch(/^text\/(plain|html|csv); charset=utf-8$/);
    expect(response.headers.get('accept-ranges')).toBe('none');
    const plain = await stage.postern.call(caller, path, { method: 'HEAD' });
    expect(plain.headers.get('etag')).not.toBe(response.headers.get('etag'));
  });

  it.each([
    ['a charset that nobody knows', 'text/plain; charset=x-klingon', 'x-klingon'],
    ['a charset that is not served to browsers', 'text/plain; charset=utf-7', 'utf-7'],
    ['no text', 'image/png', null],
  ])('says so of %s, and serves it as it was sent', async (_, type, charset) => {
    const caller = await stage.callerWith([text(type, '7bit', Buffer.from('abc'))]);
    const path = `${first(await stage.paths(caller))}/parts/1`;
    for (const method of ['GET', 'HEAD']) {
      const response = await stage.postern.call(caller, `${path}?charset=utf-8`, { method });
      await response.text();
      expect(response.status).toBe(422);
    }
    const problem = await stage.postern.problem('charset-unsupported', caller, `${path}?charset=utf-8`);
    expect(problem).toMatchObject({ charset });
    expect(await (await stage.postern.call(caller, path)).text()).toBe('abc');
  });

  it('ignores a range', async () => {
    const caller = await stage.callerWith([letter('range')]);
    const path = `${first(await stage.paths(caller))}/parts/1?charset=utf-8`;
    const response = await stage.postern.call(caller, path, { headers: { Range: 'bytes=0-3' } });
    expect([response.status, await response.text()]).toEqual([200, 'This is range.\r\n']);
  });
});

it('gives a part of 8 MB in base64 byte for byte', async () => {
  const bytes = Buffer.alloc(8_000_003, 'Every chunk ends somewhere else in a group of four. ');
  const encoded = bytes.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n');
  const message = `Content-Type: application/zip; name=big.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n`;
  const caller = await stage.callerWith([Buffer.from(message)]);
  const response = await stage.postern.call(caller, `${first(await stage.paths(caller))}/parts/1`);
  expect(sha256Of(new Uint8Array(await response.arrayBuffer()))).toBe(sha256Of(bytes));
});

it.each([
  '99',
  '0',
  '1.0',
  'TEXT',
  'HEADER',
  '1.MIME',
  '1]',
  '1%5D%20BODY%5B',
  '1%0D%0A',
  '1%2F2',
  '1',
  '1.2',
  '5.1',
  '-1',
  ' 1',
  '2.',
])('says that there is no part %s to be had', async (partId) => {
  const caller = await stage.callerWith([withFiles]);
  const path = `${first(await stage.paths(caller))}/parts/${encodeURIComponent(decodeURIComponent(partId))}`;
  const problem = await stage.postern.problem('part-not-found', caller, path);
  expect(problem.status).toBe(404);
});
