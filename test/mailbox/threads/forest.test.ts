import { expect, it } from 'vitest';
import { Forest } from '../../../src/mailbox/threads/forest.ts';

/** Nodes 0 to `length` - 1, each below the one before. */
function chainOf(length: number, forest: Forest): number[] {
  const nodes = Array.from({ length }, () => forest.add(false));
  for (const [index, node] of nodes.entries()) if (index > 0) forest.link(nodes[index - 1] ?? -1, node);
  return nodes;
}

it('links nothing that would make a loop, however long', () => {
  const forest = new Forest(1_000_000);
  const nodes = chainOf(1_000, forest);
  forest.link(nodes.at(-1) ?? -1, nodes[0] ?? -1);
  expect(nodes.map((node) => forest.placeOf(node).root)).toEqual(nodes.map(() => nodes[0]));
});

it('leaves a node where it is when it has a parent already', () => {
  const forest = new Forest(1_000);
  const [first, second, third] = [forest.add(true), forest.add(true), forest.add(true)];
  forest.link(first, third);
  forest.link(second, third);
  expect(forest.placeOf(third)).toEqual({ root: first, isBelowMessage: true });
});

it('knows whether a message is above, through those that are not there', () => {
  const forest = new Forest(1_000);
  const [gone, message, alsoGone, answer] = [forest.add(false), forest.add(true), forest.add(false), forest.add(true)];
  forest.link(gone, message);
  forest.link(message, alsoGone);
  forest.link(alsoGone, answer);
  expect(forest.placeOf(message)).toEqual({ root: gone, isBelowMessage: false });
  expect(forest.placeOf(answer)).toEqual({ root: gone, isBelowMessage: true });
});

it('links no more where it would have to look at more ancestors than it may', () => {
  const forest = new Forest(100);
  const end = chainOf(60, forest).at(-1) ?? -1;
  const pairs = [1, 2].map(() => chainOf(2, forest));
  for (const [top = -1] of pairs) forest.link(end, top);
  expect(pairs.map(([top = -1]) => forest.hasParent(top))).toEqual([true, false]);
});
