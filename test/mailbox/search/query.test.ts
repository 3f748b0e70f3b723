/**
 * What does `q` mean, and what of it is refused, where and why?
 */
import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/core/limits.ts';
import type { Condition, Leaf } from '../../../src/mailbox/search/condition.ts';
import { queryOf } from '../../../src/mailbox/search/print.ts';
import { conditionOf } from '../../../src/mailbox/search/query.ts';
import { type Random, seeded } from '../../support/random.ts';

const read = (q: string): Condition => {
  const condition = conditionOf(q);
  if (!condition.ok) throw new Error(JSON.stringify(condition.failure));
  return condition.value;
};
const refusalOf = (q: string): string => {
  const condition = conditionOf(q);
  if (condition.ok || condition.failure.kind !== 'request-invalid') throw new Error(`${q} is taken`);
  const [error] = condition.failure.errors;
  expect(error).toMatchObject({ in: 'query', field: 'q' });
  return error?.message ?? '';
};

const text = (value: string): Condition => ({ kind: 'text', value });
const not = (condition: Condition): Condition => ({ kind: 'not', condition });
const and = (...conditions: readonly Condition[]): Condition => ({ kind: 'and', conditions });
const or = (...conditions: readonly Condition[]): Condition => ({ kind: 'or', conditions });

describe('is read', () => {
  it.each<readonly [string, Condition]>([
    ['word', text('word')],
    ['  two\twords ', and(text('two'), text('words'))],
    ['"two words"', text('two words')],
    ['"say \\"hi\\" \\\\"', text('say "hi" \\')],
    ['a OR b', or(text('a'), text('b'))],
    ['a OR b OR c d', and(or(text('a'), text('b'), text('c')), text('d'))],
    ['a b OR c', and(text('a'), or(text('b'), text('c')))],
    ['a OR (b c)', or(text('a'), and(text('b'), text('c')))],
    ['a or b', and(text('a'), text('or'), text('b'))],
    ['"OR"', text('OR')],
    ['-a', not(text('a'))],
    ['-(a b)', not(and(text('a'), text('b')))],
    ['-from:a OR -"b c"', or(not({ kind: 'from', value: 'a' }), not(text('b c')))],
    ['a-b', text('a-b')],
    ['10:30', text('10:30')],
    ['(a)', text('a')],
    ['(a)(b)', and(text('a'), text('b'))],
    ['From:x', { kind: 'from', value: 'x' }],
    ['subject:"a b"', { kind: 'subject', value: 'a b' }],
    ['subject:a:b', { kind: 'subject', value: 'a:b' }],
    ['header:List-Id', { kind: 'header', name: 'List-Id', value: '' }],
    ['header:List-Id:a:b', { kind: 'header', name: 'List-Id', value: 'a:b' }],
    ['header:List-Id:"a b"', { kind: 'header', name: 'List-Id', value: 'a b' }],
    ['is:unread', not({ kind: 'keyword', keyword: '$seen' })],
    ['is:answered', { kind: 'keyword', keyword: '$answered' }],
    ['larger:10k', { kind: 'larger', bytes: 10_240 }],
    ['smaller:5M', { kind: 'smaller', bytes: 5_242_880 }],
    ['after:2026-11-16', { kind: 'since', atMs: Date.UTC(2026, 10, 16) }],
    ['before:2026-11-16T08:30:00.5+01:00', { kind: 'before', atMs: Date.UTC(2026, 10, 16, 7, 30, 0, 500) }],
    ['raw:"in:anywhere x"', { kind: 'raw', query: 'in:anywhere x' }],
  ])('%s', (q, condition) => {
    expect(read(q)).toEqual(condition);
  });
});

