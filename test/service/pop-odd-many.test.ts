/**
 * A maildrop of 100,000 messages: does it come page by page, and what does that take?
 *
 * Whoever runs it with SHOW_MEMORY=1 is told the figures of this machine.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { aged, pruned } from '../support/pop-aged.ts';
import { type PopServer, startPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

const count = 100_000;
const MB = 1024 * 1024;
const list = '/v1/pop/messages';
const old = aged('old', { received: 30 });
const spooled = Array.from({ length: count }, (_, index) => ({ uidl: uidlOf(index), bytes: old }));

/** As long as RFC 1939 allows. */
function uidlOf(index: number): string {
  return `${index}-`.padEnd(70, 'x');
}

let postern: Postern;
let server: PopServer;
beforeAll(async () => {
  postern = await startPostern({});
  server = await startPopServer({ messages: spooled, capabilities: ['TOP', 'UIDL', 'PIPELINING'] });
});
afterAll(async () => {
  await postern.stop();
  await server.stop();
});

function residentBytes(): number {
  const kiB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${postern.workers.pid}/status`, 'utf8'))?.[1];
  return Number(kiB) * 1024;
}

async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  const [start, before] = [performance.now(), residentBytes()];
  const value = await work();
  const elapsedMs = performance.now() - start;
  const grownMb = (residentBytes() - before) / MB;
  if (process.env['SHOW_MEMORY']) console.log(`${what}: ${elapsedMs.toFixed(0)} ms, ${grownMb.toFixed(0)} MB more`);
  expect(elapsedMs, what).toBeLessThan(limits.requestMs / 5);
  return value;
}

const pageAt = (query: string) => postern.json(MaildropPageSchema, server.caller(), `${list}${query}`);
/** As the cursor behind the message of that number. */
const idOf = (index: number): string => Buffer.from(uidlOf(index)).toString('base64url');

it('is told page by page, the first and the last in the same time', async () => {
  const first = await measured('the first page', () => pageAt('?limit=500'));
  expect([first.total, first.totalBytes, first.messages.length]).toEqual([count, count * old.length, 500]);
  expect(first.nextCursor).toBe(idOf(499));
  const last = await measured('the last page, with headers', () =>
    pageAt(`?limit=500&headers=true&cursor=${idOf(count - 500)}`),
  );
  expect([last.messages.length, last.nextCursor]).toEqual([499, null]);
  expect(last.messages.at(-1)?.uidl).toBe(uidlOf(count - 1));
});

it('shows one that has come, and is followed by whoever was at its end', async () => {
  spooled.push({ uidl: 'new', bytes: old });
  const { messages, total } = await measured('the one that is new', () => pageAt(`?cursor=${idOf(count - 1)}`));
  expect([messages.map(({ uidl }) => uidl), total]).toEqual([['new'], count + 1]);
});

it('is pruned a thousand at a time', async () => {
  const { deleted, kept, hasMore } = await measured('pruning', () =>
    pruned(postern, server.caller(), { olderThanDays: 7, keepNewest: 10 }),
  );
  expect([deleted, kept, hasMore]).toEqual([1_000, count - 999, true]);
  expect(server.messages[0]?.uidl).toBe(uidlOf(1_000));
});
