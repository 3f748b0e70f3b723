/**
 * `GET /v1/pop/export` over a real server: everything that is there, once, byte for byte, and nothing is marked.
 */

import { Buffer } from 'node:buffer';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bigLetter, withFiles } from '../support/imap-letters.ts';
import { letter } from '../support/mail.ts';
import { flagsIn, messagesIn, sha256Of } from '../support/maildir.ts';
import { readMbox } from '../support/mbox.ts';
import { oddEncodings } from '../support/odd-encodings.ts';
import { asSent } from '../support/pop-bytes.ts';
import { digestsBy, exported, exportedIn, exportedLines, exportPath } from '../support/pop-export.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { lineByLine } from '../support/server-stage.ts';
import { readBackup, readZip, withUnzipped } from '../support/zip.ts';

const stage = popStage();

const headed = (header: string, body: Uint8Array = Buffer.from('x\r\n')): Buffer =>
  Buffer.concat([Buffer.from(`${header}\r\n\r\n`), body]);
/** Small ones, large ones, and what an mbox file, a name and a terminator stumble over. */
const letters: readonly Uint8Array[] = [
  letter('first'),
  Buffer.from('Subject: only a header\r\n\r\n'),
  lineByLine,
  Buffer.from('From: a@weaver.example\r\n\r\nFrom me\r\n>From you\r\n>>From them\r\n\r\n\r\n'),
  headed('Subject: begins with an empty line', Buffer.from('\r\nand has no end')),
  headed('Subject: ../../etc/passwd\r\nDate: nobody knows'),
  headed(
    'Received: from a by b; Tue, 3 Feb 2026 05:05:06 +0100\r\nReceived: from c; Sun, 1 Feb 2026 00:00:00 +0000\r\nDate: Mon, 1 Jan 1900 00:00:00 +0000',
  ),
  bigLetter(3_000_000),
  withFiles,
  ...oddEncodings(30_000).map(([what, encoding, encoded]) =>
    headed(`Subject: ${what}\r\nContent-Transfer-Encoding: ${encoding}`, encoded),
  ),
  ...Array.from({ length: 40 }, (_, index) => letter(`${index}`, 'x'.repeat(index * 97))),
  letter('last'),
];
const digests = letters.map((bytes) => sha256Of(asSent(bytes)));
const digestOfAll = sha256Of(Buffer.from(digests.map((digest) => `${digest}\n`).join('')));

let caller: Caller;
beforeAll(async () => {
  caller = await stage.callerWith(letters);
});

const get = (query = '', who = caller) => exported(stage.postern, who, query);
const lines = (query = '', who = caller) => exportedLines(stage.postern, who, query);

describe.each(Object.entries(digestsBy))('as %s', (format, read) => {
  it('gives all that the server holds, the oldest first, byte for byte, and leaves flags and files as they are', async () => {
    const maildir = stage.host.dovecot.maildir(caller.user);
    const before = { flags: await flagsIn(maildir), messages: await messagesIn(maildir) };
    expect(Object.values(before.flags)).toEqual(letters.map(() => ''));
    expect(await read(stage.postern, caller)).toEqual(digests);
    // A new session sees what the last one left behind, and the server has written it down by then.
    await stage.postern.call(caller, exportPath, { method: 'HEAD' });
    expect({ flags: await flagsIn(maildir), messages: await messagesIn(maildir) }).toEqual(before);
  });

  it('tells HEAD what it tells GET, before the first octet', async () => {
    const query = `${exportPath}?format=${format}&limit=7`;
    const head = await stage.postern.call(caller, query, { method: 'HEAD' });
    const whole = await stage.postern.call(caller, query);
    await whole.arrayBuffer();
    for (const { headers } of [head, whole]) {
      expect([headers.get('export-count'), headers.get('export-total')]).toEqual(['7', String(letters.length)]);
    }
    const told = ({ headers }: Response) =>
      ['content-type', 'content-disposition', 'cache-control', 'link'].map((name) => headers.get(name));
    expect(told(head)).toEqual(told(whole));
    expect(head.headers.get('cache-control')).toBe('no-store');
    expect(head.headers.get('content-disposition')).toMatch(/^attachment; filename="maildrop[a-z.-]+"/);
  });
});

