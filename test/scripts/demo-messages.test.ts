/**
 * Is the demo mailbox what it says it is?
 *
 * The generator is ours, so an independent reader (postal-mime) judges its mail: the texts that were meant must be the
 * texts that come out, and every odd kind that readers stumble over must be there.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import PostalMime, { type Attachment, type Email } from 'postal-mime';
import { beforeAll, describe, expect, it } from 'vitest';
import { french, japanese, polish, russian } from '../../scripts/demo/languages.ts';
import { type DemoMessage, demoMailboxes, demoMessages } from '../../scripts/demo/messages.ts';
import { HOSTILE_NAME } from '../../scripts/demo/strangers.ts';

const NOW = new Date('2026-11-22T15:30:00Z');
const MEGABYTE = 1_000_000;

interface Read {
  readonly message: DemoMessage;
  readonly source: string;
  readonly email: Email;
}

const messages = demoMessages(NOW);
let all: Read[] = [];

beforeAll(async () => {
  all = await Promise.all(
    messages.map(async (message) => ({
      message,
      source: Buffer.from(message.bytes.subarray(0, MEGABYTE)).toString('latin1'),
      email: await PostalMime.parse(message.bytes, { forceRfc822Attachments: true }),
    })),
  );
});

function one(matches: (read: Read) => boolean): Read {
  const found = all.filter(matches);
  expect(found).toHaveLength(1);
  const [read] = found;
  if (!read) throw new Error('unreachable: its length was checked');
  return read;
}

const withSubject = (subject: string): Read => one(({ email }) => email.subject === subject);
const fileNamed = (name: string): Attachment => {
  const files = all.flatMap(({ email }) => email.attachments).filter(({ filename }) => filename === name);
  if (!files[0]) throw new Error(`no attachment is named ${name}`);
  return files[0];
};
const contentOf = ({ content }: Attachment): Buffer =>
  typeof content === 'string' ? Buffer.from(content) : Buffer.from(new Uint8Array(content));
const digests = (list: readonly DemoMessage[]): string[] =>
  list.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
const headersOf = ({ source }: Read): string => source.slice(0, source.indexOf('\r\n\r\n') + 2);

describe('the mailbox', () => {
  it('makes the same bytes for the same day', () => {
    expect(digests(demoMessages(new Date('2026-11-22T00:00:00Z')))).toEqual(digests(messages));
    expect(digests(demoMessages(new Date('2026-11-23T00:00:00Z')))).not.toEqual(digests(messages));
  });

  it('takes less than 300 ms of processor time', () => {
    const before = process.threadCpuUsage();
    demoMessages(NOW);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(300);
  });

  it('lists messages oldest first, none from the future', () => {
    const times = messages.map(({ receivedAt }) => receivedAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(NOW.getTime());
  });

  it('has 50 to 70 messages, most of them in INBOX, each in a folder that is listed', () => {
    expect(messages.length).toBeGreaterThanOrEqual(50);
    expect(messages.length).toBeLessThanOrEqual(70);
    expect(messages.filter(({ mailbox }) => mailbox === 'INBOX').length).toBeGreaterThan(messages.length / 2);
    expect(demoMailboxes).toEqual(expect.arrayContaining(messages.map(({ mailbox }) => mailbox)));
  });

  it('leaves a folder empty, and lists the parent of every sub-folder before it', () => {
    expect(messages.map(({ mailbox }) => mailbox)).not.toContain('Später lesen');
    for (const [index, path] of demoMailboxes.entries()) {
      const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      if (parent !== '') expect(demoMailboxes.slice(0, index)).toContain(parent);
    }
  });

  it('has read, unread, flagged, answered and draft messages', () => {
    const flags = new Set(messages.flatMap((message) => message.flags));
    expect([...flags].toSorted()).toEqual(['\\Answered', '\\Draft', '\\Flagged', '\\Seen']);
    expect(messages.some((message) => message.flags.length === 0)).toBe(true);
  });
});

describe('every message', () => {
  it('uses CRLF only, ends with one, and keeps within 998 bytes a line', () => {
    for (const { bytes } of messages) {
      const lines = Buffer.from(bytes).toString('latin1').split('\r\n');
      expect(lines.filter((line: string) => line.length > 998 || /[\r\n]/.test(line))).toEqual([]);
      expect(lines.at(-1)).toBe('');
    }
  });

  it('has headers of pure ASCII, folded to 78 columns where there is a space to fold at', () => {
    for (const read of all) {
      expect(headersOf(read)).toMatch(/^[\r\n\t\x20-\x7e]*$/);
      for (const line of headersOf(read).split('\r\n')) {
        if (line.length > 78) expect(line.trimStart().replace(/^[\w-]+: /, '')).not.toContain(' ');
      }
    }
  });

  it('has a Message-ID of its own, a date and a sender', () => {
    expect(new Set(all.map(({ email }) => email.messageId)).size).toBe(all.length);
    for (const { email, message } of all) {
      expect(email.from?.address).toMatch(/\.example$/);
      expect(message.receivedAt.getTime() - Date.parse(email.date ?? '')).toBeLessThanOrEqual(3_000);
    }
  });

  it('answers a message that is there, with all of its references', () => {
    const byId = new Map(all.map(({ email }) => [email.messageId, email]));
    const replies = all.filter(({ email }) => email.inReplyTo !== undefined);
    for (const { email } of replies) {
      const parent = byId.get(email.inReplyTo ?? '');
      expect(email.references).toBe([parent?.references, parent?.messageId].filter(Boolean).join(' '));
    }
    const answered = replies.filter(({ message }) => message.mailbox === 'Sent');
    expect(replies.length).toBeGreaterThan(12);
    expect(answered.length).toBeGreaterThan(3);
  });
});

describe('charsets', () => {
  it.each([
    ['windows-1251, 8bit', russian.subject, russian.text],
    ['windows-1251, quoted-printable', russian.secondSubject, russian.secondText],
    ['ISO-2022-JP', japanese.subject, japanese.text],
    ['ISO-2022-JP, ASCII in between', japanese.ticketSubject, japanese.ticketText],
    ['ISO-8859-1, 8bit', french.subject, french.text],
    ['UTF-8, 8bit', polish.subject, polish.text],
  ])('%s decodes to the text that was meant', (_, subject, text) => {
    expect(withSubject(subject).email.text?.replaceAll('\r\n', '\n')).toBe(text);
  });

  it('writes them as their senders would', () => {
    const raw = (subject: string): string => withSubject(subject).source;
    expect(raw(russian.subject)).toMatch(/=\?windows-1251\?B\?.*\r\n =\?windows-1251\?B\?/);
    expect(raw(russian.subject)).toContain('\xc7\xe4\xf0\xe0\xe2\xf1\xf2\xe2\xf3\xe9\xf2\xe5'); // Здравствуйте
    expect(raw(russian.secondSubject)).toMatch(/=\?windows-1251\?Q\?/);
    expect(raw(japanese.subject)).toMatch(/=\?ISO-2022-JP\?B\?GyRC/);
    expect(raw(japanese.subject)).toContain('\r\n\x1b$B$$$D$b$*'); // いつもお
    for (const [, word = ''] of all.flatMap(({ source }) => [...source.matchAll(/=\?ISO-2022-JP\?B\?(.*?)\?=/g)])) {
      // Each word is back in ASCII at its end (RFC 2047 §3).
      expect(Buffer.from(word, 'base64').toString('latin1').split('\x1b').at(-1)).toMatch(/^\(B/);
    }
    expect(raw(french.subject)).toContain('\xab Lumi\xe8re');
    expect(all.some(({ source }) => /=\?UTF-8\?Q\?.*\r\n =\?UTF-8\?Q\?/.test(source))).toBe(true);
    expect(all.some(({ source }) => /=\?UTF-8\?B\?.*\r\n =\?UTF-8\?B\?/.test(source))).toBe(true);
  });

  it('joins flowed lines, with delsp and quotes', () => {
    const { email, source } = one(({ source }) => source.includes('delsp=yes'));
    expect(source).toContain('\r\n>> Hab einen gefunden');
    expect(source).toContain('\r\n From the station');
    expect(email.text).toMatch(/Soll ich zusagen\?/);
    expect(email.text).toContain(
      'In der Reithalle haben eure Eltern getanzt, lange bevor es euch gab, und die Terrasse war',
    );
  });
});

describe('attachments', () => {
  it.each([
    ['UTF-8 in one piece', japanese.attachmentName, /filename\*=UTF-8''/],
    ['in continuations', 'Hütte früh.png', /filename\*0\*=UTF-8''/],
    ['as encoded words', 'Fahrkarte für Ada, Innsbruck und zurück.pdf', /filename="=\?UTF-8\?B\?/],
    [
      'in long continuations',
      'Rechnung FW-212 – Fahrradwerkstatt Übermut, große Durchsicht & neue Züge.pdf',
      /filename\*3\*=/,
    ],
  ])('have names %s', (_, name, form) => {
    const { source } = one(({ email }) => email.attachments.some(({ filename }) => filename === name));
    expect(source).toMatch(form);
  });

  it('are a PDF whose cross-references hit their objects', () => {
    const file = contentOf(fileNamed('room-4-north-wall.pdf')).toString('latin1');
    expect(file.startsWith('%PDF-')).toBe(true);
    expect(file.slice(Number(/startxref\n(\d+)/.exec(file)?.[1]))).toMatch(/^xref\n/);
    const offsets = [...file.matchAll(/^(\d{10}) 00000 n/gm)].map((match) => Number(match[1]));
    for (const [index, offset] of offsets.entries())
      expect(file.slice(offset)).toMatch(new RegExp(`^${index + 1} 0 obj`));
    expect(offsets).toHaveLength(5);
  });

  it('are a PNG that decodes, inline, with the cid that the HTML names', () => {
    const image = fileNamed('Terrasse.png');
    const data = contentOf(image);
    expect(image.disposition).toBe('inline');
    expect(one(({ email }) => email.html?.includes('cid:terrasse') ?? false).email.html).toContain(
      `cid:${image.contentId?.slice(1, -1)}`,
    );
    const at = data.indexOf('IDAT');
    const rows = inflateSync(data.subarray(at + 4, at + 4 + data.readUInt32BE(at - 4)));
    expect(rows.length).toBe(data.readUInt32BE(20) * (1 + 3 * data.readUInt32BE(16)));
  });

  it('are a table, and a ZIP whose directory is where its end says', () => {
    expect(contentOf(fileNamed('westwand.csv')).toString().split('\r\n')).toHaveLength(98);
    const file = contentOf(fileNamed('room-4-markup.zip'));
    expect(file.subarray(file.readUInt32LE(file.length - 6)).toString('latin1', 0, 4)).toBe('PK\x01\x02');
  });

  it('make one message of 12 MB', () => {
    const [big] = messages.filter(({ bytes }) => bytes.length > 12 * MEGABYTE);
    expect(big?.bytes.length).toBeLessThan(13 * MEGABYTE);
    expect(contentOf(fileNamed('room-4.laz'))).toHaveLength(9 * MEGABYTE);
  });

  it('have a name that climbs out of its folder, in a mail full of scripts', () => {
    const { email } = one(({ email }) => email.html?.includes('<script>') ?? false);
    expect(email.attachments[0]?.filename).toBe(HOSTILE_NAME);
    expect(email.html).toMatch(/<img src="https:.* onerror=/);
  });
});

describe('structures', () => {
  it('are an invitation, in the text and as a file', () => {
    const { source, email } = withSubject('Invitation: Lamp test in room 4');
    expect(source).toMatch(/Content-Type: text\/calendar; charset=utf-8; method=REQUEST/);
    // Not by way of the reader: postal-mime rewrites the line ends of application/ics, even those inside base64.
    const [, file = ''] = /filename="invite.ics"\r\n\r\n(.*?)\r\n--/s.exec(source) ?? [];
    const calendar = Buffer.from(file, 'base64').toString();
    expect(calendar).toMatch(/^BEGIN:VCALENDAR\r\n.*METHOD:REQUEST\r\n.*END:VCALENDAR\r\n$/s);
    expect(calendar.split('\r\n').filter((line: string) => Buffer.byteLength(line) > 75)).toEqual([]);
    expect(email.html).toContain('Mira Novak invites you');
  });

  it('are a forward, and a forward inside a forward', async () => {
    const outer = withSubject('Fwd: Fwd: Grüße von der Fähre').email.attachments[0];
    const middle = await PostalMime.parse(outer?.content ?? '', { forceRfc822Attachments: true });
    const inner = await PostalMime.parse(middle.attachments[0]?.content ?? '');
    expect([middle.subject, inner.subject]).toEqual(['Fwd: Grüße von der Fähre', 'Grüße von der Fähre']);
    expect(fileNamed('Anfrage.eml').mimeType).toBe('message/rfc822');
  });

  it.each([
    ['a bounce', /multipart\/report;.*report-type=delivery-status.*\r\nContent-Type: message\/delivery-status/s],
    ['a signed mail', /multipart\/signed;.*micalg=pgp-sha256;.*Content-Type: application\/pgp-signature/s],
    ['a newsletter to leave', /\r\nList-Unsubscribe: <https:/],
    ['an address group', /\r\nTo: Wandergruppe: Ada Berger <ada@postern.example>,[^;]*;/],
    ['an empty group', /undisclosed-recipients: ;/],
    ['lines that start with a dot', /\r\n\.profile\r\n\.\.\r\n.*\r\n\.\r\n/s],
  ])('are %s', (_, form) => {
    expect(all.some(({ source }) => form.test(source))).toBe(true);
  });

  it('are a message without a body, one without a subject, a very long subject and one with emoji', () => {
    expect(one(({ source }) => source.indexOf('\r\n\r\n') === source.length - 4).email.subject).toBe('Scan 0007');
    expect(one((read) => !/^Subject:/m.test(headersOf(read))).email.text).toMatch(/^Komme 10 min später/);
    expect(Math.max(...all.map(({ email }) => email.subject?.length ?? 0))).toBeGreaterThan(400);
    expect(all.some(({ email }) => email.subject?.startsWith('🎉') && email.subject.includes('👩‍🔬'))).toBe(true);
  });
});
