/**
 * A range of an encoded part over a mail server that is too slow to read it through before the answer.
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { startDistantServer } from '../support/distant-server.ts';
import { first, imapStage } from '../support/imap-stage.ts';
import { sha256Of } from '../support/maildir.ts';
import { seeded } from '../support/random.ts';

const stage = imapStage();

it('is answered with all octets, and in time', async () => {
  const bytes = seeded(12).bytes(12_000_000);
  const head = 'Subject: slow\r\nContent-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n';
  const encoded = bytes.toString('base64').replace(/.{76}/g, '$&\r\n');
  const caller = await stage.callerWith([Buffer.from(`${head}${encoded}\r\n`)], 'cleartext');
  const distant = await startDistantServer(stage.host.dovecot.ports.imap, 700);
  const through = { ...caller, mailServer: `imap://localhost:${distant.port}?security=none` };
  const path = `${first(await stage.paths(through))}/parts/1`;
  const startedAt = performance.now();
  const response = await stage.postern.call(through, path, { headers: { Range: 'bytes=0-9' } });
  expect(response.status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(40_000);
  expect(sha256Of(new Uint8Array(await response.arrayBuffer()))).toBe(sha256Of(bytes));
  await distant.stop();
});
