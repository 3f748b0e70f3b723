/**
 * `GET …/messages/{id}` over a real server.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { emailFieldNames } from '../../src/mailbox/schema/email.ts';
import { canarySubject } from '../support/canary.ts';
import { knownParts, withFiles } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';

const stage = imapStage();

describe.each(encrypted)('over %s', (security) => {
  it('gives the header, the text, the HTML and the list of attachments', async () => {
    const caller = await stage.callerWith([], security);
    const receivedAt = new Date('2026-02-03T04:05:06Z');
    await stage.host.dovecot.deliver(caller.user, 'INBOX', withFiles, { flags: ['\\Answered'], receivedAt });
    const path = first(await stage.paths(caller));
    const { attachments, ...email } = await stage.read(caller, path);
    expect(email).toMatchObject({
      keywords: { $answered: true },
      size: withFiles.length,
      receivedAt: receivedAt.toISOString(),
      subject: `${canarySubject} Grüße🎉`,
      from: [
        { name: 'Grace "W" Weaver', email: 'grace@weaver.example' },
        { name: null, email: 'second@weaver.example' },
      ],
      sender: [{ name: 'Büro', email: 'office@weaver.example' }],
      replyTo: [{ name: null, email: 'answers@weaver.example' }],
      to: [
        { name: null, email: 'ada@postern.example' },
        { name: 'Jürgen', email: 'j@postern.example' },
      ],
      cc: [{ name: null, email: 'carol@postern.example' }],
      bcc: [],
      messageId: ['files@weaver.example'],
      inReplyTo: ['first@weaver.example'],
      references: ['root@weaver.example', 'first@weaver.example'],
      sentAt: '2026-11-17T23:15:01-03:30',
      hasAttachment: true,
      text: 'Grüße € – 100\nBye',
      html: '<p>Grüße <img src="cid:dot@weaver.example"></p>',
      textBody: [{ partId: '1.1', type: 'text/plain', charset: 'windows-1252', name: null }],
      htmlBody: [{ partId: '1.2.1', type: 'text/html', charset: 'utf-8' }],
      isTruncated: false,
      isEncodingProblem: false,
    });
    const image = { partId: '1.2.2', type: 'image/gif', name: 'dot.gif', cid: 'dot@weaver.example' };
    expect(attachments).toMatchObject([
      { ...image, disposition: 'inline' },
      ...knownParts.map(({ partId, name, type }) => ({
        ...{ partId, name, cid: null, disposition: 'attachment' },
        type: type.replace(/;.*/, ''),
      })),
    ]);
  });

  it('gives a message that has no MIME, and one that has no body', async () => {
    const bare = Buffer.from('From: a@weaver.example\r\n\r\nplain text\r\n');
    const caller = await stage.callerWith([bare, Buffer.from('Subject: only a header\r\n\r\n')], security);
    const [headerOnly = '', plain = ''] = await stage.paths(caller);
    expect(await stage.read(caller, plain)).toMatchObject({ text: 'plain text\n', html: null, subject: null });
    expect(await stage.read(caller, headerOnly)).toMatchObject({ text: '', attachments: [], isTruncated: false });
  });
});

