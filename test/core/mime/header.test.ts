import PostalMime, { type Address } from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { demoMessages } from '../../../scripts/demo/messages.ts';
import { headersOf, partHeaderOf } from '../../../src/core/mime/header.ts';
import { EmailHeaders } from './schemas.ts';

const headers = (text: string) => headersOf(Buffer.from(text, 'latin1'));
const part = (text: string) => partHeaderOf(Buffer.from(text, 'latin1'));
const flat = (addresses: Address | readonly Address[] | undefined) =>
  addresses === undefined
    ? null
    : [addresses]
        .flat()
        .flatMap((each) => (each.group ? each.group : [each]))
        .map((each) => ({
          name: each.name || null,
          email: each.address,
        }));
const ids = (text: string | undefined) => text?.match(/[^<>\s]+/g) ?? null;

describe('the header of a message', () => {
  it.each(demoMessages(new Date('2026-11-22T12:00:00Z')).map((message, index) => [index, message.bytes] as const))(
    'is what an independent reader finds (demo message %i)',
    async (_, bytes) => {
      const theirs = await PostalMime.parse(bytes.subarray(0, 200_000));
      const ours = headersOf(bytes);
      expect(() => EmailHeaders.parse(ours)).not.toThrow();
      expect({ ...ours, sentAt: ours.sentAt === null ? null : new Date(ours.sentAt).toISOString() }).toEqual({
        subject: theirs.subject?.normalize('NFC') ?? null,
        from: flat(theirs.from),
        sender: flat(theirs.sender),
        to: flat(theirs.to),
        cc: flat(theirs.cc),
        bcc: flat(theirs.bcc),
        replyTo: flat(theirs.replyTo),
        messageId: ids(theirs.messageId),
        inReplyTo: ids(theirs.inReplyTo),
        references: ids(theirs.references),
        sentAt: theirs.date ?? null,
      });
    },
  );

  it('has null for every field that is missing, and an empty list for an empty one', () => {
    expect(new Set(Object.values(headers('')))).toEqual(new Set([null]));
    expect(headers('To: \r\nCc: undisclosed-recipients:;\r\n')).toMatchObject({ to: [], cc: [], bcc: null });
  });

  it('counts the first of repeated fields, but joins repeated recipients', () => {
    expect(
      headers('Subject: a\r\nTo: a@x.example\r\nSUBJECT : b\r\nTo: b@x.example\r\nFrom: c@x.example\r\nFrom: d@x'),
    ).toMatchObject({
      subject: 'a',
      to: [{ email: 'a@x.example' }, { email: 'b@x.example' }],
      from: [{ email: 'c@x.example' }],
    });
  });

  it('ends at the empty line, and passes over lines that are no fields', () => {
    const block = 'From grace Fri Nov 20 09:30:00 2026\r\nno field\r\n\tat all\r\nSubject: yes\r\n\r\nTo: a@x.example';
    expect(headers(block)).toMatchObject({ subject: 'yes', to: null, from: null });
  });

  it('lets nothing into a text that breaks a line', () => {
    expect(headers('Subject: a =?utf-8?Q?b=0D=0ABcc:_c=00d=7F=C2=85?=\re\r\n\tf').subject).toBe('a b Bcc: cd e f');
  });

  it('reads raw bytes as UTF-8 and, where they are none, as windows-1252', () => {
    expect(headersOf(Buffer.from('Subject: Grüße')).subject).toBe('Grüße');
    expect(headers('Subject: Gr\xfc\xdfe').subject).toBe('Grüße');
  });

  it('composes characters (NFC), so that equal texts are equal', () => {
    expect(headersOf(Buffer.from('Subject: u\u0308ber')).subject).toBe('über');
  });

  it.each([
    ['"Weaver, Grace" <grace@weaver.example>', { name: 'Weaver, Grace', email: 'grace@weaver.example' }],
    ['grace@weaver.example (Grace Weaver)', { name: 'Grace Weaver', email: 'grace@weaver.example' }],
    ['=?utf-8?Q?Gr=C3=A4ce?= <g@w.example>', { name: 'Gräce', email: 'g@w.example' }],
    ['Team: Grace <g@w.example>;', { name: 'Grace', email: 'g@w.example' }],
    ['<>', undefined],
    ['MAILER-DAEMON', { name: null, email: 'MAILER-DAEMON' }],
    ['The Weavers', { name: 'The Weavers', email: '' }],
    ['g@w.example', { name: null, email: 'g@w.example' }],
  ])('reads the address %s', (text, expected) => {
    expect(headers(`From: ${text}`).from?.[0]).toEqual(expected);
  });

  it.each([
    ['<a@x.example>', ['a@x.example']],
    ['<a@x> (was <b@x>)\r\n <c@x>', ['a@x', 'b@x', 'c@x']],
    ['Your message of Friday <a@x.example>', ['a@x.example']],
    ['a@x.example', ['a@x.example']],
    ['a@x.example b@x.example', ['a@x.example', 'b@x.example']],
    ['nothing that is an id', null],
    ['<>', null],
    ['', null],
  ])('reads the message ids of %j', (text, expected) => {
    expect(headers(`References: ${text}`).references).toEqual(expected);
  });
});

