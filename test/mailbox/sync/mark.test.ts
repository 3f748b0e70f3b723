/**
 * Do marks differ as flags do?
 */
import { expect, it } from 'vitest';
import { fieldSize, Marks, markOf } from '../../../src/mailbox/sync/mark.ts';

const system = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'];

it('marks each set of system flags in another way, and never as nothing', () => {
  const marks = Array.from({ length: 32 }, (_, bits) => markOf(system.filter((_flag, index) => bits & (1 << index))));
  expect(new Set(marks).size).toBe(32);
  expect(Math.min(...marks)).toBeGreaterThan(0);
});

it('tells 20,000 sets with keywords apart from each other and from all system flags', () => {
  const marks = new Set(Array.from({ length: 20_000 }, (_, index) => markOf(['\\Seen', `k${index}`])));
  expect(marks.size).toBe(20_000);
  for (const mark of marks) expect(mark > 63 && mark < fieldSize).toBe(true);
});

it('counts neither order, nor case, nor repetition, nor \\Recent', () => {
  expect(markOf(['Family', '\\Seen', '\\Recent', '\\SEEN'])).toBe(markOf(['\\seen', 'family']));
  expect(markOf(['\\Recent'])).toBe(markOf([]));
});

it('does not take one keyword for two', () => {
  expect(new Set([['a', 'b'], ['ab'], ['a'], ['b'], ['\\Seen', 'a']].map(markOf)).size).toBe(5);
});

it('marks a list as it marks each', () => {
  const marks = new Marks();
  for (const flags of [['a'], ['b'], ['a'], []]) expect(marks.of(flags)).toBe(markOf(flags));
});
