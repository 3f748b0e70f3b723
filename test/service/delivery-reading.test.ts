/**
 * What does an event say of a message of a mailbox, read when it is sent?
 */
import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWorker } from '../../scripts/workers/wrangler-config.ts';
import { fullAccess } from '../../src/core/access.ts';
import type { Result } from '../../src/core/failure.ts';
import { limits } from '../../src/core/limits.ts';
import { parseMailServer } from '../../src/core/server.ts';
import type { Uid } from '../../src/mailbox/answers.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import type { ImapRef } from '../../src/watch/delivery/read-mailbox.ts';
import type { JsonObject } from '../../src/watch/event.ts';
import { MailboxEventMessage } from '../../src/watch/schema/event-message.ts';
import { type Include, nothingIncluded } from '../../src/watch/subscription.ts';
import type { Errand } from '../support/delivery/worker.ts';
import { mailProgram } from '../support/imap-client.ts';
import { bigLetter, knownParts, withFiles } from '../support/imap-letters.ts';
import { letter, type MailHost, startMailHost } from '../support/mail.ts';
import { type Caller, type Postern, startPostern } from '../support/postern.ts';

let host: MailHost;
let postern: Postern;
beforeAll(async () => {
  const front = await readWorker(join(import.meta.dirname, '..', '..'), 'test/support/delivery/delivery.toml');
  host = await startMailHost();
  postern = await startPostern({ front, trustedCertificates: [host.dovecot.ca] });
});
afterAll(async () => {
  await host.stop();
  await postern.stop();
});

/** Somebody with this message in INBOX, and what it is called there. */
async function callerWith(message: Uint8Array): Promise<{ readonly caller: Caller; readonly ref: ImapRef }> {
  const caller = await host.caller('imap');
  await host.dovecot.deliver(caller.user, 'INBOX', message);
  const program = await mailProgram(host.dovecot, caller, 'INBOX');
  const told = await program.command('SELECT "INBOX"');
  const [uid] = Object.keys(await program.flags());
  program.close();
  const uidValidity = Number(/UIDVALIDITY (\d+)/.exec(told)?.[1]);
  return { caller, ref: { protocol: 'imap', mailboxPath: 'INBOX', uidValidity, uid: Number(uid) as Uid } };
}

async function read(
  { user, password, mailServer }: Caller,
  ref: ImapRef,
  include: Partial<Include> = {},
  mailboxes: readonly string[] | null = null,
): Promise<Result<JsonObject>> {
  const server = parseMailServer(mailServer);
  if (!server.ok) throw new Error(mailServer);
  const access = { ...fullAccess, mailboxes };
  const credential = { kind: 'password', secret: password } as const;
  const account = { server: server.value, user, credential, access };
  const errand: Errand = { kind: 'read', account, access, ref, include: { ...nothingIncluded, ...include } };
  const response = await postern.call(null, '/', { body: errand });
  return response.json();
}

async function message(...asked: Parameters<typeof read>) {
  const result = await read(...asked);
  if (!result.ok) throw new Error(result.failure.kind);
  return MailboxEventMessage.parse(result.value);
}

describe('a message of a mailbox', () => {
  it('is what a listing shows when nothing more is asked for', async () => {
    const { caller, ref } = await callerWith(withFiles);
    const told = await message(caller, ref);
    expect(told).toMatchObject({
      id: `${ref.uidValidity}.${ref.uid}`,
      mailboxIds: { [mailboxIdOf('INBOX')]: true },
      keywords: {},
      size: withFiles.length,
      from: [
        { name: 'Grace "W" Weaver', email: 'grace@weaver.example' },
        { name: null, email: 'second@weaver.example' },
      ],
      hasAttachment: true,
    });
    const more = ['text', 'html', 'headers', 'attachments', 'raw', 'textBody', 'isTruncated', 'cidLinks', 'preview'];
    expect(Object.keys(told).filter((member) => more.includes(member))).toEqual([]);
  });

  it('has with it what is asked for, and nothing else', async () => {
    const { caller, ref } = await callerWith(withFiles);
    const text = await message(caller, ref, { text: true });
    expect(text).toMatchObject({ text: 'Grüße € – 100\nBye', isTruncated: false, isEncodingProblem: false });
    expect(text).not.toHaveProperty('html');
    const html = await message(caller, ref, { html: true });
    expect(html).toMatchObject({ html: expect.stringContaining('Grüße'), cidLinks: [{ cid: 'dot@weaver.example' }] });
    expect(html).not.toHaveProperty('text');
    const { attachments } = await message(caller, ref, { attachments: true });
    const named = knownParts.map(({ partId, name }) => ({ partId, name }));
    expect(attachments).toEqual(expect.arrayContaining(named.map((part) => expect.objectContaining(part))));
    const { headers } = await message(caller, ref, { headers: true });
    expect(headers).toContainEqual({ name: 'In-Reply-To', value: ' <first@weaver.example>' });
  });

  it('is there octet by octet when it is asked for raw, up to a size', async () => {
    const { caller, ref } = await callerWith(withFiles);
    const { raw } = await message(caller, ref, { raw: true });
    expect(Buffer.from(raw ?? '', 'base64').equals(Buffer.from(withFiles))).toBe(true);
    const large = await callerWith(bigLetter(limits.rawIncludedBytes + 1));
    expect(await message(large.caller, large.ref, { raw: true })).toMatchObject({ raw: null });
  });

  it('has its text cut where that was asked for', async () => {
    const { caller, ref } = await callerWith(letter('long', 'x'.repeat(10_000)));
    const { text, isTruncated } = await message(caller, ref, { text: true, maxBodyBytes: 100 });
    expect([text, isTruncated]).toEqual(['x'.repeat(100), true]);
  });

  it('is not marked by it', async () => {
    const { caller, ref } = await callerWith(withFiles);
    await message(caller, ref, { text: true, html: true, headers: true, attachments: true, raw: true });
    expect((await message(caller, ref)).keywords).toEqual({});
  });
});

describe('what is read is that message and no other', () => {
  it('so not what has its UID in a mailbox that was numbered anew', async () => {
    const { caller, ref } = await callerWith(letter('other'));
    const failed = await read(caller, { ...ref, uidValidity: ref.uidValidity + 1 });
    expect(failed).toEqual({ ok: false, failure: { kind: 'state-gone' } });
  });

  it('so nothing when it is gone, or its mailbox is', async () => {
    const { caller, ref } = await callerWith(letter('gone'));
    const other = await read(caller, { ...ref, uid: (ref.uid + 1) as Uid }, { text: true });
    expect(other).toEqual({ ok: false, failure: { kind: 'message-not-found' } });
    const nowhere = await read(caller, { ...ref, mailboxPath: 'Nowhere' });
    expect(nowhere).toEqual({ ok: false, failure: { kind: 'mailbox-not-found' } });
  });

  it('and nothing of a mailbox that is not granted', async () => {
    const { caller, ref } = await callerWith(letter('granted'));
    expect(await read(caller, ref, {}, ['inbox'])).toMatchObject({ ok: true });
    expect(await read(caller, ref, {}, [mailboxIdOf('Archive')])).toEqual({
      ok: false,
      failure: { kind: 'mailbox-not-granted' },
    });
  });
});
