/**
 * What does it take to export 10,000 messages of 25 KB? Time and memory are printed; that nothing of it is held is a promise.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { startImapRelay } from '../support/imap-relay.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { growthDuring } from '../support/memory.ts';
import { seeded } from '../support/random.ts';

const stage = imapStage();
const count = 10_000;

describe.each(['ndjson', 'mbox'])('as %s', (format) => {
  it('gives 250 MB in bounded memory, many messages at a time', async () => {
    const text = seeded(25).bytes(18_000).toString('base64').replace(/.{76}/g, '$&\r\n');
    const caller = await stage.callerWith([]);
    for (let index = 0; index < count; index++) await stage.deliver(caller, 'INBOX', letter(`${index}`, text));
    const relay = await startImapRelay(stage.host.dovecot.ports.imap);
    const through = relay.through(caller);
    // The server makes its index of what was delivered.
    await stage.page(through, '?limit=500');
    const before = relay.commands.length;
    let bytes = 0;
    let last = '';
    const startedAt = performance.now();
    const growth = await growthDuring(stage.postern.workers.pid, async () => {
      const response = await stage.postern.call(through, `/v1/imap/mailboxes/inbox/export?format=${format}`);
      expect(response.headers.get('export-count')).toBe(String(count));
      for await (const chunk of response.body ?? []) {
        bytes += chunk.length;
        last = (last + Buffer.from(chunk).toString('latin1')).slice(-200);
      }
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const commands = relay.commands.length - before;
    console.log(
      `${format}: ${count} messages, ${(bytes / 1e6).toFixed(0)} MB sent in ${seconds.toFixed(1)} s (${(bytes / 1e6 / seconds).toFixed(0)} MB/s), ${commands} commands, ${(growth / 1e6).toFixed(0)} MB of memory`,
    );
    if (format === 'ndjson') expect(JSON.parse(last.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ count });
    expect(commands).toBeLessThan(250);
    expect(growth).toBeLessThan(300e6);
    await relay.stop();
  });
});
