import type { FetchMessageObject } from 'imapflow';
import { describe, expect, it } from 'vitest';
import { FetchRows } from '../../../src/mailbox/session/fetch-rows.ts';

interface Row {
  readonly seq: number;
  readonly uid?: number | undefined;
  readonly size?: number;
  readonly flags?: readonly string[];
}

/** As imapflow gives them: a row without a UID has no such member, and one whose UID is no number has it undefined. */
const rowsOf = (rows: readonly Row[], removalsBefore: readonly number[] = []) => {
  const collected = new FetchRows();
  for (const [index, { flags, ...row }] of rows.entries()) {
    const parsed: object = { ...row, ...(flags === undefined ? {} : { flags: new Set(flags) }) };
    if (isRow(parsed)) collected.add(parsed, removalsBefore[index] ?? 0);
  }
  return collected;
};

const isRow = (row: object): row is FetchMessageObject => 'seq' in row;

describe('rows of FETCH', () => {
  it('are one message when the server tells of it in several', () => {
    const rows = rowsOf([
      { seq: 2, size: 5 },
      { seq: 2, uid: 7 },
      { seq: 2, uid: 7, flags: ['\\Seen'] },
      { seq: 2, flags: ['\\Flagged'] },
    ]);
    expect(rows.merged()).toEqual([{ seq: 2, uid: 7, size: 5, flags: new Set(['\\Flagged']) }]);
    expect(rows.isContradictory).toBe(false);
  });

  it('are nobody’s without a UID, or with one that is none', () => {
    expect(rowsOf([{ seq: 3, flags: ['\\Seen'] }]).merged()).toEqual([]);
    const rows = rowsOf([
      { seq: 3, uid: 5, size: 1 },
      { seq: 3, uid: undefined, size: 2 },
    ]);
    expect(rows.merged()).toEqual([{ seq: 3, uid: 5, size: 1 }]);
  });

  it('are told apart when a message was expunged in between', () => {
    const rows = rowsOf(
      [
        { seq: 3, uid: 3, size: 1 },
        { seq: 3, uid: 4, size: 2 },
        { seq: 3, flags: ['\\Seen'] },
      ],
      [0, 1, 2],
    );
    expect(rows.isContradictory).toBe(false);
    expect(rows.merged().map(({ uid, size, flags }) => [uid, size, flags])).toEqual([
      [3, 1, undefined],
      [4, 2, undefined],
    ]);
  });

  it.each([
    [
      'one number with two UIDs',
      [
        { seq: 1, uid: 5 },
        { seq: 1, uid: 6 },
      ],
    ],
    [
      'one UID with two numbers',
      [
        { seq: 1, uid: 5 },
        { seq: 2, uid: 5 },
      ],
    ],
    ['a UID beyond 32 bits', [{ seq: 1, uid: 4_294_967_296 }]],
  ])('contradict each other: %s', (_, rows) => {
    expect(rowsOf(rows).isContradictory).toBe(true);
  });
});
