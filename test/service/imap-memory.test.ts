/**
 * How much memory does a very large message take?
 *
 * VmRSS in /proc/<pid>/status of workerd, the one process in which both Workers run. Idle is what it is after a first
 * list (so connected, logged in and compiled); then, as the first download of that process, 60 MB are read through and
 * hashed while VmRSS is sampled every 20 ms, and once more at the end. The most may be 100 MB above idle.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bigLetter } from '../support/imap-letters.ts';
import { first, imapStage } from '../support/imap-stage.ts';
import { encrypted } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { startPostern } from '../support/postern.ts';

const stage = imapStage();
const sampleMs = 20;

/** In MB of 1,000,000 bytes. */
function residentMb(pid: number): number {
  const kiB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kiB) * 1024) / 1e6;
}

/** The most that `work` made the process take. */
async function peakMb(pid: number, work: () => Promise<void>): Promise<number> {
  let peak = residentMb(pid);
  const sample = (): void => {
    peak = Math.max(peak, residentMb(pid));
  };
  const timer = setInterval(sample, sampleMs);
  await work();
  clearInterval(timer);
  sample();
  return peak;
}

it.each(encrypted)('gives 60 MB byte for byte over %s, within 100 MB of idle memory', async (security) => {
  const message = bigLetter(60_000_000);
  const caller = await stage.callerWith([message], security);
  const postern = await startPostern({ trustedCertificates: [stage.host.dovecot.ca] });
  const path = first(await stage.paths(caller));
  const warmUp = await postern.call(caller, path.replace(/\/[^/]+$/, ''));
  expect(warmUp.status).toBe(200);
  await warmUp.arrayBuffer();
  const { pid } = postern.workers;
  const idle = residentMb(pid);
  const digest = createHash('sha256');
  let length = 0;
  const peak = await peakMb(pid, async () => {
    const response = await postern.call(caller, `${path}/raw`);
    for await (const chunk of response.body ?? []) {
      digest.update(chunk);
      length += chunk.length;
    }
  });
  expect([length, digest.digest('hex')]).toEqual([message.length, sha256Of(message)]);
  console.log(`60 MB over ${security}: idle ${idle.toFixed(0)} MB, at most ${peak.toFixed(0)} MB`);
  expect(peak - idle).toBeLessThan(100);
  await postern.stop();
});