describe('the header of a part', () => {
  it.each([
    ['Content-Disposition: attachment; filename="a.pdf"; size=3', 'a.pdf'],
    ['Content-Disposition: attachment; filename=my file (1).pdf', 'my file (1).pdf'],
    ['Content-Type: text/plain; name=a.txt (a comment); charset=x', 'a.txt'],
    ["Content-Disposition: attachment; filename=plain.txt; filename*=utf-8'de'Gr%C3%BC%C3%9Fe.txt", 'Grüße.txt'],
    ["Content-Type: a/b; name*1*=%BC.txt; name*0*=utf-8''Gr%C3", 'Grü.txt'],
    ['Content-Type: a/b; name*0="one "; name*1=two%20', 'one two%20'],
    ['Content-Disposition: attachment; filename="=?utf-8?B?R3LDvMOfZS50eHQ=?="', 'Grüße.txt'],
    ['Content-Disposition: attachment; filename="a\\"b.txt"', 'a"b.txt'],
    ['Content-Disposition: attachment; filename="never closed', 'never closed'],
    ['Content-Disposition: attachment; filename="a=0D.txt"; x', 'a=0D.txt'],
    ["Content-Disposition: attachment; filename*=utf-8''a%0D%0Ab", 'a b'],
    ['Content-Disposition: attachment; filename=""', null],
  ])('names the file of %s', (text, expected) => {
    expect(part(text).name).toBe(expected);
  });

  it.each([
    ['Content-Type: TEXT/HTML; Charset="UTF-8"', { type: 'text/html', charset: 'UTF-8' }],
    ['Content-Type: text/html charset=utf-8', { type: 'text/html', charset: 'utf-8' }],
    ['Content-Type: text/plain (comment; x="y") ; charset=a; charset=b', { charset: 'a' }],
    ['Content-Type: text/plain; charset="a\r\n\tb\\\r\x01"', { charset: 'ab' }],
    ['Content-Type: text\r\nContent-Type: text/html', { type: 'text/plain' }],
    ['Content-Type: image/png; charset=utf-8', { charset: null }],
    ['Content-Type: multipart/mixed; x="b;c"; boundary="a b "', { boundary: 'a b' }],
    ['Content-Type: text/plain; boundary=abc', { boundary: null }],
    ['Content-Transfer-Encoding: (x) BASE64 ', { encoding: 'base64' }],
    ['Content-Disposition: Inline\r\nContent-ID: <a@b>', { disposition: 'inline', cid: 'a@b' }],
    ['', { type: 'text/plain', charset: null, name: null, disposition: null, cid: null, encoding: '7bit' }],
  ])('reads %j', (text, expected) => {
    expect(part(text)).toMatchObject(expected);
  });

  it.each(['(', '(;', '"', 'a*1=', ';', '\\"', "a*='"])(
    'looks at each character of a field full of %j a few times at most',
    (piece) => {
      // In time with the square of its length this takes longer than the runner allows.
      expect(part(`Content-Type: text/html;${piece.repeat(150_000)}`).type).toMatch(/^text/);
    },
  );
});

it('is read in time that grows with its length, however many of its lines are no fields', () => {
  const block = Buffer.from('a\n'.repeat(256 * 1024));
  const start = performance.now();
  for (let count = 0; count < 10; count++) expect(headersOf(block).subject).toBeNull();
  expect(performance.now() - start).toBeLessThan(5_000);
});
