/**
 * A stream from the proxy that ends anywhere, as when its object dies: is the receipt for what came whole, and for nothing else?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../src/core/message-frames.ts';
import { type Covered, downloadLines } from '../../src/maildrop/download-lines.ts';
import { DownloadLineSchema } from '../../src/maildrop/schema/download.ts';
import { octetStreamOf } from '../support/octet-stream.ts';

const messages = ['a', 'b', 'c'].map((uidl, index) => ({
  uidl,
  occurrence: null,
  size: 30,
  index,
  count: 3,
  bytesDone: 30 * (index + 1),
  bytesTotal: 90,
}));

/** As a state names them. */
const named = (...uidls: readonly string[]) =>
  uidls.map((uidl) => ({ uidl, occurrence: uidl === 'twin' ? '1.2' : null }));

/** Each message in two pieces, and where each of them is complete. */
const frames = messages.flatMap((message) => [
  encodeFrame({ kind: 'message', message }),
  encodeFrame({ kind: 'bytes', bytes: Buffer.from(`Subject: ${message.uidl}\r\n\r\nHe`) }),
  encodeFrame({ kind: 'bytes', bytes: Buffer.from('llo.\r\n') }),
  encodeFrame({ kind: 'end' }),
]);
const stream = Buffer.concat([...frames, encodeFrame({ kind: 'done' })]);
const ends = [4, 8, 12].map((count) => Buffer.concat(frames.slice(0, count)).length);

async function* cutAt(length: number, isBroken: boolean): AsyncGenerator<Uint8Array, void, undefined> {
  yield Uint8Array.from(stream.subarray(0, length));
  if (isBroken) throw new Error('The object was lost');
}

async function told(length: number, isBroken: boolean, format: 'json' | 'raw') {
  let covered: Covered | undefined;
  const download = { frames: octetStreamOf(cutAt(length, isBroken)), known: ['old', 'twin 1.2', 'had'], had: ['had'] };
  const lines = downloadLines(download, { format, have: 3 }, async (concluded) => {
    covered = concluded;
    return { receipt: 'sealed', state: 'vouched', expiresAt: '2026-11-23T12:00:00.000Z' };
  });
  let text = '';
  for await (const bytes of lines) text += Buffer.from(bytes).toString();
  return {
    covered,
    lines: text
      .trimEnd()
      .split('\n')
      .map((line) => DownloadLineSchema.parse(JSON.parse(line))),
  };
}

describe.each(['json', 'raw'] as const)('as %s', (format) => {
  it.each([true, false])(
    'at any byte (an error: %s), it ends with errors and a receipt for what was whole',
    async (isBroken) => {
      for (let length = 0; length < stream.length; length += 1) {
        const { covered, lines } = await told(length, isBroken, format);
        const whole = ['a', 'b', 'c'].filter((_, index) => (ends[index] ?? 0) <= length);
        expect(covered, `cut at ${length}`).toEqual({
          covered: ['had', ...whole],
          known: named('old', 'twin', 'had', ...whole),
        });
        const kinds = lines.map(({ type }) => type);
        expect(kinds.filter((kind) => kind === 'message')).toHaveLength(whole.length);
        expect(kinds.indexOf('error'), `cut at ${length}`).toBe(whole.length);
        expect(lines.find((line) => line.type === 'error')).toMatchObject({
          problem: { type: '/problems/connection-lost' },
        });
        expect(lines.at(-1)).toMatchObject({
          type: 'receipt',
          count: 1 + whole.length,
          haveCovered: 1,
          haveIgnored: 2,
        });
        expect(kinds.indexOf('receipt')).toBe(kinds.length - 1);
      }
    },
  );

  it('not at all, it has a line for each message, with how far it is, and no error', async () => {
    const { covered, lines } = await told(stream.length, false, format);
    expect(lines.map(({ type }) => type)).toEqual(['message', 'message', 'message', 'receipt']);
    expect(lines.slice(0, 3)).toMatchObject(
      messages.map(({ uidl, index, count, bytesDone, bytesTotal }) => ({ uidl, index, count, bytesDone, bytesTotal })),
    );
    expect(covered?.covered).toEqual(['had', 'a', 'b', 'c']);
  });
});
