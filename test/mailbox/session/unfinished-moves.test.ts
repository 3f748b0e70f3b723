/**
 * What is remembered of one user's moves is nobody else's, and one message is moved once at a time.
 */
import { expect, it } from 'vitest';
import type { Uid } from '../../../src/mailbox/answers.ts';
import { inTurns, UnfinishedMoves } from '../../../src/mailbox/session/unfinished-moves.ts';

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

const moveOf = (uid: number) => ({ ...move, message: { uidValidity: 1, uid: uid as Uid } });

it('has moves of several messages take turns, and no two wait for each other', async () => {
  const moves = new UnfinishedMoves().of('ada');
  const running = new Set<number>();
  const told: boolean[] = [];
  const moving = (...uids: readonly number[]) =>
    inTurns(moves, uids.map(moveOf), async (hasWaited) => {
      told.push(hasWaited);
      expect(uids.filter((uid) => running.has(uid))).toEqual([]);
      for (const uid of uids) running.add(uid);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      for (const uid of uids) running.delete(uid);
    });
  await Promise.all([moving(5, 1, 3), moving(3, 5), moving(5, 4, 3), moving(5), moving(2)]);
  expect(told.filter((hasWaited) => !hasWaited)).toHaveLength(2);
});
