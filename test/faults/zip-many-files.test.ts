/**
 * Does every reader of zip files find all files, however many there are?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { encodeFrame } from '../../src/core/message-frames.ts';
import { concat } from '../../src/core/mime/bytes.ts';
import { zipOf } from '../../src/maildrop/export/zip.ts';
import { octetStreamOf } from '../support/octet-stream.ts';
import { readBackup } from '../support/zip.ts';

const bytesOf = (place: number): Buffer => Buffer.from(`Subject: ${place}\r\n\r\n${'x'.repeat(place % 7)}\r\n`);

async function* framesOf(count: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let place = 1; place <= count; place++) {
    const message = { uidl: `u${place}`, occurrence: null, size: bytesOf(place).length, place };
    const frames = [
      { kind: 'message', message } as const,
      { kind: 'bytes', bytes: bytesOf(place) } as const,
      { kind: 'end' } as const,
    ];
    yield concat(frames.map(encodeFrame));
  }
  yield encodeFrame({ kind: 'done' });
}

async function zipped(count: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const numbers = { total: count, count, nextAfter: null };
  for await (const piece of zipOf(octetStreamOf(framesOf(count)), numbers)) pieces.push(piece);
  return Buffer.concat(pieces);
}

// With the manifest and the sums, 65,534 files are the most that can be counted without zip64.
it.each([300, 65_532, 65_533])('%d messages', async (count) => {
  const { messages, manifest } = await readBackup(await zipped(count));
  expect([messages.length, manifest.count]).toEqual([count, count]);
  expect(messages.filter(({ bytes }, index) => !bytes.equals(bytesOf(index + 1)))).toEqual([]);
});