describe('ndjson', () => {
  it('says how much there is before and behind, and a digest of all', async () => {
    const all = await lines();
    const count = letters.length;
    expect(all[0]).toEqual({ type: 'export', total: count, count });
    expect(all.at(-1)).toEqual({ type: 'end', count, sha256: digestOfAll, nextCursor: null });
    const messages = exportedIn(all);
    expect(messages.map(({ sha256 }) => sha256)).toEqual(digests);
    expect(messages.map(({ index, count }) => [index, count])).toEqual(letters.map((_, index) => [index, count]));
  });

  it('dates a message by its uppermost Received field, else by Date, else not at all', async () => {
    const dates = exportedIn(await lines()).map(({ receivedAt }) => receivedAt);
    expect(dates.slice(5, 7)).toEqual([null, '2026-02-03T04:05:06.000Z']);
    expect(dates[2]).toBe('2026-11-16T08:30:00.000Z');
  });

  it('goes on behind any message, and finds what has arrived since', async () => {
    const someone = await stage.callerWith([letter('1'), letter('2'), letter('3')]);
    const ids = exportedIn(await lines('', someone)).map(({ id }) => id);
    await stage.deliver(someone, letter('4'));
    const rest = await lines(`?cursor=${ids[1]}`, someone);
    expect(rest[0]).toMatchObject({ total: 4, count: 2 });
    expect(exportedIn(rest).map(({ sha256 }) => sha256)).toEqual([letter('3'), letter('4')].map(sha256Of));
    const none = await lines(`?cursor=${exportedIn(rest).at(-1)?.id}`, someone);
    expect(none.map(({ type }) => type)).toEqual(['export', 'end']);
  });

  it('is 410 behind a message that has left', async () => {
    const someone = await stage.callerWith([letter('1'), letter('2')]);
    const [first] = exportedIn(await lines('', someone));
    const path = `/v1/pop/messages/${first?.id}`;
    expect((await stage.postern.call(someone, path, { method: 'DELETE' })).status).toBe(204);
    const problem = await stage.postern.problem('state-gone', someone, `${exportPath}?cursor=${first?.id}`);
    expect(problem.status).toBe(410);
  });
});

it('has in the manifest what ndjson has, with the number of octets instead of them', async () => {
  const manifest = await lines('?format=manifest');
  const expected = (await lines()).map((line) => {
    if (line.type !== 'message') return line;
    const { raw, ...told } = line;
    return { ...told, octets: Buffer.from(raw ?? '', 'base64').length };
  });
  expect(manifest).toEqual(expected);
});

