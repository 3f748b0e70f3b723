/**
 * `GET …/export` over a real server: everything that is there, once, byte for byte.
 */
import { Buffer } from 'node:buffer';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ExportLineSchema } from '../../src/mailbox/schema/export.ts';
import { bigLetter, withFiles } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { readMbox } from '../support/mbox.ts';
import type { Caller } from '../support/postern.ts';
import { seeded } from '../support/random.ts';
import { lineByLine } from '../support/server-stage.ts';

type Line = z.output<typeof ExportLineSchema>;
type MessageLine = Extract<Line, { type: 'message' }>;

const stage = imapStage();
const path = '/v1/imap/mailboxes/inbox/export';

const endsItsLine = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Buffer.from('\r\n')]);
/** Small ones, large ones, and what an mbox file stumbles over. */
const letters: readonly Uint8Array[] = [
  letter('first'),
  Buffer.from('Subject: only a header\r\n\r\n'),
  endsItsLine(lineByLine),
  Buffer.from('From: a@weaver.example\r\n\r\nFrom me\r\n>From you\r\n>>From them\r\n\r\n\r\n'),
  Buffer.from('From the mbox of somebody\r\nSubject: no field\r\n\r\n\r\nFrom \r\n'),
  bigLetter(3_000_000),
  withFiles,
  ...Array.from({ length: 120 }, (_, index) => letter(`${index}`, 'x'.repeat(index * 97))),
  bigLetter(1_000_000),
  letter('last'),
];

let caller: Caller;
beforeAll(async () => {
  caller = await stage.callerWith(letters);
  await stage.host.dovecot.deliver(caller.user, 'INBOX', letter('marked'), {
    flags: ['\\Seen', '\\Flagged'],
    receivedAt: new Date('2026-02-03T04:05:06Z'),
  });
});
const held = [...letters, letter('marked')];
const digests = held.map(sha256Of);

const call = (query: string, who = caller, method = 'GET') => stage.postern.call(who, path + query, { method });
const linesIn = (text: string): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => ExportLineSchema.parse(JSON.parse(line)));
const messagesIn = (lines: readonly Line[]): MessageLine[] => lines.filter((line) => line.type === 'message');
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

it('gives what a search finds, and its rest from a cursor on', async () => {
  const all = linesIn(await (await call('')).text());
  const marked = messagesIn(all).at(-1);
  const found = linesIn(await (await call('?q=is:flagged')).text());
  expect(found[0]).toMatchObject({ type: 'export', total: 1, count: 1 });
  expect(messagesIn(found)).toMatchObject([{ id: marked?.id, sha256: marked?.sha256, index: 0, count: 1 }]);
  const rest = linesIn(await (await call(`?q=is:flagged&cursor=${marked?.id}`)).text());
  expect(rest.at(-1)).toEqual({ type: 'end', count: 0, nextCursor: null });
  await stage.postern.problem('request-invalid', caller, `${path}?q=colour:red`);
  await stage.postern.problem('unsupported-by-server', caller, `${path}?q=raw:x`);
});

describe('ndjson', () => {
  it('gives all that the server holds, the oldest first, and says how much that is before and behind', async () => {
    const response = await call('');
    const lines = linesIn(await response.text());
    const count = held.length;
    expect(lines[0]).toMatchObject({ type: 'export', total: count, count });
    expect(lines.at(-1)).toEqual({ type: 'end', count, nextCursor: null });
    const messages = messagesIn(lines);
    expect(messages.map(({ raw }) => sha256Of(Buffer.from(raw, 'base64')))).toEqual(digests);
    expect(messages.map(({ sha256 }) => sha256)).toEqual(digests);
    expect(messages.map(({ index, count }) => [index, count])).toEqual(held.map((_, index) => [index, count]));
    expect(messages.map(({ size }) => size)).toEqual(held.map(({ length }) => length));
    expect(messages.at(-1)).toMatchObject({
      keywords: { $seen: true, $flagged: true },
      receivedAt: '2026-02-03T04:05:06.000Z',
    });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-disposition')).toContain('filename="INBOX.ndjson"');
  });

  it('goes on behind any message, and finds what has arrived since', async () => {
    const someone = await stage.callerWith([letter('1'), letter('2'), letter('3')]);
    const ids = messagesIn(linesIn(await (await call('', someone)).text())).map(({ id }) => id);
    await stage.deliver(someone, 'INBOX', letter('4'));
    const lines = linesIn(await (await call(`?cursor=${ids[1]}`, someone)).text());
    expect(lines[0]).toMatchObject({ total: 4, count: 2 });
    expect(messagesIn(lines).map(({ sha256 }) => sha256)).toEqual([letter('3'), letter('4')].map(sha256Of));
    const none = linesIn(await (await call(`?cursor=${messagesIn(lines).at(-1)?.id}`, someone)).text());
    expect(none.map(({ type }) => type)).toEqual(['export', 'end']);
  });

  it('is resumed wherever it was cut, without loss or repetition', async () => {
    const relay = await startImapRelay(stage.host.dovecot.ports.imap);
    const random = seeded(2026);
    const got: string[] = [];
    let cursor = '';
    let cuts = 0;
    for (let isOver = false; !isOver; ) {
      if (cuts < 12) relay.cutAfter(1 + random.below(900_000));
      const response = await call(cursor === '' ? '' : `?cursor=${cursor}`, relay.through(caller));
      const lines = linesIn(response.status === 200 ? await response.text() : '');
      for (const { id, sha256 } of messagesIn(lines)) {
        got.push(sha256);
        cursor = id;
      }
      isOver = lines.at(-1)?.type === 'end';
      if (!isOver) cuts += 1;
    }
    expect(cuts).toBeGreaterThan(3);
    expect(got).toEqual(digests);
    await relay.stop();
  });
});

