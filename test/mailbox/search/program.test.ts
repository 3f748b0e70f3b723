/**
 * What is a server asked, and does what it is asked lie around what is wanted?
 */
import { describe, expect, it } from 'vitest';
import type { Condition, Leaf } from '../../../src/mailbox/search/condition.ts';
import { type Facts, fits } from '../../../src/mailbox/search/fits.ts';
import { isExact, programOf, remainderOf, type SearchToken, textOf } from '../../../src/mailbox/search/program.ts';
import { conditionOf } from '../../../src/mailbox/search/query.ts';
import { type Random, seeded } from '../../support/random.ts';

const plain = { isGmail: false };
const gmail = { isGmail: true };
const read = (q: string): Condition => {
  const condition = conditionOf(q);
  if (!condition.ok) throw new Error(q);
  return condition.value;
};
const widest = (q: string, dialect = plain): string => textOf(programOf(read(q), 'widest', dialect));
const narrowest = (q: string, dialect = plain): string => textOf(programOf(read(q), 'narrowest', dialect));

describe('a program', () => {
  it.each([
    ['a OR b OR c', 'OR TEXT "a" OR TEXT "b" TEXT "c"'],
    ['a OR (b c)', 'OR TEXT "a" (TEXT "b" TEXT "c")'],
    ['-(a b)', 'OR NOT TEXT "a" NOT TEXT "b"'],
    ['-(a OR b)', 'NOT TEXT "a" NOT TEXT "b"'],
    ['(a OR b) (c OR d)', 'OR TEXT "a" TEXT "b" OR TEXT "c" TEXT "d"'],
    ['((a OR b) c) OR d', 'OR (OR TEXT "a" TEXT "b" TEXT "c") TEXT "d"'],
    ['keyword:$DRAFT', 'DRAFT'],
    ['-smaller:0', 'ALL'],
    ['-larger:10', 'SMALLER 11'],
    ['header:X-Trip', 'HEADER "X-Trip" ""'],
  ])('of %s is the same in both directions', (q, program) => {
    expect(widest(q)).toBe(program);
    expect(narrowest(q)).toBe(program);
    expect(isExact(read(q), plain)).toBe(true);
  });

  it('takes a moment for the days that lie around it in any zone', () => {
    expect([widest('after:2026-11-10'), narrowest('after:2026-11-10')]).toEqual([
      'SINCE 9-Nov-2026',
      'SINCE 11-Nov-2026',
    ]);
    expect([widest('before:2026-11-10'), narrowest('before:2026-11-10')]).toEqual([
      'BEFORE 11-Nov-2026',
      'BEFORE 9-Nov-2026',
    ]);
    expect(widest('-before:2026-11-10T13:00:00Z')).toBe('SINCE 10-Nov-2026');
  });

  it('asks Gmail for attachments, and nobody else', () => {
    expect([widest('has:attachment'), narrowest('has:attachment')]).toEqual(['ALL', 'NOT ALL']);
    expect([widest('-has:attachment'), narrowest('-has:attachment')]).toEqual(['ALL', 'NOT ALL']);
    expect(widest('-has:attachment', gmail)).toBe('NOT X-GM-RAW "has:attachment"');
    expect(isExact(read('has:attachment'), gmail)).toBe(true);
    expect(widest('has:attachment OR a')).toBe('ALL');
    expect(narrowest('has:attachment OR a')).toBe('TEXT "a"');
  });

  it('leaves nothing to look at but what no program says', () => {
    expect(remainderOf(read('a is:read after:2026-11-10'), plain)).toEqual(read('after:2026-11-10'));
    expect(remainderOf(read('a is:read'), plain)).toEqual({ kind: 'all' });
    expect(remainderOf(read('has:attachment OR a'), plain)).toEqual(read('has:attachment OR a'));
  });
});

/** A message, and a server that judges it as RFC 9051 §6.4.4 says, in a zone of its own. */
interface Message extends Facts {
  readonly flags: readonly string[];
  readonly text: string;
  readonly zoneHours: number;
}

