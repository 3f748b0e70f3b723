/**
 * What does the JSON of a message tell of mail as programs send it: by Outlook, S/MIME, OpenPGP, lists and calendars?
 *
 * Each from a real server, over IMAP, where BODYSTRUCTURE tells the parts, and over POP3, where they are found in the bytes.
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  alternative,
  type Entity,
  entityBytes,
  filePart,
  flowedPart,
  htmlPart,
  messagePart,
  multipart,
  textPart,
} from '../../scripts/demo/compose.ts';
import { htmlOnly, pgpEncrypted, pgpInline, smimeEncrypted, smimeSigned, winmail } from '../../scripts/demo/sealed.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { canarySubject } from '../support/canary.ts';
import { first, messagesPath } from '../support/imap-stage.ts';
import { type MailHost, startMailHost } from '../support/mail.ts';
import { type Caller, type Postern, startPostern } from '../support/postern.ts';

let host: MailHost;
let postern: Postern;
beforeAll(async () => {
  host = await startMailHost();
  postern = await startPostern({ trustedCertificates: [host.dovecot.ca] });
});
afterAll(async () => {
  await postern.stop();
  await host.stop();
});

const messageOf = ({ headers, body }: Entity, subject: string, from = 'Grace Weaver <grace@weaver.example>'): Buffer =>
  entityBytes({
    headers: [
      ['From', from],
      ['To', 'ada@postern.example'],
      ['Subject', subject],
      ['Date', 'Mon, 16 Nov 2026 09:30:00 +0100'],
      ['Message-ID', '<shape@weaver.example>'],
      ['MIME-Version', '1.0'],
      ...headers,
    ],
    body,
  });

type Read = Partial<z.output<typeof EmailSchema>>;
type Reading = (bytes: Uint8Array, query?: string) => Promise<Read>;

async function holding(bytes: Uint8Array): Promise<Caller> {
  const caller = await host.caller('imap');
  await host.dovecot.deliver(caller.user, 'INBOX', bytes);
  return caller;
}

const overImap: Reading = async (bytes, query = '') => {
  const caller = await holding(bytes);
  const { messages } = await postern.json(MaildropPageSchema, host.as(caller, 'pop3'), '/v1/pop/messages');
  expect(messages).toHaveLength(1);
  const list = await postern.call(caller, `${messagesPath('inbox')}?fields=id`);
  const id = /"id":"([\d.]+)"/.exec(await list.text())?.[1];
  return postern.json(EmailSchema, caller, `${messagesPath('inbox')}/${id}${query}`);
};

const overPop: Reading = async (bytes, query = '') => {
  const caller = host.as(await holding(bytes), 'pop3');
  const { messages } = await postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
  return postern.json(MaildropEmailSchema, caller, `/v1/pop/messages/${first(messages).id}${query}`);
};

const invitation = textPart('BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n', {
  type: 'text/calendar',
  parameters: '; method=REQUEST',
});
const nothing = { isSigned: false, isEncrypted: false, isTruncated: false, isEncodingProblem: false };

describe.each([
  ['IMAP', overImap],
  ['POP3', overPop],
])('over %s', (_, read) => {
  const shape = (entity: Entity) => read(messageOf(entity, canarySubject));

  it('a newsletter of HTML alone has a text that was made from it', async () => {
    const email = await shape(htmlOnly);
    expect(email).toMatchObject({ ...nothing, isTextDerived: true, cidLinks: [], hasAttachment: false });
    expect(email.html).toContain('<h2 style=');
    expect(email.text).toMatch(/^Museumsnacht\n\nZwölf Häuser, eine Nacht\n\nVon 18 bis 1 Uhr, mit Bus & Boot\.\n\n/);
    expect(email.text).toContain('Read on <https://nacht.example/haus>');
    expect(email.text).not.toMatch(/[<&](table|style|amp)/);
  });

  it('plain text stays what was sent', async () => {
    expect(await shape(alternative('Hello *you*\n> and you\n'))).toMatchObject({
      text: 'Hello *you*\n> and you\n',
      isTextDerived: false,
      textBody: [{ partId: '1', kind: null, message: null }],
    });
  });

  it.each([false, true])('flowed text is one line a paragraph (DelSp: %s)', async (delSp) => {
    const text = `${Array(60).fill('words words').join(' ')}\n\nFrom here\n`;
    const part = flowedPart(text, delSp);
    expect(Buffer.from(part.body).toString()).toMatch(/ \r\n.* \r\n/);
    expect((await shape(part)).text?.trimEnd()).toBe(text.trimEnd());
  });

  it('HTML says which part each of its cid: links means', async () => {
    const picture = (cid: string) =>
      filePart({ name: `${cid}.png`, type: 'image/png', bytes: Buffer.from('x'), disposition: 'inline', cid });
    const page = htmlPart('<img src="cid:two@x"><p style="background: url(cid:one@x)"><img src="cid:gone@x">');
    expect(await shape(multipart('related', [page, picture('one@x'), picture('two@x')]))).toMatchObject({
      cidLinks: [
        { cid: 'two@x', partId: '3' },
        { cid: 'one@x', partId: '2' },
        { cid: 'gone@x', partId: null },
      ],
    });
  });

  it('an invitation is marked, in the text and as a file', async () => {
    const file = filePart({ name: 'invite.ics', type: 'application/ics', bytes: Buffer.from('BEGIN:VCALENDAR') });
    const body = multipart('alternative', [textPart('You are invited.\n'), invitation]);
    expect(await shape(multipart('mixed', [body, file]))).toMatchObject({
      ...nothing,
      text: 'You are invited.\n',
      attachments: [
        { partId: '1.2', type: 'text/calendar', kind: 'calendar' },
        { partId: '2', kind: 'calendar' },
      ],
    });
  });

  it('winmail.dat is marked', async () => {
    expect(await shape(winmail)).toMatchObject({
      ...nothing,
      attachments: [{ partId: '2', name: 'winmail.dat', kind: 'tnef' }],
    });
  });

  it.each<[string, Entity, object, (string | null)[]]>([
    ['S/MIME, signed', smimeSigned, { isSigned: true, isEncrypted: false }, ['smime-signature']],
    ['S/MIME, enveloped', smimeEncrypted, { isSigned: false, isEncrypted: true, text: null }, ['smime-encrypted']],
    [
      'PGP/MIME, encrypted',
      pgpEncrypted,
      { isSigned: false, isEncrypted: true, text: null },
      ['pgp-encrypted', 'pgp-encrypted'],
    ],
    ['OpenPGP inside the text', pgpInline, { isSigned: true, isEncrypted: false }, []],
  ])('%s says so', async (_, entity, expected, kinds) => {
    const email = await shape(entity);
    expect(email).toMatchObject(expected);
    expect(email.attachments?.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('attached messages say what they are, those inside them do not', async () => {
    const inner = messageOf(textPart('inner'), 'Innermost');
    const forwarded = messageOf(
      multipart('mixed', [textPart('see below'), messagePart(inner)]),
      '=?utf-8?B?R3LDvMOfZQ==?=',
      '=?iso-8859-1?Q?J=FCrgen?= <j@weaver.example>',
    );
    const bare = Buffer.from('X-Nothing: known\r\n\r\nhello\r\n');
    const parts = [textPart('two forwards'), messagePart(forwarded, 'a.eml'), messagePart(bare, 'b.eml')];
    expect(await shape(multipart('mixed', parts))).toMatchObject({
      text: 'two forwards',
      attachments: [
        {
          partId: '2',
          kind: 'message',
          message: {
            subject: 'Grüße',
            from: [{ name: 'Jürgen', email: 'j@weaver.example' }],
            to: [{ name: null, email: 'ada@postern.example' }],
            sentAt: '2026-11-16T09:30:00+01:00',
            messageId: ['shape@weaver.example'],
          },
        },
        { partId: '3', kind: 'message' },
      ],
    });
  });

  it('every header field is there on request, in the form that was asked for', async () => {
    const headers = [
      ['List-Unsubscribe', '<https://x.example/u>, <mailto:u@x.example>'],
      ['X-Label', '=?utf-8?Q?gr=C3=BCn?='],
      ['X-Label', 'blue'],
      ['Resent-To', 'Team: a@x.example;, b@x.example'],
    ] as const;
    const letter = textPart('x\n', { headers });
    const fields = {
      'header:List-Unsubscribe:asURLs': ['https://x.example/u', 'mailto:u@x.example'],
      'header:x-label:asText:all': ['grün', 'blue'],
      'header:X-Label': ' blue',
      'header:Resent-To:asGroupedAddresses': [
        { name: 'Team', addresses: [{ name: null, email: 'a@x.example' }] },
        { name: null, addresses: [{ name: null, email: 'b@x.example' }] },
      ],
      'header:Date:asDate': '2026-11-16T09:30:00+01:00',
      'header:Message-ID:asMessageIds': ['shape@weaver.example'],
      'header:X-Missing:asText': null,
    };
    const { id, ...found } = await read(messageOf(letter, 'x'), `?fields=subject,${Object.keys(fields).join(',')}`);
    expect(found).toEqual({ subject: 'x', ...fields });
    const all = await read(messageOf(letter, 'x'), '?fields=headers');
    expect(Object.keys(all).sort()).toEqual(['headers', 'id']);
    expect(all.headers?.map(({ name }) => name)).toEqual([
      ...['From', 'To', 'Subject', 'Date', 'Message-ID', 'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding'],
      ...['List-Unsubscribe', 'X-Label', 'X-Label', 'Resent-To'],
    ]);
  });
});
