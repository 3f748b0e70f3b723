/**
 * What is remembered of one user's moves is nobody else's, and one message is moved once at a time.
 */
import { expect, it } from 'vitest';
import type { Uid } from '../../../src/mailbox/answers.ts';
import { UnfinishedMoves } from '../../../src/mailbox/session/unfinished-moves.ts';

const move = { from: 'INBOX', message: { uidValidity: 1, uid: 2 as Uid }, to: 'Trash' };
const copy = { uidValidity: 3, uid: 4 as Uid };

it('knows the copy that the same user has made, and no other', () => {
  const moves = new UnfinishedMoves();
  moves.of('ada').begin(move, copy);
  expect(moves.of('ada').copyOf(move)).toEqual(copy);
  for (const other of ['Ada', 'ada ', '', 'bob']) {
    expect(moves.of(other).copyOf(move)).toBeNull();
    moves.of(other).end(move);
  }
  expect(moves.of('ada').copyOf(move)).toEqual(copy);
  moves.of('ada').end(move);
  expect(moves.of('ada').copyOf(move)).toBeNull();
});

it('has two spellings of one user take turns', async () => {
  const moves = new UnfinishedMoves();
  const first = Promise.withResolvers<void>();
  const done: string[] = [];
  const both = [
    moves.of('ada').inTurn(move, async () => {
      await first.promise;
      done.push('ada');
    }),
    moves.of('Ada').inTurn(move, async (hasWaited) => {
      done.push(`Ada ${hasWaited}`);
    }),
  ];
  await Promise.resolve();
  first.resolve();
  await Promise.all(both);
  expect(done).toEqual(['ada', 'Ada true']);
});
