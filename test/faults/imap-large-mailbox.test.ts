/**
 * Can a mailbox of 100,000 messages be listed, searched and sorted, and what does it cost against one of 100?
 *
 * What was measured is printed, and held against no number: docs/performance.md has it.
 */
import { beforeAll, expect, it } from 'vitest';
import { imapStage, type Page } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const doublings = 10;
const many = 100 * 2 ** doublings;
const callers: { few?: Caller; many?: Caller } = {};

/** Every other one is larger than 400 octets, so that no two of those are in one range. */
async function withMessages(copies: number): Promise<Caller> {
  const messages = Array.from({ length: 100 }, (_, index) => letter(`${index}`, 'x'.repeat((index % 2) * 200)));
  const caller = await stage.callerWith(messages);
  const program = await stage.program(caller);
  for (let count = 0; count < copies; count++) await program.command('UID COPY 1:* INBOX');
  program.close();
  return caller;
}

beforeAll(async () => {
  callers.few = await withMessages(0);
  callers.many = await withMessages(doublings);
}, 600_000);

const callerOf = (which: 'few' | 'many'): Caller => {
  const caller = callers[which];
  if (caller === undefined) throw new Error('Not before the tests begin');
  return caller;
};

/** The shortest of several, in milliseconds, and the answer. */
async function timedPage(which: 'few' | 'many', query: string): Promise<{ ms: number; page: Page }> {
  const caller = callerOf(which);
  let page = await stage.page(caller, query);
  let ms = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 5; count++) {
    const start = performance.now();
    page = await stage.page(caller, query);
    ms = Math.min(ms, performance.now() - start);
  }
  return { ms, page };
}

it.each([
  ['a first page', ''],
  ['a first page, oldest first', '?sort=arrival'],
  ['a search that finds all', '?q=from:grace'],
  ['a search that finds all, by flags', '?q=is:unread'],
  ['a search that finds a half, each by itself', '?q=larger:400'],
  ['a search by date', '?q=after:2020-01-01'],
  ['sorted by size', '?sort=-size'],
  ['sorted by subject', '?sort=subject'],
])('%s', async (what, query) => {
  const few = await timedPage('few', query);
  const large = await timedPage('many', query);
  console.log(
    `${what}: ${few.ms.toFixed(0)} ms of 100 messages, ${large.ms.toFixed(0)} ms of ${many} (${large.page.total} found)`,
  );
  expect(large.page.messages).toHaveLength(50);
  expect(large.page.total).toBe(few.page.total * 2 ** doublings);
});

it.each(['', '&q=larger:400', '&sort=-size'])('goes on behind the first page (%s)', async (query) => {
  const first = await stage.page(callerOf('many'), `?limit=500&fields=id${query}`);
  const second = await stage.page(callerOf('many'), `?limit=500&fields=id${query}&cursor=${first.nextCursor}`);
  const ids = [...first.messages, ...second.messages].map(({ id }) => id);
  expect(new Set(ids).size).toBe(1_000);
});