describe('mbox', () => {
  it('names in each From line who sent the message and when it was received', async () => {
    const fromLines = readMbox(await get('?format=mbox')).map(({ fromLine }) => fromLine);
    expect(fromLines[2]).toBe('From grace@weaver.example Mon Nov 16 08:30:00 2026');
    expect(fromLines.slice(5, 7)).toEqual([
      'From MAILER-DAEMON Thu Jan  1 00:00:00 1970',
      'From MAILER-DAEMON Tue Feb  3 04:05:06 2026',
    ]);
  });

  it('comes in pieces that are one file together', async () => {
    const pieces: Buffer[] = [];
    for (let next: string | undefined = `${exportPath}?format=mbox&limit=20`; next !== undefined; ) {
      const response = await stage.postern.call(caller, next);
      const piece = Buffer.from(await response.arrayBuffer());
      expect(readMbox(piece).length).toBe(Number(response.headers.get('export-count')));
      pieces.push(piece);
      next = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(pieces.length).toBe(3);
    expect(readMbox(Buffer.concat(pieces)).map(({ bytes }) => sha256Of(bytes))).toEqual(digests);
  });
});

describe('zip', () => {
  it('has a manifest of what is in it, in order, and the digest that ndjson has', async () => {
    const { messages, manifest } = await readBackup(await get('?format=zip'));
    const count = letters.length;
    const told = exportedIn(await lines('?format=manifest')).map(({ type, index, count, ...message }) => message);
    expect(manifest).toEqual({
      messages: told.map((message, index) => ({ file: messages[index]?.name, ...message })),
      missing: [],
      total: count,
      count,
      isComplete: true,
      sha256: digestOfAll,
      nextCursor: null,
    });
  });

  it('names its files by place and subject, and dates them', async () => {
    const { messages } = await readBackup(await get('?format=zip'));
    expect(messages.slice(1, 7).map(({ name }) => name.replace(/CANARY\w*-/i, ''))).toEqual([
      '00002-only-a-header.eml',
      expect.stringMatching(/^00003-.*-Grusse\.eml$/),
      '00004.eml',
      '00005-begins-with-an-empty-line.eml',
      '00006-etc-passwd.eml',
      '00007.eml',
    ]);
    expect(messages[6]?.modified.toISOString()).toBe('2026-02-03T04:05:06.000Z');
    expect(messages[5]?.modified.toISOString()).toBe('1980-01-01T00:00:00.000Z');
  });

  it('is checked by sha256sum when it is unpacked, and what was altered is found', async () => {
    const files = await readZip(await get('?format=zip&limit=9'));
    const check = (folder: string) =>
      promisify(execFile)('sha256sum', ['-c', '--strict', 'SHA256SUMS'], { cwd: folder });
    const { stdout } = await withUnzipped(files, check);
    expect(stdout.match(/: OK$/gm)).toHaveLength(10);
    const altered = files.map((file, index) =>
      index === 3 ? { ...file, bytes: Buffer.concat([file.bytes, Buffer.from(' ')]) } : file,
    );
    await expect(withUnzipped(altered, check)).rejects.toThrow(/did NOT match/);
  });

  it('comes in pieces whose file names and cursors go on', async () => {
    const whole = await readBackup(await get('?format=zip'));
    const names: string[] = [];
    let cursor: string | null = '';
    for (const limit of [40, 40]) {
      const piece = await readBackup(
        await get(`?format=zip&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`),
      );
      names.push(...piece.messages.map(({ name }) => name));
      cursor = piece.manifest.nextCursor;
    }
    expect(names).toEqual(whole.messages.map(({ name }) => name));
    expect(cursor).toBeNull();
  });
});

it('gives an empty maildrop as an empty backup', async () => {
  const someone = await stage.callerWith([]);
  expect(String(await get('?format=mbox', someone))).toBe('');
  const nothing = createHash('sha256').digest('hex');
  for (const format of ['ndjson', 'manifest']) {
    expect(await lines(`?format=${format}`, someone)).toEqual([
      { type: 'export', total: 0, count: 0 },
      { type: 'end', count: 0, sha256: nothing, nextCursor: null },
    ]);
  }
  const { messages, manifest, sums } = await readBackup(await get('?format=zip', someone));
  expect([messages, manifest.messages, manifest.isComplete]).toEqual([[], [], true]);
  expect(sums).toMatch(/^[0-9a-f]{64} {2}manifest\.json\n$/);
});

describe('through a relay', () => {
  let relay: Relay;
  beforeAll(async () => {
    relay = await startRelay(stage.host.dovecot.ports.pop3);
  });
  afterAll(() => relay.stop());
  const through = async (messages: readonly Uint8Array[]): Promise<Caller> => ({
    ...(await stage.callerWith(messages, 'cleartext')),
    mailServer: `pop3://127.0.0.1:${relay.port}?security=none`,
  });

  it('asks for 100 messages in two round trips behind the listing, one of them to see whether TOP is exact', async () => {
    const someone = await through(Array.from({ length: 100 }, (_, index) => letter(`${index}`)));
    const before = relay.turns;
    expect(exportedIn(await lines('', someone))).toHaveLength(100);
    // CAPA, AUTH, and UIDL with LIST.
    expect(relay.turns - before).toBeLessThanOrEqual(3 + 2);
  });

  it.each(['ndjson', 'mbox', 'zip'])('reads no further than its reader does, as %s', async (format) => {
    const large = bigLetter(4_000_000);
    const someone = await through(Array.from({ length: 8 }, () => large));
    const before = relay.bytesFromServer;
    const abort = new AbortController();
    const response = await stage.postern.call(someone, `${exportPath}?format=${format}`, { signal: abort.signal });
    await response.body?.getReader().read();
    for (let count = 0; count < 20; count++) await stage.postern.call(caller, exportPath, { method: 'HEAD' });
    expect(relay.bytesFromServer - before, 'of 32 MB').toBeLessThan(20_000_000);
    abort.abort();
  });
});

it.each([
  ['?format=eml', 'format'],
  ['?cursor=x', 'cursor'],
  ['?limit=0', 'limit'],
  ['?limit=1e9', 'limit'],
  ['?since=1', 'since'],
])('refuses %s', async (query, field) => {
  const problem = await stage.postern.problem('request-invalid', caller, exportPath + query);
  expect(problem.errors).toMatchObject([{ in: 'query', field }]);
});
