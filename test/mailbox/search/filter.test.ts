/**
 * What of a JSON filter is refused, by which name, and in which order does a sort come?
 */
import { describe, expect, it } from 'vitest';
import { cursorOf, placeOf, searchDigest } from '../../../src/mailbox/search/cursor.ts';
import { conditionOfFilter } from '../../../src/mailbox/search/filter.ts';
import { cursorOfPositions, positionsOf } from '../../../src/mailbox/search/positions.ts';
import { arrivalInsteadOf, byArrival, sortOf, sortProgram, sortText } from '../../../src/mailbox/search/sort.ts';

const nested = (depth: number): unknown =>
  depth === 0 ? { text: 'a' } : { operator: 'NOT', conditions: [nested(depth - 1)] };

describe('a filter', () => {
  it.each<readonly [unknown, string]>([
    [[], 'filter'],
    ['a', 'filter'],
    [null, 'filter'],
    [{ colour: 'blue' }, 'filter.colour'],
    [{ inMailbox: 'x' }, 'filter.inMailbox'],
    [{ inMailboxOtherThan: ['x'] }, 'filter.inMailboxOtherThan'],
    [{ allInThreadHaveKeyword: '$seen' }, 'filter.allInThreadHaveKeyword'],
    [{ someInThreadHaveKeyword: '$seen' }, 'filter.someInThreadHaveKeyword'],
    [{ noneInThreadHaveKeyword: '$seen' }, 'filter.noneInThreadHaveKeyword'],
    [{ text: '' }, 'filter.text'],
    [{ text: 7 }, 'filter.text'],
    [{ text: 'a\r\nb' }, 'filter.text'],
    [{ before: 'now' }, 'filter.before'],
    [{ minSize: -1 }, 'filter.minSize'],
    [{ minSize: 1.5 }, 'filter.minSize'],
    [{ maxSize: 2 ** 32 }, 'filter.maxSize'],
    [{ hasKeyword: 'a b' }, 'filter.hasKeyword'],
    [{ hasAttachment: 'true' }, 'filter.hasAttachment'],
    [{ header: 'Subject' }, 'filter.header'],
    [{ header: [] }, 'filter.header'],
    [{ header: ['A', 'b', 'c'] }, 'filter.header'],
    [{ header: ['A:B'] }, 'filter.header'],
    [{ header: ['A', 'b\n'] }, 'filter.header'],
    [{ operator: 'XOR', conditions: [{}] }, 'filter.operator'],
    [{ operator: 'AND' }, 'filter.conditions'],
    [{ operator: 'AND', conditions: [] }, 'filter.conditions'],
    [{ operator: 'AND', conditions: {} }, 'filter.conditions'],
    [{ operator: 'AND', conditions: [{}], text: 'a' }, 'filter.text'],
    [{ operator: 'AND', conditions: ['a'] }, 'filter.conditions.0'],
    [
      { operator: 'AND', conditions: [{}, { operator: 'OR', conditions: [{ x: 1 }] }] },
      'filter.conditions.1.conditions.0.x',
    ],
    [nested(11), `filter${'.conditions.0'.repeat(11)}`],
    [{ operator: 'OR', conditions: Array.from({ length: 51 }, () => ({ text: 'a' })) }, 'filter.conditions.50.text'],
    [{ operator: 'OR', conditions: Array.from({ length: 200 }, () => ({})) }, 'filter.conditions.199'],
    [{ text: 'a'.repeat(2_001) }, 'filter.text'],
    [JSON.parse('{"__proto__": {"text": "a"}}'), 'filter.__proto__'],
  ])('%j is refused at %s', (filter, field) => {
    const condition = conditionOfFilter(filter);
    expect(condition).toMatchObject({
      ok: false,
      failure: { kind: 'request-invalid', errors: [{ in: 'body', field, message: expect.stringMatching(/\w{4}/) }] },
    });
  });

  it('is taken as deep and as long as is said', () => {
    expect(conditionOfFilter(nested(10)).ok).toBe(true);
    expect(conditionOfFilter({ text: 'a'.repeat(2_000) }).ok).toBe(true);
  });
});

describe('a sort', () => {
  it.each(['receivedAt', '-sentAt', 'from,-subject,size', '-to', 'arrival', '-arrival'])(
    '%s is read and written',
    (text) => {
      const sort = sortOf(text);
      expect(sort === null ? null : sortText(sort)).toBe(text);
    },
  );

  it.each(['', 'date', '+size', '--size', 'size,', 'size,size', 'size,-size', 'arrival,size', '-size,arrival', 'SIZE'])(
    '%j is refused',
    (text) => {
      expect(sortOf(text)).toBeNull();
    },
  );

  it('is written for SORT', () => {
    expect(sortProgram(sortOf('-sentAt,from,to,-subject,size,receivedAt') ?? byArrival)).toEqual(
      'REVERSE DATE FROM TO REVERSE SUBJECT SIZE ARRIVAL'.split(' '),
    );
  });

  it.each([
    ['receivedAt', 'arrival'],
    ['-receivedAt,size', '-arrival'],
    ['subject', '-arrival'],
    ['-from', '-arrival'],
  ])('%s becomes %s where the server cannot sort', (asked, instead) => {
    expect(sortText(arrivalInsteadOf(sortOf(asked) ?? byArrival))).toBe(instead);
  });
});

describe('a cursor', () => {
  const digest = searchDigest({ kind: 'all' }, byArrival);
  const seen = [7, 4294967295].map((uid) => uid as never);

  it('is read again by the same search alone', () => {
    const cursor = cursorOf({ uidValidity: 5, seen }, digest);
    expect(placeOf(cursor, digest)).toEqual({ uidValidity: 5, seen });
    expect(placeOf(cursor, searchDigest({ kind: 'attachment' }, byArrival))).toBeNull();
    expect(placeOf(cursor, searchDigest({ kind: 'all' }, sortOf('size') ?? byArrival))).toBeNull();
    expect(placeOf(cursor, searchDigest({ kind: 'all' }, byArrival, 'inbox'))).toBeNull();
  });

  it.each([
    '',
    '5.7',
    '5.0.D',
    '5.07.D',
    '5.7-.D',
    '5.4294967296.D',
    'x.7.D',
    `5.${Array(33).fill(7).join('-')}.D`,
    '5.7.D ',
  ])('%j is none', (cursor) => {
    expect(placeOf(cursor.replace('D', digest), digest)).toBeNull();
  });

  it('of several mailboxes is read again, whatever they are called', () => {
    const positions = [
      { path: 'INBOX', uidValidity: 0, below: 1 },
      { path: 'Grüße/日本 🎉', uidValidity: 4294967295, below: 4294967296 },
    ];
    const cursor = cursorOfPositions(positions, digest);
    expect(cursor).toMatch(/^[\w.-]+$/);
    expect(positionsOf(cursor, digest)).toEqual(positions);
    expect(positionsOf(cursor, searchDigest({ kind: 'attachment' }, byArrival))).toBeNull();
  });

  it.each([
    '[]',
    '{}',
    'null',
    '[["a",1]]',
    '[["a",1,-1]]',
    '[["a",1,4294967297]]',
    '[["a\\r\\nb",1,1]]',
    '[["",1,1]]',
    `[${Array(51).fill('["a",1,1]').join(',')}]`,
    '[["a",1,1]',
  ])('of several mailboxes is none when it holds %s', (json) => {
    expect(positionsOf(`${Buffer.from(json).toString('base64url')}.${digest}`, digest)).toBeNull();
  });
});
