/**
 * Is every octet that a message must not have found, wherever the packets were cut?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { Failed } from '../../../src/core/failure.ts';
import { Upload } from '../../../src/mailbox/session/upload.ts';
import { seeded } from '../../support/random.ts';

/** `bytes` in packets that end at `cuts`, one each time that somebody reads; then the end, or a break. */
function bodyOf(bytes: Uint8Array, cuts: readonly number[], breaks = false): ReadableStream<Uint8Array> {
  const borders = [0, ...cuts, bytes.length];
  // A byte stream has no empty chunks.
  const packets = borders.map((from, index) => new Uint8Array(bytes.subarray(from, borders[index + 1] ?? from)));
  const left = packets.filter(({ length }) => length > 0);
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const packet = left.shift();
      if (packet !== undefined) return controller.enqueue(packet);
      if (breaks) return controller.error(new Error('gone'));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

/** What came through, or why it did not. */
async function received(upload: Upload): Promise<Uint8Array | string> {
  const begun = await upload.begin();
  const parts: Uint8Array[] = [];
  try {
    if (!begun.ok) throw new Failed(begun.failure);
    for (;;) {
      const packet = await upload.next();
      if (packet === null) return Buffer.concat(parts);
      parts.push(packet.slice());
    }
  } catch (error) {
    if (!(error instanceof Failed) || error.failure.kind !== 'request-invalid') throw error;
    return error.failure.errors[0]?.message ?? '';
  } finally {
    upload.end();
  }
}

/** The same, octet by octet. */
function expectedFault(bytes: Uint8Array): number {
  for (const [at, byte] of bytes.entries()) {
    const isBareLf = byte === 10 && bytes[at - 1] !== 13;
    const isBareCr = byte === 13 && bytes[at + 1] !== 10;
    if (byte === 0 || isBareLf || isBareCr) return at + 1;
  }
  return 0;
}

it('takes and refuses the same as a look at every octet does, however it is cut', async () => {
  const random = seeded(11);
  const outcomes = { good: 0, bad: 0 };
  for (let round = 0; round < 3000; round++) {
    const letters = ['\r\n', '\r\n', '\r\n', 'a', 'b', 'ccc'];
    if (round % 2 === 1) letters.push('\r', '\n', '\0');
    const text = Array.from({ length: 1 + random.below(12) }, () => letters[random.below(letters.length)]).join('');
    const bytes = Buffer.from(text, 'latin1');
    const cuts = Array.from({ length: random.below(4) }, () => random.below(bytes.length + 1)).sort((a, b) => a - b);
    const outcome = await received(new Upload(bodyOf(bytes, cuts), bytes.length));
    const fault = expectedFault(bytes);
    outcomes[fault === 0 ? 'good' : 'bad'] += 1;
    if (fault === 0) expect(outcome).toEqual(bytes);
    else expect(outcome, JSON.stringify([text, cuts])).toMatch(new RegExp(`at octet ${fault}\\.`));
  }
  expect(Math.min(outcomes.good, outcomes.bad)).toBeGreaterThan(300);
});

describe('a body that is not as long as it was said to be', () => {
  const bytes = Buffer.from('one\r\ntwo\r\n');

  it.each([[[]], [[3]], [[5, 7]]])('is never whole when it ends early (%j)', async (cuts) => {
    expect(await received(new Upload(bodyOf(bytes, cuts), bytes.length + 1))).toMatch(/ended after 10 of 11 octets/);
  });

  it.each([[[]], [[3]], [[9]]])('is refused when there is more (%j)', async (cuts) => {
    expect(await received(new Upload(bodyOf(bytes, cuts), bytes.length - 1))).toMatch(/more of it than/);
  });

  it('is never whole when it breaks', async () => {
    expect(await received(new Upload(bodyOf(bytes, [3], true), 20))).toMatch(/ended after 10 of 20 octets/);
  });
});
