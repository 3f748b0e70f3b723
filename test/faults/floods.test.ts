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
/** Of a second and a half in which the slowest of these floods is parsed; without pauses it is all of it. */
const mostWaitMs = 1_200;

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

/** How long somebody else waits at most, who asks again and again while `work` goes on. */
async function longestWaitDuring(work: () => Promise<void>): Promise<number> {
  let longestMs = 0;
  let isDone = false;
  const others = async (): Promise<void> => {
    while (!isDone) {
      const start = performance.now();
      await (await postern.call(null, '/v1/account')).text();
      longestMs = Math.max(longestMs, performance.now() - start);
    }
  };
  const all = others();
  await work();
  isDone = true;
  await all;
  return longestMs;
}

/** More at a time than is read of it, so that there is always something there already. */
const endless = (unit: string): Buffer => Buffer.alloc(unit.length * Math.ceil(16e6 / unit.length), unit);

it.each([
  ['literals of nothing', 'imapAnswerLiterals', '* 1 FETCH (UID 1', '{0}\r\n'],
  ['literals of ten bytes', 'imapAnswerLiterals', '* 1 FETCH (UID 1', ' BODY[TEXT] {10}\r\n0123456789'],
  ['parentheses that nobody closes', 'imapAnswerLineBytes', '', `* 1 FETCH ${'('.repeat(390_000)}\r\n`],
  ['a string of backslashes', 'imapAnswerLineBytes', '', `* 1 FETCH ("${'\\\\'.repeat(1_900_000)}")\r\n`],
])('ends %s by %s, and lets others have their turn meanwhile', async (what, limit, head, unit) => {
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
  const before = cpuSeconds(postern.workers.pid);
  const waitedMs = await longestWaitDuring(async () => {
    const problem = await postern.problem(
      'limit-exceeded',
      server.caller(),
      '/v1/imap/mailboxes/inbox/messages/1000.1/raw',
    );
    expect(problem['limit']).toBe(limit);
  });
  const cpu = cpuSeconds(postern.workers.pid) - before;
  console.log(`flood of ${what}: ${cpu.toFixed(2)} s of CPU, others waited ${Math.round(waitedMs)} ms at most`);
  expect(waitedMs).toBeLessThan(mostWaitMs);
  await server.stop();
});
