/**
 * What is left of anybody's mail and credentials when they have used Postern?
 *
 * Every test here looks through what was stored and logged when its Postern stops (`test/support/postern.ts`). This one sees to
 * it that something was stored, and that what is looked for would be found.
 */
import { Buffer } from 'node:buffer';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fullAccess } from '../../src/core/access.ts';
import { newCapsuleId, sealCapsule } from '../../src/core/capsule.ts';
import { parseKeyring } from '../../src/core/seal.ts';
import { Secret } from '../../src/core/secret.ts';
import { parseMailServer } from '../../src/core/server.ts';
import { canaryPassword, canarySubject, type Entry, entriesBelow, formsOf, tracesBelow } from '../support/canary.ts';
import { consolidations, gathering } from '../support/consolidation.ts';
import { letter, type MailHost, startMailHost } from '../support/mail.ts';
import { downloaded } from '../support/pop-client.ts';
import { type Caller, type Postern, startPostern, testKey } from '../support/postern.ts';

/** Its text is a canary as well. */
const mail = (label: string) => letter(label, `The text has ${canarySubject} in it.`);

async function capsuleOf({ user, password, mailServer }: Caller): Promise<string> {
  const server = parseMailServer(mailServer);
  const keyring = parseKeyring(testKey);
  if (!server.ok || keyring === null) throw new Error('no server or no keyring');
  const credential = { kind: 'password', secret: new Secret(password) } as const;
  const account = { server: server.value, user, credential, access: fullAccess };
  return sealCapsule(keyring, { account, ids: [newCapsuleId()], expiresAt: Math.floor(Date.now() / 1000) + 600 });
}

describe('after mail was read, added, changed, downloaded and gathered', () => {
  let host: MailHost;
  let postern: Postern;
  let files: Entry[] = [];

  const done = async (caller: Caller | null, path: string, call: Parameters<Postern['call']>[2] = {}) => {
    const response = await postern.call(caller, path, call);
    const text = await response.text();
    expect(response.ok, `${path}: ${response.status}`).toBe(true);
    return text;
  };

  async function useMailbox(caller: Caller) {
    const inbox = '/v1/imap/mailboxes/inbox/messages';
    const { messages } = JSON.parse(await done(caller, inbox));
    const id: string = messages[0].id;
    await done(caller, `${inbox}/${id}`);
    await done(caller, `${inbox}?q=${canarySubject}`);
    const headers = { 'Content-Type': 'message/rfc822', 'Idempotency-Key': `add-${canarySubject}` };
    await done(caller, '/v1/imap/mailboxes/archive/messages', { method: 'POST', bytes: mail('added'), headers });
    const batch = { ids: [id], copyTo: 'archive' };
    await done(caller, `${inbox}/batch`, { body: batch, headers: { 'Idempotency-Key': `copy-${canarySubject}` } });
    await done(caller, `${inbox}/${id}`, { method: 'PATCH', body: { keywords: { $seen: true } } });
    await done(caller, `${inbox}/${id}`, { method: 'DELETE' });
    const { state } = JSON.parse(await done(caller, inbox));
    await done(caller, `/v1/imap/mailboxes/inbox/changes?since=${encodeURIComponent(state)}`);
  }

  async function useMaildrop(caller: Caller) {
    await done(caller, '/v1/pop/messages?headers=true');
    const { receipt } = await downloaded(postern, caller, { limit: 1 });
    await done(caller, '/v1/pop/downloads/ack', { body: { receipt: receipt?.receipt } });
    await done(caller, '/v1/pop/export?format=mbox');
  }

  async function useCapsule(caller: Caller) {
    const headers = { Authorization: `Bearer ${await capsuleOf(caller)}` };
    await done(null, '/v1/imap/mailboxes', { headers });
    const broken = { Authorization: `${headers.Authorization}x` };
    await postern.problem('capsule-invalid', null, '/v1/imap/mailboxes', { headers: broken });
  }

  async function guess(caller: Caller) {
    for (const guess of ['x', 'y', 'x', 'x']) {
      const response = await postern.call({ ...caller, password: caller.password + guess }, '/v1/imap/mailboxes');
      expect(response.status).toBe(401);
      await response.arrayBuffer();
    }
  }

  beforeAll(async () => {
    host = await startMailHost();
    postern = await startPostern({ trustedCertificates: [host.dovecot.ca] });
    const mailbox = await host.caller('imap');
    const maildrop = await host.caller('pop3');
    const gatheredFrom = await host.caller('pop3');
    for (const { user } of [mailbox, maildrop, gatheredFrom]) {
      for (const label of ['one', 'two']) await host.dovecot.deliver(user, 'INBOX', mail(`${label}-${user}`));
    }
    await useMailbox(mailbox);
    await useMaildrop(maildrop);
    await done(null, consolidations, { body: gathering([gatheredFrom], mailbox) });
    await useCapsule(mailbox);
    await guess(await host.caller('imap'));
    await postern.workers.stop();
    files = (await entriesBelow(postern.storage)).filter(({ isFile }) => isFile);
  });
  afterAll(async () => {
    await host.stop();
    await postern.stop();
  });

  it('something is stored of logins, requests with a key and messages that were gathered', () => {
    const has = (text: string) => files.some((file) => file.text.includes(text));
    // What only each of these writes down (`wire/login-memory.ts`, `mailbox/session/`); the path of a mailbox is stored.
    expect(['logins.2', 'Archive', 'isAltered'].filter((text) => !has(text))).toEqual([]);
  });

  it('nothing of it is a password, a capsule, a user, a subject or a text', async () => {
    expect(await tracesBelow(postern.storage)).toEqual([]);
    const canaries = [canaryPassword, canarySubject];
    expect(canaries.filter((canary) => files.some(({ text }) => text.includes(canary)))).toEqual([]);
  });

  it('every file is called by a digest, of which no name can be read', () => {
    expect(files.length).toBeGreaterThan(3);
    const names = files.map(({ path }) => path);
    const digests = /^postern-proxy-[A-Za-z]+\/([0-9a-f]{64}|metadata)\.sqlite(-wal|-shm)?$/;
    expect(names.filter((name) => !digests.test(name))).toEqual([]);
  });
});

describe('what was stored would be found', () => {
  it.each(formsOf(canaryPassword).map((form, index) => ({ index, form })))('in form $index', async ({ form }) => {
    const directory = await mkdtemp(join(tmpdir(), 'postern-canary-'));
    try {
      await writeFile(join(directory, 'row'), Buffer.from(`\0\x01before${form}after\xff`, 'latin1'));
      expect(await tracesBelow(directory)).toEqual([`row: ${canaryPassword}`]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('in the middle of more, whatever that is encoded as', async () => {
    for (const before of ['', 'a', 'ab']) {
      const whole = Buffer.from(`${before}${canaryPassword}-7`);
      const directory = await mkdtemp(join(tmpdir(), 'postern-canary-'));
      try {
        for (const encoding of ['base64', 'base64url', 'hex'] as const) {
          await writeFile(join(directory, 'row'), whole.toString(encoding));
          expect(await tracesBelow(directory), `${encoding} behind ${before}`).toHaveLength(1);
        }
      } finally {
        await rm(directory, { recursive: true });
      }
    }
  });

  it('in the name of a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'postern-canary-'));
    try {
      await writeFile(join(directory, `${Buffer.from(canarySubject).toString('hex')}.sqlite`), '');
      expect(await tracesBelow(directory)).toHaveLength(1);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
