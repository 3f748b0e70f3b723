/**
 * How much memory does a range of a very large part take?
 *
 * The part is read through once to find the range, and once more to send it; neither may hold it.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { imapStage } from '../support/imap-stage.ts';
import { sha256Of } from '../support/maildir.ts';
import { growthDuring } from '../support/memory.ts';
import { seeded } from '../support/random.ts';

const stage = imapStage();

/** A message of one part in base64, and what the part decodes to. */
function large(megabytes: number) {
  const block = seeded(megabytes).bytes(1_000_000);
  const bytes = Buffer.concat(
    Array.from({ length: megabytes }, (_, index) => Buffer.concat([Buffer.from([index]), block])),
  );
  const encoded = bytes.toString('base64').replace(/.{76}/g, '$&\r\n');
  const head = 'Subject: large\r\nContent-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n';
  return { bytes, message: Buffer.from(`${head}${encoded}\r\n`) };
}

it('gives all but the first octets of 60 MB in base64 byte for byte, within 100 MB of what a quarter of it takes', async () => {
  const [smaller, larger] = [large(15), large(60)];
  const caller = await stage.callerWith([smaller.message, larger.message]);
  const [path = '', smallerPath = ''] = await stage.paths(caller);
  const growthFor = (message: string, bytes: Uint8Array): Promise<number> =>
    growthDuring(stage.postern.workers.pid, async () => {
      const digest = createHash('sha256');
      const response = await stage.postern.call(caller, `${message}/parts/1`, { headers: { Range: 'bytes=100-' } });
      expect(response.headers.get('content-range')).toBe(`bytes 100-${bytes.length - 1}/${bytes.length}`);
      for await (const chunk of response.body ?? []) digest.update(chunk);
      expect(digest.digest('hex')).toBe(sha256Of(bytes.subarray(100)));
    });
  const first = await growthFor(smallerPath, smaller.bytes);
  const more = await growthFor(path, larger.bytes);
  console.log(
    `a range of 15 MB: ${(first / 1e6).toFixed(0)} MB; then one of 60 MB: ${(more / 1e6).toFixed(0)} MB more`,
  );
  expect(more).toBeLessThan(100e6);
});
