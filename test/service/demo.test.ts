/**
 * The whole demo mailbox, read as somebody reads it who has just started Postern: over IMAP, and the same mail over POP3.
 */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { french, japanese, polish, russian } from '../../scripts/demo/languages.ts';
import { type DemoMessage, demoMailboxes, demoMessages } from '../../scripts/demo/messages.ts';
import { HOSTILE_NAME } from '../../scripts/demo/strangers.ts';
import { answerTo, curlOf, demoExamples } from '../../scripts/examples.ts';
import { type DemoMail, startDemoMail } from '../../scripts/mail-server/demo.ts';
import { DiscoveryRequestSchema } from '../../src/discovery/schema.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { MailboxesSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { type Email, messagesPath } from '../support/imap-stage.ts';
import { sha256Of } from '../support/maildir.ts';
import { type Caller, type Postern, startPostern } from '../support/postern.ts';

const now = new Date('2026-11-22T15:30:00Z');

interface Read {
  readonly path: string;
  readonly email: Email;
  readonly demo: DemoMessage;
}

let mail: DemoMail;
let postern: Postern;
let ada: Caller;
let spool: Caller;
let all: Read[];

/** Of a message, as the generator wrote it. */
const messageIdIn = ({ bytes }: DemoMessage): string =>
  /^Message-ID: <([^>]+)>/im.exec(Buffer.from(bytes).toString('latin1', 0, 4000))?.[1] ?? '';

beforeAll(async () => {
  mail = await startDemoMail({ now });
  postern = await startPostern({ trustedCertificates: [mail.server.ca] });
  ada = { ...mail.imap, mailServer: `imaps://localhost:${mail.server.ports.imaps}` };
  spool = { ...mail.pop, mailServer: `pop3s://localhost:${mail.server.ports.pop3s}` };
  const made = new Map(demoMessages(now).map((demo) => [messageIdIn(demo), demo]));
  const { mailboxes } = await postern.json(MailboxesSchema, ada, '/v1/imap/mailboxes');
  all = [];
  for (const { id, totalEmails } of mailboxes) {
    const { messages, total } = await postern.json(EmailPageSchema, ada, `${messagesPath(id)}?limit=500`);
    expect([messages.length, totalEmails]).toEqual([total, total]);
    for (const summary of messages) {
      const path = `${messagesPath(id)}/${summary.id}`;
      const email = await postern.json(EmailSchema, ada, path);
      expect(email).toMatchObject(summary);
      const demo = made.get(email.messageId?.[0] ?? '');
      if (demo === undefined) throw new Error('a message that nobody made');
      all.push({ path, email, demo });
    }
  }
});
afterAll(async () => {
  await mail.stop();
  await postern.stop();
});

const withSubject = (subject: string): Read => {
  const found = all.find(({ email }) => email.subject === subject);
  if (found === undefined) throw new Error(`there is no message about ${subject}`);
  return found;
};
const bytesAt = async (caller: Caller, path: string): Promise<Uint8Array> => {
  const response = await postern.call(caller, path);
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
};

it('lists and reads every message that was made, each in its folder with its flags and its date', async () => {
  const { mailboxes } = await postern.json(MailboxesSchema, ada, '/v1/imap/mailboxes');
  expect(mailboxes).toHaveLength(demoMailboxes.length);
  expect(all).toHaveLength(demoMessages(now).length);
  for (const { email, demo } of all) {
    const [mailboxId] = Object.keys(email.mailboxIds ?? {});
    expect(mailboxes.find(({ id }) => id === mailboxId)?.name).toBe(demo.mailbox.split('/').at(-1));
    expect(Object.keys(email.keywords ?? {}).sort()).toEqual(
      demo.flags.map((flag) => flag.toLowerCase().replace('\\', '$')).sort(),
    );
    expect(email).toMatchObject({ size: demo.bytes.length, receivedAt: demo.receivedAt.toISOString() });
    expect([email.isTruncated, email.isEncodingProblem]).toEqual([false, false]);
  }
});

it('gives the file of every message byte for byte', async () => {
  for (const { path, demo } of all) expect(sha256Of(await bytesAt(ada, `${path}/raw`))).toBe(sha256Of(demo.bytes));
});

it('answers each call that npm start shows, as it stands there', async () => {
  for (const example of demoExamples(mail.server.ports, mail.imap, mail.pop)) {
    const line = curlOf(example, postern.url);
    expect(line).toMatch(/^curl (?:-u '[^']+' -H '[^']+' )?(?:-H '[^']+' -d '[^']+' )?'http[^']+'$/);
    if (example.asksOthers)
      expect(DiscoveryRequestSchema.safeParse(JSON.parse(example.body ?? ''))).toMatchObject({ success: true });
    else expect((await answerTo(example, postern.url)).length, line).toBeGreaterThan(0);
  }
});

