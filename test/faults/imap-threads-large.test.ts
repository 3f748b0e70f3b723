/**
 * Conversations of a mailbox of 100,000 messages.
 */
import { expect, it } from 'vitest';
import type { z } from 'zod';
import { limits } from '../../src/core/limits.ts';
import { FoundThreadSchema, ThreadPageSchema } from '../../src/mailbox/schema/thread.ts';
import { imapStage } from '../support/imap-stage.ts';
import { fillMailbox } from '../support/large-mailbox.ts';

const stages = {
  REFS: imapStage(),
  local: imapStage({
    extraConfig: 'protocol imap {\n  imap_capability = IMAP4rev1 LITERAL+ SASL-IR UIDPLUS ESEARCH\n}',
  }),
};
const messages = 100_000;
/** Of `smallLetter`. */
const perThread = 5;

const uidsOf = ({ threads }: z.output<typeof ThreadPageSchema>): number[][] =>
  threads.map(({ emailIds = [] }) => emailIds.map((id) => Number(id.split('.')[1])));

it.each([
  ['all of it, where the server has THREAD', 'REFS', messages],
  ['its newest messages, where the server has not, and says so', 'local', limits.threadedMessages],
] as const)('are found in %s', async (_, method, lookedAt) => {
  const stage = stages[method];
  const caller = await stage.callerWith([]);
  await fillMailbox(stage.host.dovecot, caller, messages);
  const elapsed: number[] = [];
  const page = async (query: string) => {
    const start = performance.now();
    const page = await stage.postern.json(ThreadPageSchema, caller, `/v1/imap/mailboxes/inbox/threads${query}`);
    elapsed.push(Math.round(performance.now() - start));
    return page;
  };
  const first = await page('?limit=100');
  expect(first).toMatchObject({ method, isComplete: lookedAt === messages, total: lookedAt / perThread });
  expect(uidsOf(first)).toEqual(
    Array.from({ length: 100 }, (_, index) =>
      Array.from({ length: perThread }, (_, place) => messages - (index + 1) * perThread + place + 1),
    ),
  );
  const second = await page(`?limit=100&cursor=${first.nextCursor}`);
  expect(uidsOf(second)[0]?.at(-1)).toBe(messages - 100 * perThread);
  await page('?limit=100&fields=emailIds,unreadEmails');
  // The first message of all: one is not told that it is gone because nobody has looked.
  const path = `/v1/imap/mailboxes/inbox/threads/${first.nextCursor?.replace(/\..*/, '.1')}`;
  if (lookedAt < messages) await stage.postern.problem('unsupported-by-server', caller, path);
  else expect((await stage.postern.json(FoundThreadSchema, caller, path)).thread.totalEmails).toBe(perThread);
  console.log(`conversations of ${messages} messages, ${method}: ${elapsed.join(', ')} ms`);
});
