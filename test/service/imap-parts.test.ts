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
