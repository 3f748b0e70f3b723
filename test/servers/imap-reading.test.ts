/**
 * Does every IMAP server tell of a message what Dovecot tells?
 */
import type { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { entityBytes, messagePart, multipart, textPart } from '../../scripts/demo/compose.ts';
import { htmlOnly, pgpEncrypted, smimeEncrypted, smimeSigned, winmail } from '../../scripts/demo/sealed.ts';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { canarySubject } from '../support/canary.ts';
import { withFiles } from '../support/imap-letters.ts';
import { first, messagesPath } from '../support/imap-stage.ts';
import type { Caller } from '../support/postern.ts';
import { imapExpectations } from '../support/server-expectations.ts';
import { serverStage } from '../support/server-stage.ts';

const messageOf = (entity: Parameters<typeof entityBytes>[0]): Buffer =>
  entityBytes({
    headers: [
      ['From', 'Grace Weaver <grace@weaver.example>'],
      ['Subject', `${canarySubject} =?utf-8?Q?Gr=C3=BC=C3=9Fe?=`],
      ['Date', 'Mon, 16 Nov 2026 09:30:00 +0100'],
      ['Message-ID', '<shape@weaver.example>'],
      ['List-Unsubscribe', '<https://x.example/u>, <mailto:u@x.example>'],
      ['X-Label', 'green'],
      ['X-Label', 'blue'],
      ['MIME-Version', '1.0'],
      ...entity.headers,
    ],
    body: entity.body,
  });

describe.each(imapExpectations)('$name', ({ name }) => {
  const stage = serverStage('imap', startPeer[name]);

  async function pathOf(caller: Caller): Promise<string> {
    const { messages } = await stage.postern.json(EmailPageSchema, caller, messagesPath('inbox'));
    return `${messagesPath('inbox')}/${first(messages).id}`;
  }
  async function read(bytes: Uint8Array, query = '') {
    const caller = await stage.callerWith(bytes);
    return stage.postern.json(EmailSchema, caller, (await pathOf(caller)) + query);
  }

  it('shows what is signed, what is encrypted, and what Outlook wrapped', async () => {
    const shapes = [
      [smimeSigned, true, false, ['smime-signature']],
      [smimeEncrypted, false, true, ['smime-encrypted']],
      [pgpEncrypted, false, true, ['pgp-encrypted', 'pgp-encrypted']],
      [winmail, false, false, ['tnef']],
    ] as const;
    for (const [entity, isSigned, isEncrypted, kinds] of shapes) {
      const email = await read(messageOf(entity));
      expect([email.isSigned, email.isEncrypted, email.attachments?.map(({ kind }) => kind)]).toEqual([
        isSigned,
        isEncrypted,
        kinds,
      ]);
    }
  });

  it('gives a text of HTML alone', async () => {
    const { text, isTextDerived } = await read(messageOf(htmlOnly));
    expect([text?.split('\n')[2], isTextDerived]).toEqual(['Zwölf Häuser, eine Nacht', true]);
  });

  it('says what an attached message says of itself', async () => {
    const inner = messageOf(textPart('inner\n'));
    const { attachments } = await read(messageOf(multipart('mixed', [textPart('outer\n'), messagePart(inner)])));
    expect(attachments).toMatchObject([
      {
        partId: '2',
        kind: 'message',
        message: {
          subject: `${canarySubject} Grüße`,
          from: [{ name: 'Grace Weaver', email: 'grace@weaver.example' }],
          sentAt: '2026-11-16T09:30:00+01:00',
          messageId: ['shape@weaver.example'],
        },
      },
    ]);
  });

  it('gives header fields in every form, on a read and in a listing, and all of them', async () => {
    const fields = {
      'header:List-Unsubscribe:asURLs': ['https://x.example/u', 'mailto:u@x.example'],
      'header:X-Label:asText:all': ['green', 'blue'],
      'header:x-label': ' blue',
      'header:Subject:asText': `${canarySubject} Grüße`,
      'header:From:asGroupedAddresses': [
        { name: null, addresses: [{ name: 'Grace Weaver', email: 'grace@weaver.example' }] },
      ],
      'header:X-Missing': null,
    };
    const caller = await stage.callerWith(messageOf(textPart('x\n')));
    const query = `?fields=${Object.keys(fields).join(',')}`;
    const path = await pathOf(caller);
    expect(await stage.postern.json(EmailSchema, caller, path + query)).toMatchObject(fields);
    const { messages } = await stage.postern.json(EmailPageSchema, caller, messagesPath('inbox') + query);
    expect(messages).toMatchObject([fields]);
    const { headers } = await stage.postern.json(EmailSchema, caller, `${path}?fields=headers`);
    const names = headers?.map((header) => header.name) ?? [];
    expect(names.filter((each) => each === 'X-Label')).toHaveLength(2);
  });

  it('gives each member alone as it gives it with the others', async () => {
    const caller = await stage.callerWith(withFiles);
    const path = await pathOf(caller);
    const whole = await stage.postern.json(EmailSchema, caller, path);
    for (const member of ['subject', 'text', 'html', 'cidLinks', 'attachments', 'hasAttachment', 'isSigned'] as const) {
      const alone = await stage.postern.json(EmailSchema, caller, `${path}?fields=${member}`);
      expect(alone).toEqual({ id: whole.id, [member]: whole[member] });
    }
  });
});
