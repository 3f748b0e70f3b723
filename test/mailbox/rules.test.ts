/**
 * Do ids, cursors and keywords stand for exactly one path, UID and flag each?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { roles } from '../../src/mailbox/answers.ts';
import {
  expectedOf,
  flagOf,
  isKeyword,
  keywordsOf,
  mailboxIdOf,
  mailboxNameOf,
  messageIdOf,
  messageNameOf,
  stateTagOf,
} from '../../src/mailbox/rules.ts';
import { seeded } from '../support/random.ts';

const idOfBytes = (bytes: Uint8Array | string): string => `mb_${Buffer.from(bytes).toString('base64url')}`;

describe('the id of a mailbox', () => {
  it.each([
    'INBOX',
    'inbox',
    'Reisen/Österreich',
    '旅行',
    'mb_SU5CT1g',
    'a b"\\',
    ' ',
    '\ufeffbom',
    '😀',
    'x'.repeat(2000),
  ])('names the path that it was made from (%j)', (path) => {
    const id = mailboxIdOf(path);
    expect(id).toMatch(/^mb_[\w-]+$/);
    expect(mailboxNameOf(id)).toEqual({ path });
  });

  it('names the path that it was made from, of any characters', () => {
    const random = seeded(1);
    for (let count = 0; count < 500; count++) {
      const path = Array.from({ length: 1 + random.below(20) }, () =>
        String.fromCodePoint(32 + random.below(0xd000)),
      ).join('');
      expect(mailboxNameOf(mailboxIdOf(path))).toEqual({ path });
    }
  });

  it.each(roles)('can be the role %s, which no path is taken for', (role) => {
    expect(mailboxNameOf(role)).toEqual({ role });
    expect(mailboxNameOf(mailboxIdOf(role))).toEqual({ path: role });
  });

  it.each([
    '',
    'mb_',
    'INBOX',
    'Inbox',
    'important',
    'mb_*',
    'mb_SU5CT1g=',
    'mb_SU5CT1h',
    ' mb_SU5CT1g',
    'MB_SU5CT1g',
    idOfBytes(Uint8Array.of(0xff, 0xfe)),
    idOfBytes('a\r\nb'),
    idOfBytes('a\nb'),
    idOfBytes('a\0'),
    idOfBytes('x'.repeat(4000)),
    'toString',
  ])('that was not made here names nothing (%j)', (id) => {
    expect(mailboxNameOf(id)).toBeNull();
  });
});

describe('the id of a message', () => {
  it.each(['0.1', '1.1', '1785230400.42', '4294967295.4294967295'])('%s names one and is its only spelling', (id) => {
    const name = messageNameOf(id);
    expect(name).not.toBeNull();
    expect(name === null ? '' : messageIdOf(name)).toBe(id);
  });

  it.each([
    '',
    '1',
    '1.',
    '.1',
    '1.0',
    '01.1',
    '1.01',
    '4294967296.1',
    '1.4294967296',
    '1.1.1',
    '1.*',
    '-1.1',
    '1e3.1',
    '1.1 ',
    '١.١',
    '1,1',
  ])('%j names none', (id) => {
    expect(messageNameOf(id)).toBeNull();
  });
});

describe('keywords', () => {
  it('are flags in lower case, system flags with a dollar, and without what is the server’s own', () => {
    expect(keywordsOf(['\\Seen', '\\FLAGGED', '\\Recent', '$Forwarded', 'MyWord', '\\Unknown'])).toEqual({
      $seen: true,
      $flagged: true,
      $forwarded: true,
      myword: true,
    });
  });

  it('become the flag that they were', () => {
    for (const flag of ['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '\\Deleted', '$forwarded', 'word']) {
      const [keyword = ''] = Object.keys(keywordsOf([flag]));
      expect(flagOf(keyword)).toBe(flag);
    }
    expect(flagOf('$SEEN')).toBe('\\Seen');
  });

  it('of hostile names are just names', () => {
    const keywords = keywordsOf(['__proto__', 'constructor']);
    expect(JSON.parse(JSON.stringify(keywords))).toHaveProperty('constructor', true);
    expect(flagOf('constructor')).toBe('constructor');
    expect(flagOf('toString')).toBe('toString');
  });

  it.each(['$seen', 'a', "!#$&'+,-./09:;<=>?@AZ^_`az|~", 'x'.repeat(255)])('can be %s', (text) => {
    expect(isKeyword(text)).toBe(true);
  });

  it.each([
    '',
    'a b',
    'a\tb',
    '\r\n',
    'a\0',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '%',
    '*',
    '"',
    '\\Seen',
    'ü',
    '\x7f',
    'x'.repeat(256),
    'ok\n',
  ])('cannot be %j', (text) => {
    expect(isKeyword(text)).toBe(false);
  });
});

describe('the ETag of a message', () => {
  const flags = ['\\Seen', 'Mine'];

  it('is the count of changes where there is one', () => {
    expect(stateTagOf({ flags, modseq: 18446744073709551615n })).toBe('"m18446744073709551615"');
  });

  it('is else the same for the same flags, in any order and case, and whichever session asks', () => {
    const tag = stateTagOf({ flags, modseq: null });
    expect(tag).toMatch(/^"f[\w-]{22}"$/);
    expect(stateTagOf({ flags: ['mine', '\\SEEN', '\\Recent', 'mine'], modseq: null })).toBe(tag);
  });

  it('is another one for other flags', () => {
    const sets = [[], ['a'], ['b'], ['a', 'b'], ['ab'], ['\\Seen'], ['seen'], ['\\Seen', '\\Flagged']];
    const tags = sets.map((flags) => stateTagOf({ flags, modseq: null }));
    expect(new Set(tags).size).toBe(sets.length);
  });
});

describe('If-Match', () => {
  it.each([
    ['*', 'any'],
    [' * ', 'any'],
    ['"m1"', ['"m1"']],
    ['"m1", "fx"', ['"m1"', '"fx"']],
    ['W/"m1", "m2"', ['"m2"']],
    ['W/"m1"', []],
    ['""', ['""']],
  ])('%j asks for %j', (header, expected) => expect(expectedOf(header)).toEqual(expected));

  it.each(['', 'm1', '"m1', 'm1"', 'w/"m1"', '"a""b"', '"a" "b"', '*, "a"', '"a",', '"a b"', '"a\u0001"'])(
    '%j is malformed',
    (header) => expect(expectedOf(header)).toBeNull(),
  );
});
