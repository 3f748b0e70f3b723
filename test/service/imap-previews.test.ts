/**
 * `preview` in a listing: what a message begins with, by the server's own word and by ours.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { canarySubject } from '../support/canary.ts';
import { withFiles } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const telling = imapStage();
/** Dovecot tells no previews to those who do not know that it could. */
const silent = imapStage({
  extraConfig: 'protocol imap {\n  imap_capability = IMAP4rev1 LITERAL+ SASL-IR UIDPLUS ESEARCH\n}',
});

const message = (body: string | Uint8Array, ...fields: readonly string[]): Uint8Array =>
  Buffer.concat([
    Buffer.from([`Subject: ${canarySubject} preview`, 'MIME-Version: 1.0', ...fields, '', ''].join('\r\n')),
    Buffer.from(body),
  ]);
const text = (charset: string, encoding: string, body: string | Uint8Array): Uint8Array =>
  message(body, `Content-Type: text/plain; charset=${charset}`, `Content-Transfer-Encoding: ${encoding}`);
const html = (body: string): Uint8Array => message(body, 'Content-Type: text/html; charset=utf-8');
const multipart = (subtype: string, ...parts: readonly string[]): Uint8Array =>
  message(
    [...parts.map((part) => `--b\r\n${part}\r\n`), '--b--\r\n'].join(''),
    `Content-Type: multipart/${subtype}; boundary=b`,
  );
const latin1 = (octets: string): Uint8Array => Buffer.from(octets, 'latin1');
const base64 = (body: string): string => Buffer.from(body).toString('base64').replace(/.{76}/g, '$&\r\n');

const plainPart = 'Content-Type: text/plain; charset=utf-8\r\n\r\n';
const htmlPart = 'Content-Type: text/html; charset=utf-8\r\n\r\n';
const file = 'Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nattached';

/** What a message begins with, beside it. */
const gallery: readonly (readonly [name: string, bytes: Uint8Array, preview: string])[] = [
  ['plain text', letter('plain'), 'This is plain.'],
  ['windows-1252', text('windows-1252', '8bit', latin1('Gr\xfc\xdfe \x80 100')), 'Grüße € 100'],
  ['iso-8859-15', text('iso-8859-15', '8bit', latin1('\xa4 100')), '€ 100'],
  ['koi8-r', text('koi8-r', '8bit', latin1('\xf0\xd2\xc9\xd7\xc5\xd4')), 'Привет'],
  ['iso-2022-jp', text('iso-2022-jp', '7bit', latin1('\x1b$B$3$s$K$A$O\x1b(B')), 'こんにちは'],
  ['gb18030', text('gb18030', '8bit', latin1('\xc4\xe3\xba\xc3')), '你好'],
  ['shift_jis in base64', text('shift_jis', 'base64', 'k/qWew=='), '日本'],
  ['utf-8 in quoted-printable', text('utf-8', 'quoted-printable', 'Gr=C3=BC=\r\n=C3=9Fe'), 'Grüße'],
  ['utf-8 in base64, long', text('utf-8', 'base64', base64('日本語'.repeat(4_000))), `${'日本語'.repeat(85)}日`],
  ['four octets a character, long', text('utf-8', '8bit', '🎉'.repeat(4_000)), '🎉'.repeat(256)],
  [
    'utf-8 in quoted-printable, long',
    text('utf-8', 'quoted-printable', '=F0=9F=8E=89=\r\n'.repeat(2_000)),
    '🎉'.repeat(256),
  ],
  ['a charset that nobody knows', text('x-unknown', '8bit', 'Grüße'), 'Grüße'],
  ['an encoding that nobody knows', text('utf-8', 'x-unknown', 'Hello'), 'Hello'],
  ['quoted lines', text('utf-8', '8bit', 'Ada wrote:\r\n> one\r\n> two\r\n\r\nThree'), 'Three'],
  ['html alone', html('<html><style>p{}</style><p>Gr&uuml;&szlig;e <b>Ada</b></p></html>'), 'Grüße Ada'],
  ['html behind much style', html(`<style>${'p { color: red }\n'.repeat(600)}</style><p>Hello</p>`), 'Hello'],
  ['text and html', multipart('alternative', `${plainPart}The text`, `${htmlPart}<p>The HTML</p>`), 'The text'],
  ['an empty text and html', multipart('alternative', `${plainPart}`, `${htmlPart}<p>The HTML</p>`), 'The HTML'],
  ['text and a file', multipart('mixed', `${plainPart}The text`, file), 'The text'],
  ['a file alone', multipart('mixed', file), ''],
  ['text in a part of a part', withFiles, 'Grüße € – 100 Bye'],
  ['hidden characters', text('utf-8', '8bit', '\u202eA\u200b\u0007B\u2066 \u200c C'), 'AB C'],
  ['one character', text('utf-8', '8bit', 'y'), 'y'],
  ['nothing', message(''), ''],
  ['nothing but a picture', message('R0lGODlhAQABAAAAACw=', 'Content-Type: image/gif'), ''],
];

