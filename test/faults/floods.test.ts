/**
 * IMAP servers that send much to parse and little to keep: how long does that keep the processor, and everybody else waiting?
 *
 * CPU is that of workerd, in which both Workers run in one thread; the others ask for nothing but a refusal.
 */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startImapServer } from '../support/imap-script.ts';
import { letter } from '../support/mail.ts';
import { type Postern, startPostern } from '../support/postern.ts';

const ticksPerSecond = 100;
/** Of the time in which the slowest of these floods is parsed. A tenth was measured, and two thirds without any pauses. */
const mostWaitShare = 0.4;

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

/** User and system time of a process (proc(5), fields 14 and 15). */
function cpuSeconds(pid: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = rest.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/**
 * How much of workerd's time goes by, at most, while somebody else waits, who asks again and again as long as `work` goes on. In seconds of
 * the processor, since others may keep it busy with something else.
 */
async function longestWaitDuring(work: () => Promise<void>): Promise<number> {
  const { pid } = postern.workers;
  let longest = 0;
  let isDone = false;
  const others = async (): Promise<void> => {
    while (!isDone) {
      const start = cpuSeconds(pid);
      await (await postern.call(null, '/v1/account')).text();
      longest = Math.max(longest, cpuSeconds(pid) - start);
    }
  };
  const all = others();
  await work();
  isDone = true;
  await all;
  return longest;
}

/** More at a time than is read of it, so that there is always something there already. */
const endless = (unit: string): Buffer => Buffer.alloc(unit.length * Math.ceil(16e6 / unit.length), unit);

interface Flood {
  readonly limit: string;
  /** Sent once, and then `unit` without an end. */
  readonly head: string;
  readonly unit: string;
}

const parentheses: Flood = {
  limit: 'imapAnswerLineBytes',
  head: '',
  unit: `* 1 FETCH ${'('.repeat(390_000)}\r\n`,
};

it.each<[string, Flood]>([
  ['literals of nothing', { limit: 'imapAnswerLiterals', head: '* 1 FETCH (UID 1', unit: '{0}\r\n' }],
  [
    'literals of ten bytes',
    { limit: 'imapAnswerLiterals', head: '* 1 FETCH (UID 1', unit: ' BODY[TEXT] {10}\r\n0123456789' },
  ],
  ['parentheses that nobody closes', parentheses],
  [
    'a string of backslashes',
    { limit: 'imapAnswerLineBytes', head: '', unit: `* 1 FETCH ("${'\\\\'.repeat(1_900_000)}")\r\n` },
  ],
])('ends %s', async (_, flood) => {
  await endFlood(flood);
});

it('lets others have their turn while the slowest of these is parsed', async () => {
  const { pid } = postern.workers;
  const before = cpuSeconds(pid);
  const waited = await longestWaitDuring(() => endFlood(parentheses));
  const all = cpuSeconds(pid) - before;
  console.log(`others waited for ${waited.toFixed(2)} s of ${all.toFixed(2)} s of CPU at most`);
  expect(waited / all).toBeLessThan(mostWaitShare);
});

async function endFlood({ limit, head, unit }: Flood): Promise<void> {
  const server = await startImapServer({
    messages: [letter('small')],
    answer: (command, socket) => {
      if (!command.includes('BODY.PEEK[]')) return undefined;
      const bytes = endless(unit);
      const flood = (error?: Error | null): void => {
        if (error === undefined || error === null) socket.write(bytes, (failed) => setImmediate(flood, failed));
      };
      socket.write(head);
      flood();
      return null;
    },
  });
  const problem = await postern.problem(
    'limit-exceeded',
    server.caller(),
    '/v1/imap/mailboxes/inbox/messages/1000.1/raw',
  );
  expect(problem['limit']).toBe(limit);
  await server.stop();
}
