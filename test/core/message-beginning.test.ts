/**
 * Is the header of a message known before the rest, and is no octet lost on the way?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { begun } from '../../src/core/message-beginning.ts';
import type { MessageOctets } from '../../src/core/message-events.ts';
import type { FailureFrame } from '../../src/core/message-frames.ts';
import { packetsOf, trickyMessage } from '../support/pop-bytes.ts';
import { seeded } from '../support/random.ts';

async function* octetsOf(
  pieces: Iterable<Uint8Array>,
  ended: FailureFrame<unknown> | null = null,
  onPiece: () => void = () => undefined,
): MessageOctets {
  for (const piece of pieces) {
    onPiece();
    yield piece;
  }
  return ended;
}

async function read(octets: MessageOctets): Promise<{ bytes: Buffer; ended: FailureFrame<unknown> | null }> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await octets.next();
    if (done === true) return { bytes: Buffer.concat(pieces), ended: value };
    pieces.push(value);
  }
}

it('gives every octet again, whatever the pieces', async () => {
  const random = seeded(5322);
  for (let round = 0; round < 500; round++) {
    const message = trickyMessage(random);
    const { beginning, octets } = await begun(octetsOf(packetsOf(message, random)));
    const { bytes, ended } = await read(octets);
    expect([bytes.equals(message), ended]).toEqual([true, null]);
    expect(bytes.subarray(0, beginning.length).equals(beginning)).toBe(true);
    const border = /^\r?\n|\n\r?\n/.exec(message.toString('latin1'));
    if (border !== null) expect(beginning.length).toBeGreaterThanOrEqual(border.index + border[0].length);
  }
});

it('reads no further than to the piece in which the header ends', async () => {
  let pieces = 0;
  const message = ['Subject: a\r', '\n\r', '\nbody', 'more', 'and more'].map((text) => Buffer.from(text));
  const { beginning } = await begun(
    octetsOf(message, null, () => {
      pieces += 1;
    }),
  );
  expect([pieces, Buffer.from(beginning).toString()]).toEqual([3, 'Subject: a\r\n\r\nbody']);
});

it('holds no more than a header may have of what has none', async () => {
  const piece = Buffer.alloc(100_000, 'x');
  const { beginning, octets } = await begun(octetsOf(Array.from({ length: 10 }, () => piece)));
  expect(beginning.length).toBe(limits.partHeaderBytes);
  expect((await read(octets)).bytes.length).toBe(1_000_000);
});

it('returns why the message is not whole, whether it broke inside the header or behind it', async () => {
  const failing: FailureFrame<unknown> = { kind: 'failure', failure: { kind: 'connection-lost' }, of: null };
  for (const text of ['', 'Subject: a', 'Subject: a\r\n\r\nbody']) {
    const { octets } = await begun(octetsOf(text === '' ? [] : [Buffer.from(text)], failing));
    const { bytes, ended } = await read(octets);
    expect([String(bytes), ended]).toEqual([text, failing]);
  }
});
