/**
 * Does `scripts/restore.mjs` bring a backup of the demo maildrop back into a mailbox, byte for byte and once, from each format?
 */

import { Buffer } from 'node:buffer';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import { demoMessages } from '../../scripts/demo/messages.ts';
import { type DemoMail, startDemoMail } from '../../scripts/mail-server/demo.ts';
import { ExportLineSchema } from '../../src/mailbox/schema/export.ts';
import { MailboxSchema } from '../../src/mailbox/schema/mailbox.ts';
import { sha256Of } from '../support/maildir.ts';
import { exported } from '../support/pop-export.ts';
import { type Caller, type Postern, startPostern } from '../support/postern.ts';
import { readZip, withUnzipped } from '../support/zip.ts';

const now = new Date('2026-11-22T15:30:00Z');
const digests = demoMessages(now).map(({ bytes }) => sha256Of(bytes));

let mail: DemoMail;
let postern: Postern;
let ada: Caller;
let spool: Caller;
let folder: string;
beforeAll(async () => {
  mail = await startDemoMail({ now });
  postern = await startPostern({ trustedCertificates: [mail.server.ca] });
  ada = { ...mail.imap, mailServer: `imaps://localhost:${mail.server.ports.imaps}` };
  spool = { ...mail.pop, mailServer: `pop3s://localhost:${mail.server.ports.pop3s}` };
  folder = await mkdtemp(join(tmpdir(), 'postern-restore-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await mail.stop();
  await postern.stop();
});

const script = join(import.meta.dirname, '..', '..', 'scripts', 'restore.mjs');

interface Outcome {
  readonly code: number;
  readonly output: string;
}

async function restored(backup: string, mailboxId: string): Promise<Outcome> {
  const env = {
    ...process.env,
    POSTERN: postern.url,
    MAIL_SERVER: ada.mailServer,
    MAIL_USER: ada.user,
    MAIL_PASSWORD: ada.password,
  };
  const run = promisify(execFile)(process.execPath, [script, backup, mailboxId], { env });
  return run.then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stderr }) => ({ code, output: String(stderr) }),
  );
}

const newMailbox = (name: string) => postern.json(MailboxSchema, ada, '/v1/imap/mailboxes', { body: { name } });

type Held = Pick<Extract<z.output<typeof ExportLineSchema>, { type: 'message' }>, 'sha256' | 'receivedAt' | 'keywords'>;

async function heldIn(mailboxId: string): Promise<Held[]> {
  const text = await (await postern.call(ada, `/v1/imap/mailboxes/${mailboxId}/export`)).text();
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => ExportLineSchema.parse(JSON.parse(line)))
    .flatMap((line) => {
      if (line.type !== 'message') return [];
      const { sha256, receivedAt, keywords } = line;
      return [{ sha256, receivedAt, keywords }];
    });
}

/** As a caller saves it. */
const savedAs: Readonly<Record<string, (use: (backup: string) => Promise<void>) => Promise<void>>> = {
  ndjson: async (use) => use(await saved('ndjson')),
  mbox: async (use) => use(await saved('mbox')),
  zip: async (use) => withUnzipped(await readZip(await exported(postern, spool, '?format=zip')), use),
};
async function saved(format: string, bytes?: Uint8Array): Promise<string> {
  const file = join(folder, `backup.${format}`);
  await writeFile(file, bytes ?? (await exported(postern, spool, `?format=${format}`)));
  return file;
}

it.each(Object.entries(savedAs))('from %s, and nothing twice when it is repeated', async (format, save) => {
  const { id } = await newMailbox(`from ${format}`);
  await save(async (backup) => {
    const all = `${digests.length} of ${digests.length} messages are in ${id}\n`;
    for (const _ of ['once', 'again']) expect(await restored(backup, id)).toEqual({ code: 0, output: all });
  });
  expect((await heldIn(id)).map(({ sha256 }) => sha256).sort()).toEqual([...digests].sort());
});

it('gives each message the date that the backup has', async () => {
  const [ndjson, mbox, zip] = await Promise.all(
    ['from ndjson', 'from mbox', 'from zip'].map(async (name) => {
      const { id } = await postern.json(
        MailboxSchema,
        ada,
        `/v1/imap/mailboxes/mb_${Buffer.from(name).toString('base64url')}`,
      );
      return heldIn(id);
    }),
  );
  expect(mbox).toEqual(ndjson);
  expect(zip).toEqual(ndjson);
  expect(new Set(ndjson?.map(({ receivedAt }) => receivedAt)).size).toBeGreaterThan(10);
});

it('gives the messages of a mailbox their keywords back', async () => {
  const { id } = await newMailbox('from the inbox');
  const inbox = await postern.call(ada, '/v1/imap/mailboxes/inbox/export');
  expect((await restored(await saved('ndjson', Buffer.from(await inbox.arrayBuffer())), id)).code).toBe(0);
  const held = await heldIn(id);
  expect(held).toEqual(await heldIn('inbox'));
  expect(held.filter(({ keywords }) => keywords['$seen']).length).toBeGreaterThan(3);
});

it('says so when a backup was cut or altered, and restores the rest', async () => {
  const { id } = await newMailbox('from cut files');
  const ndjson = String(await exported(postern, spool, '?limit=2'));
  const cut = await restored(await saved('ndjson', Buffer.from(ndjson.split('\n').slice(0, 2).join('\n'))), id);
  expect(cut).toEqual({ code: 1, output: 'the backup was cut: it has no last line\n' });
  const other = ndjson.replace(/"raw":"..../, '"raw":"QUFB');
  const altered = await restored(await saved('ndjson', Buffer.from(other)), id);
  expect(altered).toEqual({ code: 1, output: expect.stringMatching(/^not restored: \S+: it is not what it was/) });
  const mbox = await exported(postern, spool, '?format=mbox&limit=2');
  const short = await restored(await saved('mbox', mbox.subarray(0, -3)), id);
  expect(short).toEqual({ code: 1, output: 'the backup was cut inside its last message, which is left out\n' });
  expect((await heldIn(id)).map(({ sha256 }) => sha256).sort()).toEqual(digests.slice(0, 2).sort());
});