describe('where the server tells none', () => {
  it('gives what each message begins with, whatever its charset, its encoding and its parts', async () => {
    const caller = await silent.callerWith(gallery.map(([, bytes]) => bytes));
    const { messages } = await silent.page(caller, '?fields=preview');
    const found = messages.toReversed().map(({ preview }, index) => [gallery[index]?.[0], preview]);
    expect(found).toEqual(gallery.map(([name, , preview]) => [name, preview]));
  });

  it('gives each message its own, in pages, in any order of parts', async () => {
    const count = 120;
    const bodies = Array.from({ length: count }, (_, index) =>
      index % 3 === 0
        ? multipart('mixed', `${plainPart}Number ${index}`, file)
        : index % 3 === 1
          ? html(`<p>Number ${index}`)
          : letter(`Number ${index}`, `Number ${index}`),
    );
    const caller = await silent.callerWith(bodies);
    const { messages } = await silent.page(caller, '?limit=500&fields=preview');
    expect(messages.map(({ preview }) => preview)).toEqual(bodies.map((_, index) => `Number ${count - 1 - index}`));
  });

  it('asks for all of them in one go, a command for each kind of part, and marks none as seen', async () => {
    const relay = await startImapRelay(silent.host.dovecot.ports.imap);
    const owner = await silent.callerWith([letter('a'), html('<p>b'), multipart('mixed', `${plainPart}c`, file)]);
    const caller = relay.through(owner);
    await silent.page(caller, '?fields=id');
    const before = relay.commands.length;
    await silent.page(caller, '?fields=preview');
    const sent = relay.commands.slice(before);
    expect(sent.map((command) => command.replace(/^(UID )?(\w+).*$/, '$1$2'))).toEqual([
      ...['NOOP', 'FETCH'],
      ...['UID FETCH', 'UID FETCH', 'UID FETCH'],
    ]);
    const { messages } = await silent.page(caller);
    expect(messages.map(({ keywords }) => keywords)).toEqual([{}, {}, {}]);
    await relay.stop();
  });
});

describe('where the server tells them', () => {
  const previewsOf = async (caller: Caller) =>
    (await telling.page(caller, '?fields=preview')).messages.map(({ preview }) => preview);

  it('gives them, and asks for nothing else', async () => {
    const relay = await startImapRelay(telling.host.dovecot.ports.imap);
    const caller = relay.through(await telling.callerWith([letter('a'), html('<p>Gr&uuml;&szlig;e</p>')]));
    expect(await previewsOf(caller)).toEqual(['Grüße', 'This is a.']);
    const fetches = relay.commands.filter((command) => command.includes('FETCH'));
    expect(fetches).toEqual([
      expect.stringMatching(/^FETCH 1:\* \(UID FLAGS INTERNALDATE RFC822\.SIZE PREVIEW BODYSTRUCTURE\)$/),
    ]);
    await relay.stop();
  });

  it('trusts them no more than the text that they are made of', async () => {
    const caller = await telling.callerWith([text('utf-8', '8bit', '\u202eA\u200b\u0007B\u2066 C')]);
    expect(await previewsOf(caller)).toEqual(['AB C']);
  });
});

it('is not there, and not asked for, unless it is named', async () => {
  const relay = await startImapRelay(silent.host.dovecot.ports.imap);
  const caller = relay.through(await silent.callerWith([letter('a')]));
  const { messages } = await silent.page(caller);
  expect(messages.map((message) => 'preview' in message)).toEqual([false]);
  expect(relay.commands.filter((command) => command.includes('FETCH'))).toHaveLength(1);
  await relay.stop();
});
