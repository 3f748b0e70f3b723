/**
 * Is a message that is larger than an isolate's memory added without ever being in memory as a whole?
 *
 * Memory is VmRSS of workerd, sampled every 20 ms; idle is what it is after a small message was added.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NewEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { append, startAppendServer } from '../support/imap-append.ts';
import { bigLetter } from '../support/imap-letters.ts';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { startPostern } from '../support/postern.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');

/** In MB of 1,000,000 bytes. */
function residentMb(pid: number): number {
  const kiB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kiB) * 1024) / 1e6;
}

/** The most that `work` made the process take. */
async function peakMb(pid: number, work: () => Promise<void>): Promise<number> {
  let peak = residentMb(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMb(pid));
  }, 20);
  await work();
  clearInterval(timer);
  return Math.max(peak, residentMb(pid));
}

it.each(encrypted)('adds 60 MB byte for byte over %s, within 60 MB of idle memory', async (security) => {
  const bytes = bigLetter(60_000_000);
  const caller = await stage.callerWith([], security);
  const postern = await startPostern({ trustedCertificates: [stage.host.dovecot.ca] });
  await (await append(postern, caller, inbox, { bytes: letter('first') })).arrayBuffer();
  const { pid } = postern.workers;
  const idle = residentMb(pid);
  const start = performance.now();
  let id: string | null = null;
  const peak = await peakMb(pid, async () => {
    const response = await append(postern, caller, inbox, { bytes });
    expect(response.status).toBe(201);
    id = NewEmailSchema.parse(await response.json()).id;
  });
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `60 MB over ${security}: ${seconds.toFixed(1)} s, idle ${idle.toFixed(0)} MB, at most ${peak.toFixed(0)} MB`,
  );
  const raw = await stage.postern.call(caller, `${inbox}/${id}/raw`);
  expect(sha256Of(new Uint8Array(await raw.arrayBuffer()))).toBe(sha256Of(bytes));
  expect(peak - idle).toBeLessThan(60);
  await postern.stop();
});

it('takes no more from the caller than a mail server takes that has stopped reading', async () => {
  const server = await startAppendServer();
  const postern = await startPostern({});
  const block = bigLetter(1_000_000).subarray(0, 1_000_000);
  const blocks = 100;
  await (await append(postern, server.caller(), inbox, { bytes: letter('first') })).arrayBuffer();
  const { pid } = postern.workers;
  const idle = residentMb(pid);
  let given = 0;
  let isReleased = false;
  const stalled = Promise.withResolvers<void>();
  // It has stalled when nothing was asked for in the time in which, before, a hundred packets would have been.
  let quiet = setTimeout(() => stalled.resolve(), 2000);
  const bytes = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        clearTimeout(quiet);
        quiet = setTimeout(() => stalled.resolve(), 2000);
        if (given === 1 && !isReleased) server.pause(true);
        if (given === blocks) return controller.close();
        given += 1;
        controller.enqueue(block.slice());
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'Content-Length': String(blocks * block.length) };
  const answering = append(postern, server.caller(), inbox, { bytes, headers });
  const peak = await peakMb(pid, () => stalled.promise);
  const givenWhenStalled = given;
  isReleased = true;
  server.pause(false);
  const response = await answering;
  expect([response.status, await response.text()]).toEqual([201, expect.stringContaining('1000.7')]);
  clearTimeout(quiet);
  console.log(`stalled after ${givenWhenStalled} MB of ${blocks}, ${(peak - idle).toFixed(0)} MB above idle`);
  expect(givenWhenStalled).toBeLessThan(40);
  expect(peak - idle).toBeLessThan(60);
  expect(server.messages.at(-1)?.length).toBe(blocks * block.length + 2);
  await server.stop();
  await postern.stop();
});