describe('maxBodyBytes', () => {
  const text = 'aé€😀'.repeat(50);
  const bodies = [
    ['8bit', text],
    ['base64', Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n')],
    [
      'quoted-printable',
      [...Buffer.from(text)]
        .map((byte) => `=${byte.toString(16).toUpperCase()}`)
        .join('')
        .replace(/.{72}/g, '$&=\r\n'),
    ],
  ] as const;

  it.each(bodies)('cuts %s on the border of a character, and says so', async (encoding, body) => {
    const head = Buffer.from(letter('cut', ''))
      .toString()
      .replace('utf-8\r\n', `utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n`);
    const caller = await stage.callerWith([Buffer.from(head + body)]);
    const path = first(await stage.paths(caller));
    const whole = (await stage.read(caller, path)).text ?? '';
    expect(whole.trimEnd().endsWith(text)).toBe(true);
    for (const max of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 100, 499]) {
      const cut = await stage.read(caller, `${path}?maxBodyBytes=${max}`);
      const length = Buffer.byteLength(cut.text ?? '');
      expect(length).toBeLessThanOrEqual(max);
      expect(length, 'at most one character less than allowed').toBeGreaterThan(max - 4);
      expect(whole.startsWith(cut.text ?? '?')).toBe(true);
      expect(cut.isTruncated).toBe(true);
    }
    const exact = await stage.read(caller, `${path}?maxBodyBytes=${Buffer.byteLength(whole)}`);
    expect(exact).toMatchObject({ text: whole, isTruncated: false });
  });

  it('keeps the server from sending much more than was asked for', async () => {
    const relay = await startImapRelay(stage.host.dovecot.ports.imap);
    const caller = relay.through(await stage.callerWith([letter('huge', 'word '.repeat(400_000))]));
    const path = first(await stage.paths(caller));
    const before = relay.bytesFromServer;
    const { text, isTruncated } = await stage.read(caller, `${path}?maxBodyBytes=1000`);
    expect({ text: text?.length, isTruncated }).toEqual({ text: 1000, isTruncated: true });
    expect(relay.bytesFromServer - before).toBeLessThan(10_000);
    await relay.stop();
  });

  it.each(['-1', '4194305', 'all'])('is refused when it is %s', async (value) => {
    const caller = await stage.callerWith([letter('one')]);
    const path = first(await stage.paths(caller));
    const problem = await stage.postern.problem('request-invalid', caller, `${path}?maxBodyBytes=${value}`);
    expect(problem.errors).toMatchObject([{ in: 'query', field: 'maxBodyBytes' }]);
  });
});

// `headers` are told in another form, and only Gmail has labels.
it.each(emailFieldNames.filter((name) => !['headers', 'labels'].includes(name)))(
  'gives nothing but the id and %s when only that is asked for',
  async (name) => {
    const caller = await stage.callerWith([letter('fields')]);
    const path = first(await stage.paths(caller));
    const whole = await stage.read(caller, path);
    expect(await stage.read(caller, `${path}?fields=${name}`)).toEqual({ id: whole.id, [name]: whole[name] });
  },
);

describe('fields', () => {
  /** What each FETCH asked for, without the UID. */
  const asked = (commands: readonly string[]): string[] =>
    commands.filter((command) => command.includes('FETCH')).map((command) => command.replace(/^.*?\((.*)\).*$/, '$1'));
  const always = 'UID FLAGS INTERNALDATE RFC822.SIZE';

  it.each([
    ['id,keywords', [always]],
    ['subject', [`${always} BODY.PEEK[HEADER.FIELDS (Subject)]<0.524288>`]],
    [
      'from,header:List-Id:asText,header:X-Foo:all',
      [`${always} BODY.PEEK[HEADER.FIELDS (From list-id x-foo)]<0.524288>`],
    ],
    ['headers', [`${always} BODY.PEEK[HEADER]<0.524288>`]],
    ['hasAttachment', [`${always} BODYSTRUCTURE`]],
    ['text', [`${always} BODYSTRUCTURE`, 'UID BODY.PEEK[1.1]<0.263168>']],
    ['html', [`${always} BODYSTRUCTURE`, expect.stringMatching(/^UID BODY\.PEEK\[1\.2\.1\]<0\.\d+>$/)]],
    [
      'attachments',
      [`${always} BODYSTRUCTURE`, 'UID BODY.PEEK[5.HEADER.FIELDS (From To Subject Date Message-ID)]<0.32768>'],
    ],
  ])('%s need this and no more', async (fields, expected) => {
    const relay = await startImapRelay(stage.host.dovecot.ports.imap);
    const caller = relay.through(await stage.callerWith([withFiles]));
    await stage.read(caller, `${first(await stage.paths(caller))}`);
    const before = relay.commands.length;
    await stage.read(caller, `${first(await stage.paths(caller))}?fields=${fields}`);
    const [, ...fetches] = asked(relay.commands.slice(before)).map((items) => items.replace(' MODSEQ', ''));
    expect(fetches).toEqual(expected);
    await relay.stop();
  });

  it('give header fields in a listing, which reads no others', async () => {
    const relay = await startImapRelay(stage.host.dovecot.ports.imap);
    const caller = relay.through(await stage.callerWith([withFiles, letter('last')]));
    const { messages } = await stage.page(caller, '?fields=header:Date:asDate,header:Sender:asAddresses');
    expect(messages).toEqual([
      { id: expect.any(String), 'header:Date:asDate': '2026-11-16T09:30:00+01:00', 'header:Sender:asAddresses': null },
      {
        id: expect.any(String),
        'header:Date:asDate': '2026-11-17T23:15:01-03:30',
        'header:Sender:asAddresses': [{ name: 'Büro', email: 'office@weaver.example' }],
      },
    ]);
    expect(asked(relay.commands)).toEqual([
      expect.stringMatching(/BODY\.PEEK\[HEADER\.FIELDS \(date sender\)\]<0\.\d+>$/),
    ]);
    await relay.stop();
  });

  it.each([
    ['colour', 'Name fields of the answer'],
    ['header:From:asText', 'From cannot be read asText: ask for it with asRaw, asAddresses, asGroupedAddresses'],
    ['header:X-Foo:asJson', 'Write header:X-Foo, then one of :asRaw'],
    ['header:X%20Y%22:asText', 'Name a header field after header:'],
    ['header:X)%0d%0aA1%20LOGOUT', 'Name a header field after header:'],
    [Array.from({ length: 51 }, (_, index) => `header:X-${index}`).join(','), 'Name at most 50 header fields'],
  ])('that are none are refused, with what to write: %s', async (fields, message) => {
    const caller = await stage.callerWith([letter('one')]);
    for (const path of [first(await stage.paths(caller)), messagesPath('inbox')]) {
      const problem = await stage.postern.problem('request-invalid', caller, `${path}?fields=${fields}`);
      expect(problem.errors).toMatchObject([{ in: 'query', message: expect.stringContaining(message) }]);
    }
  });
});