describe('is refused, with its place', () => {
  it.each<readonly [string, RegExp]>([
    ['', /^Character 1: something/],
    ['   ', /^Character 4: something/],
    ['a form:b', /^Character 3: there is no operator form:\. Use one of from:/],
    ['http://a.example', /^Character 1: there is no operator http:/],
    ['is:constructor', /^Character 1: is: does not take this value\./],
    ['is:important', /^Character 1: is: does not take this value\. It takes unread, read/],
    ['a OR', /^Character 5: something/],
    ['OR a', /^Character 1: OR has no meaning here/],
    ['a OR OR b', /^Character 6: OR has/],
    ['a AND b', /^Character 3: AND has .* quote it/],
    ['NOT a', /^Character 1: NOT has .* - negates/],
    ['(a', /^Character 1: this \( is not closed/],
    ['a)', /^Character 2: this \) closes nothing/],
    ['a ()', /^Character 4: something/],
    ['- a', /^Character 2: a - negates what stands directly/],
    ['"a', /^Character 1: these quotes are not closed/],
    ['"a\\b"', /^Character 1: these quotes .*\\/],
    ['"a"b', /^Character 4: a space is missing/],
    ['sub"ject', /^Character 4: quotes go around/],
    ['from:', /^Character 1: from: does not/],
    ['from:""', /^Character 1: from: does not/],
    ['""', /^Character 1: give at least one/],
    ['"a\nb"', /^Character 1: .*ends a line/],
    ['from:"a\r\nb LOGOUT"', /^Character 1: from: does not/],
    ['subject:"\0"', /^Character 1/],
    ['subject:\ud800', /^Character 1/],
    ['has:star', /^Character 1: has: .*attachment/],
    ['larger:10kb', /^Character 1: larger: .*10k/],
    ['larger:-1', /^Character 1: larger:/],
    ['larger:5G', /^Character 1: larger:/],
    ['before:yesterday', /^Character 1: before: .*2026-11-16/],
    ['before:2026-02-30', /^Character 1: before:/],
    ['before:2026-11-16T08:30:00', /^Character 1: before:/],
    ['after:0000-01-01', /^Character 1: after:/],
    ['keyword:a(b', /^Character 10: this \( is not closed/],
    ['keyword:"a b"', /^Character 1: keyword:/],
    ['header:', /^Character 1: header:/],
    ['header::x', /^Character 1: header:/],
    ['header:X:', /^Character 1: header:/],
    ['header:"X Y":z', /^Character 13: a space is missing/],
    [`${'('.repeat(11)}a${')'.repeat(11)}`, /more than 10 conditions inside each other/],
    [`${'-'.repeat(11)}a`, /more than 10 conditions inside each other/],
    [Array.from({ length: 51 }, () => 'a').join(' '), /more than 50 conditions/],
    ['a'.repeat(limits.searchChars + 1), /at most 2000 characters/],
    ['x'.repeat(100_000), /at most 2000 characters/],
  ])('%j', (q, message) => {
    expect(refusalOf(q)).toMatch(message);
  });
});

const strings = [
  'a',
  'OR',
  '-x',
  'two words',
  'say "hi"',
  'back\\slash',
  'a:b',
  '(',
  'ü🎉',
  'from:x',
  '*',
  '%',
] as const;

function randomLeaf(random: Random): Leaf {
  const value = random.pick(strings);
  switch (random.below(7)) {
    case 0:
      return { kind: random.pick(['text', 'from', 'to', 'cc', 'bcc', 'subject', 'body']), value };
    case 1:
      return { kind: 'header', name: random.pick(['X-Trip', 'List-Id']), value: random.chance(0.3) ? '' : value };
    case 2:
      return { kind: 'keyword', keyword: random.pick(['$seen', 'blue', '$Forwarded']) };
    case 3:
      return { kind: random.pick(['larger', 'smaller']), bytes: random.below(2 ** 32) };
    case 4:
      return { kind: random.pick(['before', 'since']), atMs: random.below(2 ** 31) * 1000 + random.below(1000) };
    case 5:
      return { kind: 'attachment' };
    default:
      return { kind: 'raw', query: value };
  }
}

function randomCondition(random: Random, depth: number): Condition {
  if (depth === 0 || random.chance(0.3)) return randomLeaf(random);
  if (random.chance(0.3)) return not(randomCondition(random, depth - 1));
  const conditions = Array.from({ length: 2 + random.below(2) }, () => randomCondition(random, depth - 1));
  return { kind: random.pick(['and', 'or']), conditions };
}

it('is the same condition again when it is written and read, whatever it is', () => {
  const random = seeded(11);
  let count = 0;
  while (count < 3_000) {
    const condition = randomCondition(random, 3);
    const q = queryOf(condition) ?? '';
    if (q.length > limits.searchChars) continue;
    expect(read(q), q).toEqual(condition);
    expect(queryOf(read(q))).toBe(q);
    count += 1;
  }
});

it('is either read or refused, whatever characters it is made of', () => {
  const random = seeded(12);
  const pieces = [
    '"',
    '(',
    ')',
    '-',
    ':',
    ' ',
    'OR',
    'a',
    '\\',
    'from:',
    'is:',
    'header:',
    '\r\n',
    '\0',
    'ü',
    '*',
  ] as const;
  const counts = { read: 0, refused: 0 };
  for (let count = 0; count < 20_000; count++) {
    const q = Array.from({ length: random.below(9) }, () => random.pick(pieces)).join('');
    const condition = conditionOf(q);
    counts[condition.ok ? 'read' : 'refused'] += 1;
    // What is read can be written down, and never holds what ends a command.
    if (condition.ok) expect(queryOf(condition.value)).not.toMatch(/[\r\n\0]/);
  }
  expect(counts.read).toBeGreaterThan(500);
  expect(counts.refused).toBeGreaterThan(500);
});