describe('a text in', () => {
  it.each([
    ['windows-1251, 8bit', russian.subject, russian.text],
    ['windows-1251, quoted-printable', russian.secondSubject, russian.secondText],
    ['ISO-2022-JP', japanese.subject, japanese.text],
    ['ISO-2022-JP with ASCII', japanese.ticketSubject, japanese.ticketText],
    ['ISO-8859-1, 8bit', french.subject, french.text],
    ['UTF-8, 8bit', polish.subject, polish.text],
  ])('%s is the text that was meant', (_, subject, text) => {
    expect(withSubject(subject).email.text).toBe(text);
  });
});

it('gives the attachments that an independent reader finds, under the names that were meant', async () => {
  const names: (string | null)[] = [];
  for (const { email, demo } of all) {
    const { attachments } = await PostalMime.parse(demo.bytes, { forceRfc822Attachments: true });
    names.push(...(email.attachments ?? []).map(({ name }) => name));
    const found = attachments.filter(({ filename }) => filename !== null && filename !== '');
    const named = (email.attachments ?? []).filter(({ name }) => name !== null);
    expect(named.map(({ name }) => name).sort()).toEqual(
      expect.arrayContaining(found.map(({ filename }) => filename).sort()),
    );
  }
  const odd = ['Hütte früh.png', 'Fahrkarte für Ada, Innsbruck und zurück.pdf', japanese.attachmentName, HOSTILE_NAME];
  expect(names).toEqual(expect.arrayContaining([...odd, 'room-4.laz', 'invite.ics', 'Anfrage.eml']));
});

it('lists the picture that the HTML shows, by its cid', () => {
  const embedded = all.filter(({ email }) => email.html?.includes('cid:'));
  expect(embedded.length).toBeGreaterThan(1);
  for (const { email } of embedded) {
    const cids = (email.attachments ?? []).flatMap(({ cid }) => cid ?? []);
    for (const [, cid = ''] of (email.html ?? '').matchAll(/cid:([^"']+)/g)) expect(cids).toContain(cid);
  }
});

it('gives every part of every message with a header that nothing in its name can break', async () => {
  for (const { path, email } of all) {
    for (const { partId } of [...(email.textBody ?? []), ...(email.htmlBody ?? []), ...(email.attachments ?? [])]) {
      const response = await postern.call(ada, `${path}/parts/${partId}`, { method: 'HEAD' });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-disposition')).toMatch(
        /^attachment(; filename="[^"\\%;/]+"; filename\*=UTF-8''[\w.!~%-]+)?$/,
      );
    }
  }
});

it('reads the message of 12 MB without taking its attachment into memory', async () => {
  const big = all.find(({ email }) => (email.size ?? 0) > 12_000_000);
  const fresh = await startPostern({ trustedCertificates: [mail.server.ca] });
  await (await fresh.call(ada, messagesPath('inbox'))).arrayBuffer();
  const residentKiB = (): number =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${fresh.workers.pid}/status`, 'utf8'))?.[1]);
  const idle = residentKiB();
  const email = await fresh.json(EmailSchema, ada, big?.path ?? '');
  expect(email.attachments).toMatchObject([{ name: 'room-4.laz' }]);
  expect(residentKiB() - idle).toBeLessThan(8 * 1024);
  await fresh.stop();
});

it('gives the same Email for the same mail over POP3', async () => {
  const { messages } = await postern.json(MaildropPageSchema, spool, '/v1/pop/messages?limit=500');
  expect(messages).toHaveLength(all.length);
  for (const { id } of messages) {
    const { uidl, ...popEmail } = await postern.json(MaildropEmailSchema, spool, `/v1/pop/messages/${id}`);
    const twin = all.find(({ email }) => email.messageId?.[0] === popEmail.messageId?.[0]);
    const { mailboxIds, keywords, receivedAt, ...imapEmail } = twin?.email ?? {};
    expect(comparable(popEmail), String(uidl)).toEqual(comparable(imapEmail));
    for (const { partId } of popEmail.attachments ?? []) {
      const overPop = await bytesAt(spool, `/v1/pop/messages/${id}/parts/${partId}`);
      expect(sha256Of(await bytesAt(ada, `${twin?.path}/parts/${partId}`))).toBe(sha256Of(overPop));
    }
  }
});

/** Without ids, and without sizes of parts: over IMAP those are estimates. */
function comparable({ id, ...email }: Omit<Email, 'id'> & { readonly id?: string }): object {
  const withoutSizes = (parts: Email['attachments'] = []) => parts.map(({ size, ...part }) => part);
  const { textBody, htmlBody, attachments } = email;
  return {
    ...email,
    textBody: withoutSizes(textBody),
    htmlBody: withoutSizes(htmlBody),
    attachments: withoutSizes(attachments),
  };
}
