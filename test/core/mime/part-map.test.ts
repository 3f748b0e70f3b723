/**
 * Does a range of a part come out as it stands in the whole, wherever the encoded octets are cut?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { extentOf, lengthOf } from '../../../src/core/byte-range.ts';
import { type PartMap, PartMapper, pieceOf, plainMap } from '../../../src/core/mime/part-map.ts';
import { pieceDecoder } from '../../../src/core/mime/piece.ts';
import { decodeTransfer } from '../../../src/core/mime/transfer.ts';
import { oddEncodings } from '../../support/odd-encodings.ts';
import { type Random, seeded } from '../../support/random.ts';
import { chunksOf } from './random-mail.ts';

const mapOf = (encoded: Uint8Array, encoding: string, random: Random): PartMap => {
  const mapper = new PartMapper(encoding);
  for (const chunk of chunksOf(encoded, () => 1 + random.below(200_000))) mapper.push(chunk);
  return mapper.end();
};

async function rangeOf(encoded: Uint8Array, encoding: string, map: PartMap, first: number, last: number) {
  const { start, end, skip } = pieceOf(map, { first, last });
  const source = new Blob([encoded.slice(start, end)]).stream();
  const decoded = source.pipeThrough(pieceDecoder(encoding, skip, last - first + 1));
  return { bytes: Buffer.from(await new Response(decoded).arrayBuffer()), readBytes: end - start };
}

describe.each(oddEncodings(700_000))('a part in %s', (_, encoding, encoded) => {
  const random = seeded(encoded.length);
  const whole = Buffer.from(decodeTransfer(encoded, encoding));
  const map = mapOf(encoded, encoding, random);

  it('is as long as it decodes to', () => {
    expect(map.length).toBe(whole.length);
  });

  it('gives each range as it stands in the whole', async () => {
    for (let count = 0; count < 25; count++) {
      const first = random.below(whole.length);
      const last = first + random.below(random.chance(0.5) ? 5 : whole.length - first);
      const { bytes } = await rangeOf(encoded, encoding, map, first, Math.min(last, whole.length - 1));
      expect(bytes.equals(whole.subarray(first, last + 1)), `${first}-${last}`).toBe(true);
    }
  });

  it('needs not much more than what a range takes', async () => {
    const middle = Math.floor(whole.length / 2);
    const { readBytes } = await rangeOf(encoded, encoding, map, middle, middle + 9);
    expect(readBytes).toBeLessThan(600_000);
  });
});

it('finds no end of patience with a part that never lets a decoder rest', () => {
  const start = performance.now();
  const mapper = new PartMapper('quoted-printable');
  for (let count = 0; count < 100; count++) mapper.push(Buffer.alloc(100_000, ' '));
  expect(mapper.end().marks.length).toBeLessThan(100);
  expect(performance.now() - start).toBeLessThan(5_000);
});

it('takes octets of a part without encoding for themselves', () => {
  expect(pieceOf(plainMap(100), { first: 7, last: 9 })).toEqual({ start: 7, end: 10, skip: 0 });
});

describe('extentOf', () => {
  it.each([
    [{ first: 0, last: 0 }, 10, { first: 0, last: 0 }],
    [{ first: 3, last: null }, 10, { first: 3, last: 9 }],
    [{ first: 3, last: 99 }, 10, { first: 3, last: 9 }],
    [{ first: 9, last: null }, 10, { first: 9, last: 9 }],
    [{ first: 10, last: null }, 10, null],
    [{ first: 10, last: 12 }, 10, null],
    [{ suffix: 3 }, 10, { first: 7, last: 9 }],
    [{ suffix: 99 }, 10, { first: 0, last: 9 }],
    [{ suffix: 0 }, 10, null],
    [{ first: 0, last: null }, 0, null],
    [{ suffix: 5 }, 0, null],
  ])('of %j in %i octets is %j', (range, length, extent) => {
    expect(extentOf(range, length)).toEqual(extent);
    if (extent !== null) expect(lengthOf(extent)).toBe(extent.last - extent.first + 1);
  });
});
