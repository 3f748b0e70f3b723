/**
 * Does a client that only applies changes end with exactly what the server has? (`test/breaks/sync-model.test.ts` takes longer)
 */
import { expect, it } from 'vitest';
import { nothingHidden, withoutCondstore, withoutQresync } from '../support/imap-hiding.ts';
import { imapStage } from '../support/imap-stage.ts';
import { followRandomly } from '../support/sync-model.ts';

const stage = imapStage();

it.each([
  ['QRESYNC', nothingHidden, 200],
  ['CONDSTORE alone', withoutQresync, 1000],
  ['neither', withoutCondstore, 1000],
])('follows 200 random changes on a server with %s', async (_, hidden, mostStateCharacters) => {
  const met = await followRandomly(stage, { operations: 200, seed: 4, hidden });
  expect(met.comparisons).toBeGreaterThan(10);
  expect(met.pages).toBeGreaterThan(10);
  expect(met.longestState).toBeLessThan(mostStateCharacters);
});
