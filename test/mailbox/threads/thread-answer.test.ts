import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { threadsIn } from '../../../src/mailbox/threads/thread-answer.ts';

const told = (text: string) => threadsIn(Buffer.from(text));

describe('an answer to THREAD', () => {
  // RFC 5256 §4 and §5.
  it.each([
    ['* THREAD (2)(3 6 (4 23)(44 7 96))\r\n', [[2], [3, 4, 6, 7, 23, 44, 96]]],
    ['* THREAD ((3)(5))\r\n', [[3, 5]]],
    ['* THREAD (166)(167)(168)(169)(172)(170)(171)\r\n', [[166], [167], [168], [169], [172], [170], [171]]],
    ['* thread (1 2)  (3) \r\n', [[1, 2], [3]]],
    ['* THREAD\r\n', []],
    ['* THREAD \r\n', []],
    ['* THREAD ()(1)', [[1]]],
    ['* THREAD (1 1)(1 2)', [[1], [2]]],
  ])('%j', (line, threads) => {
    expect(told(line)).toEqual(threads);
  });

  it.each([
    ['* THREADS (1)'],
    ['* SEARCH 1'],
    ['* THREAD 1'],
    ['* THREAD (1'],
    ['* THREAD (1))('],
    ['* THREAD (1a)'],
    ['* THREAD (0)'],
    ['* THREAD (4294967296)'],
    ['* THREAD (99999999999999999999999)'],
    ['* THREAD (1 NIL)'],
    ['* THREAD (-1)'],
  ])('is refused when it is %j', (line) => {
    expect(told(line)).toBeNull();
  });

  it('is read at any depth', () => {
    const depth = 500_000;
    const line = `* THREAD ${'('.repeat(depth)}7${')'.repeat(depth)}(9)\r\n`;
    expect(told(line)).toEqual([[7], [9]]);
  });
});