it('answers 304 to the one who has the message as it is, and not after its keywords have changed', async () => {
  const caller = await stage.callerWith([letter('cached')]);
  const path = first(await stage.paths(caller));
  const fresh = await stage.postern.call(caller, path);
  await fresh.arrayBuffer();
  const headers = { 'If-None-Match': fresh.headers.get('etag') ?? '' };
  expect(headers['If-None-Match']).toMatch(/^(W\/)?"[^"]+"$/);
  const again = await stage.postern.call(caller, path, { headers });
  expect([again.status, await again.text()]).toEqual([304, '']);
  const program = await stage.program(caller);
  await program.command('STORE 1 +FLAGS.SILENT (\\Flagged)');
  const changed = await stage.postern.call(caller, path, { headers });
  await changed.arrayBuffer();
  expect(changed.status).toBe(200);
});

describe.each(['', '/raw', '/parts/1'])('…/messages/{id}%s', (what) => {
  it('of another UIDVALIDITY says that its state is gone', async () => {
    const caller = await stage.callerWith([letter('one')]);
    const path = first(await stage.paths(caller)).replace(/(\d+)\.1$/, (_, validity) => `${Number(validity) + 1}.1`);
    const problem = await stage.postern.problem('state-gone', caller, path + what);
    expect(problem.status).toBe(410);
  });

  it('of a message that is not there finds none', async () => {
    const caller = await stage.callerWith([letter('one')]);
    const path = first(await stage.paths(caller));
    for (const uid of ['2', '4294967295']) {
      const problem = await stage.postern.problem('message-not-found', caller, path.replace(/1$/, uid) + what);
      expect(problem.status).toBe(404);
    }
  });

  it.each(['1', '1.', '.1', '1.0', '01.1', '1.1.1', '1.*', '1.1:9', '4294967296.1', 'a.b', 'x%0d%0ay', '1.1%00'])(
    'of the id %s finds none',
    async (id) => {
      const caller = await stage.callerWith([letter('one')]);
      const problem = await stage.postern.problem('message-not-found', caller, `${messagesPath('inbox')}/${id}${what}`);
      expect(problem.status).toBe(404);
    },
  );
});
