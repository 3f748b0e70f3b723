/**
 * What does it take to empty a maildrop of 10,000 messages of 25 KB? That round trips are few and that nothing is held in memory are
 * promises; how long it takes is printed.
 *
 * Measured is the resident memory of the workerd process (VmRSS, every 20 ms), in which both Workers are. Left to itself V8 clears
 * up by the memory of the machine, and so later than where an isolate may have 128 MB in all. So each Worker has a heap of 48 MB here,
 * together less than one isolate may have; without any bound the number is printed and is no promise.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { AcknowledgedSchema, DownloadLineSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { linesIn } from '../support/line-reader.ts';
import { sha256Of } from '../support/maildir.ts';
import { growthDuring, residentBytes } from '../support/memory.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller, Postern } from '../support/postern.ts';
import { startRelay } from '../support/relay.ts';
import { spool } from '../support/spool.ts';

const count = 10_000;
const messageBytes = 25 * 1024;
const messagesAtOnce = 1_000;

const bounded = { name: 'with a heap of 48 MB for each Worker', heapMb: 48, mostMb: 100 };
const unbounded = { name: 'with as much heap as the machine has', heapMb: undefined, mostMb: Number.POSITIVE_INFINITY };

describe.each([bounded, unbounded])('$name', ({ mostMb, heapMb }) => {
  const stage = popStage(heapMb === undefined ? {} : { heapMb });

  it('downloads and acknowledges 10,000 messages of 25 KB, each exact, at 50 or more a round trip', async () => {
    const { user, password } = await stage.callerWith([], 'cleartext');
    const delivered: string[] = [];
    for (const message of spool(count, messageBytes)) {
      delivered.push(sha256Of(message));
      await stage.host.dovecot.deliver(user, 'INBOX', message);
    }
    const relay = await startRelay(stage.host.dovecot.ports.pop3);
    const caller = { user, password, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` };
    // Loads the code, and has the server make its index of what was delivered.
    await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages?limit=1');

    const { pid } = stage.postern.workers;
    const idleMb = residentBytes(pid) / 1e6;
    const received: string[] = [];
    const turns = { downloading: 0, acknowledging: 0 };
    const startedAt = performance.now();
    const growth = await growthDuring(pid, async () => {
      for (let left = count; left > 0; left -= messagesAtOnce) {
        const before = relay.turns;
        const { digests, receipt } = await downloadedDigests(stage.postern, caller);
        received.push(...digests);
        const between = relay.turns;
        const body = { receipt };
        const done = await stage.postern.json(AcknowledgedSchema, caller, '/v1/pop/downloads/ack', { body });
        expect(done).toEqual({ deleted: messagesAtOnce, alreadyGone: 0, notDeleted: [] });
        turns.downloading += between - before;
        turns.acknowledging += relay.turns - between;
      }
    });
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(
      `${count} messages in ${seconds.toFixed(1)} s (${(count / seconds).toFixed(0)} a second), ${turns.downloading} round trips to download and ${turns.acknowledging} to acknowledge; memory: idle ${idleMb.toFixed(0)} MB, at most ${(growth / 1e6).toFixed(0)} MB more, ${(residentBytes(pid) / 1e6).toFixed(0)} MB at the end`,
    );
    expect(received).toEqual(delivered);
    expect(count / turns.downloading, 'messages a round trip, downloading').toBeGreaterThanOrEqual(50);
    expect(count / turns.acknowledging, 'messages a round trip, acknowledging').toBeGreaterThanOrEqual(50);
    expect(growth / 1e6, 'MB more than idle').toBeLessThan(mostMb);
    await relay.stop();
  });
});

/** What came, checked as it came: the digest that is told is that of the bytes. */
async function downloadedDigests(
  postern: Postern,
  caller: Caller,
): Promise<{ readonly digests: readonly string[]; readonly receipt: string }> {
  const body = { format: 'raw', limit: messagesAtOnce };
  const response = await postern.call(caller, '/v1/pop/downloads', { body });
  const digests: string[] = [];
  let receipt = '';
  for await (const text of linesIn(response.body)) {
    const line = DownloadLineSchema.parse(JSON.parse(text));
    if (line.type === 'error') throw new Error(`a download with an error: ${line.problem.type}`);
    if (line.type === 'receipt') receipt = line.receipt;
    else {
      expect(sha256Of(Buffer.from(line.raw ?? '', 'base64'))).toBe(line.sha256);
      digests.push(line.sha256 ?? '');
    }
  }
  return { digests, receipt };
}