/** Reads the program as text, knowing nothing of how it came about. */
function serverFinds(program: string, message: Message): boolean {
  const tokens = program.match(/"(?:[^"\\]|\\.)*"|[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  const dayOf = (text: string): number => Date.parse(`${text} 00:00:00 UTC`);
  const localDay = (): number => {
    const local = message.receivedAt.getTime() + message.zoneHours * 3_600_000;
    return local - (local % 86_400_000);
  };
  const key = (): boolean => {
    const token = next();
    if (token === '(') return list(')');
    switch (token) {
      case 'ALL':
        return true;
      case 'NOT':
        return !key();
      case 'OR': {
        const [one, other] = [key(), key()];
        return one || other;
      }
      case 'SEEN':
        return message.flags.includes('\\Seen');
      case 'UNSEEN':
        return !message.flags.includes('\\Seen');
      case 'LARGER':
        return message.size > Number(next());
      case 'SMALLER':
        return message.size < Number(next());
      case 'BEFORE':
        return localDay() < dayOf(next());
      case 'SINCE':
        return localDay() >= dayOf(next());
      case 'TEXT':
        return message.text.includes(JSON.parse(next()));
      default:
        throw new Error(`${token} in ${program}`);
    }
  };
  const list = (end: string): boolean => {
    let holds = true;
    while (at < tokens.length && tokens[at] !== end) holds = key() && holds;
    at += 1;
    return holds;
  };
  return list('');
}

const base = Date.UTC(2026, 10, 10);

function randomLeaf(random: Random): Leaf {
  switch (random.below(5)) {
    case 0:
      return { kind: 'text', value: random.pick(['a', 'b']) };
    case 1:
      return { kind: 'keyword', keyword: '$seen' };
    case 2:
      return { kind: random.pick(['larger', 'smaller']), bytes: random.below(4) };
    case 3:
      return { kind: random.pick(['before', 'since']), atMs: base + (random.below(96) - 48) * 1_800_000 };
    default:
      return { kind: 'attachment' };
  }
}

function randomCondition(random: Random, depth: number): Condition {
  if (depth === 0 || random.chance(0.3)) return randomLeaf(random);
  if (random.chance(0.3)) return { kind: 'not', condition: randomCondition(random, depth - 1) };
  const conditions = Array.from({ length: 1 + random.below(3) }, () => randomCondition(random, depth - 1));
  return { kind: random.pick(['and', 'or']), conditions };
}

const randomMessage = (random: Random): Message => ({
  flags: random.chance(0.5) ? ['\\Seen'] : [],
  size: random.below(5),
  receivedAt: new Date(base + (random.below(192) - 96) * 1_800_000),
  hasAttachment: random.chance(0.5),
  text: random.pick(['', 'a', 'b', 'ab']),
  zoneHours: random.below(27) - 12,
});

it('finds at the widest all that fits, at the narrowest nothing else, and by a look what lies between', () => {
  const random = seeded(5);
  const seen = { unsure: 0, hits: 0 };
  for (let count = 0; count < 20_000; count++) {
    const condition = randomCondition(random, 3);
    const message = randomMessage(random);
    const isSaid = (leaf: Leaf): boolean | null => (leaf.kind === 'text' ? message.text.includes(leaf.value) : null);
    const wanted = fits(condition, message, isSaid);
    const candidate = serverFinds(textOf(programOf(condition, 'widest', plain)), message);
    const sure = serverFinds(textOf(programOf(condition, 'narrowest', plain)), message);
    const found = sure || (candidate && fits(remainderOf(condition, plain), message, isSaid) === true);
    expect({ condition, message, found }).toEqual({ condition, message, found: wanted });
    if (sure) expect(candidate).toBe(true);
    if (candidate && !sure) seen.unsure += 1;
    if (found) seen.hits += 1;
  }
  expect(seen.unsure).toBeGreaterThan(2_000);
  expect(seen.hits).toBeGreaterThan(2_000);
});

it('never begins a list with a list, which would be written without the space between two', () => {
  const random = seeded(6);
  const startsWithList = (token: SearchToken): boolean =>
    Array.isArray(token) && (Array.isArray(token[0]) || token.some(startsWithList));
  for (let count = 0; count < 5_000; count++) {
    const program = programOf(randomCondition(random, 4), 'widest', plain);
    if (typeof program !== 'string') expect(program.flat().some(startsWithList)).toBe(false);
  }
});

it('says nothing of what cannot be seen', () => {
  const facts: Facts = { flags: ['\\Seen'], size: 10, receivedAt: new Date(base), hasAttachment: null };
  expect(fits(read('a'), facts)).toBeNull();
  expect(fits(read('-a'), facts)).toBeNull();
  expect(fits(read('a is:read'), facts)).toBeNull();
  expect(fits(read('a is:unread'), facts)).toBe(false);
  expect(fits(read('a OR is:read'), facts)).toBe(true);
  expect(fits(read('has:attachment'), facts)).toBeNull();
  expect(fits(read('is:read'), { ...facts, flags: null })).toBeNull();
});