describe('mbox', () => {
  it('gives all that the server holds, the oldest first', async () => {
    const response = await call('?format=mbox');
    expect(response.headers.get('content-type')).toBe('application/mbox');
    const messages = readMbox(await bytesOf(response));
    expect(messages.map(({ bytes }) => sha256Of(bytes))).toEqual(digests);
    expect(messages[0]?.fromLine).toMatch(
      /^From grace@weaver\.example [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
    );
    expect(messages.at(-1)?.fromLine).toBe('From grace@weaver.example Tue Feb  3 04:05:06 2026');
  });

  it('comes in pieces that are one file together', async () => {
    const pieces: Buffer[] = [];
    for (let next: string | undefined = `${path}?format=mbox&limit=50`; next !== undefined; ) {
      const response = await stage.postern.call(caller, next);
      expect(response.headers.get('export-total')).toBe(String(held.length));
      const piece = await bytesOf(response);
      expect(readMbox(piece).length).toBe(Number(response.headers.get('export-count')));
      pieces.push(piece);
      next = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(pieces.length).toBe(3);
    expect(readMbox(Buffer.concat(pieces)).map(({ bytes }) => sha256Of(bytes))).toEqual(digests);
  });

  it('ends the last line of a message that does not', async () => {
    const someone = await stage.callerWith([lineByLine, letter('after')]);
    const messages = readMbox(await bytesOf(await call('?format=mbox', someone)));
    const ended = Buffer.concat([lineByLine, Buffer.from('\n')]);
    expect(messages.map(({ bytes }) => sha256Of(bytes))).toEqual([ended, letter('after')].map(sha256Of));
  });

  it('never ends as if it were whole when it was cut', async () => {
    const relay = await startImapRelay(stage.host.dovecot.ports.imap);
    await call('', relay.through(caller), 'HEAD');
    relay.cutAfter(2_000_000);
    const response = await call('?format=mbox', relay.through(caller));
    await expect(response.arrayBuffer()).rejects.toThrow();
    await relay.stop();
  });
});

it('tells HEAD how much there is, and fetches none of it', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const response = await call('?limit=7', relay.through(caller), 'HEAD');
  const told = ['export-count', 'export-total'].map((name) => response.headers.get(name));
  expect([response.status, ...told]).toEqual([200, '7', String(held.length)]);
  expect(relay.commands.filter((command) => command.includes('FETCH'))).toEqual([]);
  await relay.stop();
});

it('gives an empty mailbox as an empty file', async () => {
  const someone = await stage.callerWith([]);
  expect(await (await call('?format=mbox', someone)).text()).toBe('');
  expect(linesIn(await (await call('', someone)).text()).map(({ type }) => type)).toEqual(['export', 'end']);
});

it('fetches small messages many at a time', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const someone = relay.through(await stage.callerWith(Array.from({ length: 400 }, (_, index) => letter(`${index}`))));
  expect(messagesIn(linesIn(await (await call('', someone)).text()))).toHaveLength(400);
  const bodies = relay.commands.filter((command) => command.includes('BODY.PEEK[]'));
  expect([relay.commands.length, bodies.length]).toEqual([5, 1]);
  await relay.stop();
});

it('reads no further than its reader does', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const large = bigLetter(4_000_000);
  const someone = relay.through(await stage.callerWith(Array.from({ length: 12 }, () => large)));
  const abort = new AbortController();
  const response = await stage.postern.call(someone, path, { signal: abort.signal });
  await response.body?.getReader().read();
  const other = relay.through(await stage.callerWith([letter('other')]));
  for (let count = 0; count < 100; count++) await stage.page(other);
  expect(relay.bytesFromServer, 'of 48 MB').toBeLessThan(20_000_000);
  abort.abort();
  await relay.stop();
});

it.each([
  ['?format=eml', 'format'],
  ['?cursor=x', 'cursor'],
  ['?limit=0', 'limit'],
  ['?limit=1e9', 'limit'],
  ['?since=1', 'since'],
])('refuses %s', async (query, field) => {
  const problem = await stage.postern.problem('request-invalid', caller, path + query);
  expect(problem.errors).toMatchObject([{ in: 'query', field }]);
});

it('says that a cursor from before the mailbox was renumbered names nothing', async () => {
  const id = first(await stage.paths(caller)).replace(
    /^.*\/(\d+)\.(\d+)$/,
    (_, validity, uid) => `${Number(validity) + 1}.${uid}`,
  );
  expect((await stage.postern.problem('state-gone', caller, `${path}?cursor=${id}`)).status).toBe(410);
});
