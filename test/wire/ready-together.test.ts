/**
 * Do pieces leave together that are there together, and does none wait for another?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { readyTogether } from '../../src/wire/ready-together.ts';

const texts = async (pieces: AsyncGenerator<Uint8Array>): Promise<string[]> =>
  (await Array.fromAsync(pieces)).map((piece) => Buffer.from(piece).toString());

it('hands out in one piece what is there', async () => {
  async function* pieces() {
    for (const text of ['one', 'two', 'three']) yield Buffer.from(text);
  }
  expect(await texts(readyTogether(pieces()))).toEqual(['onetwothree']);
});

it('lets no piece wait for one that is still to come', async () => {
  const later = Promise.withResolvers<void>();
  async function* pieces() {
    yield Buffer.from('one');
    yield Buffer.from('two');
    await later.promise;
    yield Buffer.from('three');
  }
  const together = readyTogether(pieces());
  expect(Buffer.from((await together.next()).value ?? []).toString()).toBe('onetwo');
  later.resolve();
  expect(await texts(together)).toEqual(['three']);
});

it('hands out what came before a failure, and then fails', async () => {
  async function* pieces() {
    yield Buffer.from('one');
    yield Buffer.from('two');
    throw new Error('the end');
  }
  const together = readyTogether(pieces());
  expect(Buffer.from((await together.next()).value ?? []).toString()).toBe('onetwo');
  await expect(together.next()).rejects.toThrow('the end');
});

it('hands out a large piece without reading on', async () => {
  let read = 0;
  async function* pieces() {
    for (;;) {
      read += 1;
      yield new Uint8Array(64 * 1024);
    }
  }
  expect((await readyTogether(pieces()).next()).value).toHaveLength(64 * 1024);
  expect(read).toBeLessThanOrEqual(2);
});
