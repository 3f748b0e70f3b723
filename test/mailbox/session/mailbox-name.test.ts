import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { nameOfPath, normalPath, pathOfName, placeOf } from '../../../src/mailbox/session/mailbox-name.ts';
import { mailboxToken } from '../../../src/mailbox/session/tokens.ts';

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('pathOfName', () => {
  it.each([
    ['Entw&APw-rfe', 'Entwürfe'],
    ['&ZeVnLIqe-/&U,BTFw-', '日本語/台北'],
    ['R&-D', 'R&D'],
    ['&2D3cjA-', '💌'],
    ['~peter/mail/&ZeVnLIqe-', '~peter/mail/日本語'],
    ['a "quote", a \\ and 100%*', 'a "quote", a \\ and 100%*'],
    ['INBOX', 'INBOX'],
    ['inBox', 'INBOX'],
    ['inbox/child', 'inbox/child'],
  ])('reads %j as %j', (name, path) => {
    expect(pathOfName(name, 'utf-7')).toBe(path);
  });

  it('does not take a name for INBOX that only looks like it in capitals', () => {
    expect(pathOfName(utf8('ınbox'), 'utf-8')).toBe('ınbox');
  });

  it('reads UTF-8 where that is on', () => {
    expect(pathOfName(utf8('Entwürfe & 🐌'), 'utf-8')).toBe('Entwürfe & 🐌');
  });
});

// Each of them is some server's name for a mailbox, and none of them is what RFC 3501 has.
const strange = [
  'R&D',
  'a&',
  '&-&-&',
  '&AOQ',
  '&AGE-b',
  '&APw-&APw-',
  '&APw=-',
  '&A-',
  '&2D0-',
  '&//8-',
  '&AA0-',
  '&!!!-',
  'tab\there',
  utf8('Entwürfe'),
  utf8('旅行'),
  'Entw\xfcrfe',
  '\xff\xfe',
];

describe('a name that is not what it should be', () => {
  it.each(strange)('is named again by exactly its octets (%j)', (name) => {
    for (const encoding of ['utf-7', 'utf-8'] as const) {
      const path = pathOfName(name, encoding);
      expect(nameOfPath(path, encoding)).toBe(name);
      expect(path.isWellFormed()).toBe(true);
      expect(path).not.toMatch(/[\r\n\0]/);
      expect(normalPath(path, encoding)).toBe(path);
    }
  });

  it('has a path of its own', () => {
    const names = [...strange, 'Entw&APw-rfe', 'R&-D', '&APwA,A-', 'a&-'];
    expect(new Set(names.map((name) => pathOfName(name, 'utf-7'))).size).toBe(names.length);
  });

  it('is shown as well as can be', () => {
    expect(placeOf('R&D/Entw&APw-rfe', '/', 'utf-7')).toEqual({ label: 'Entwürfe', parent: 'R&D' });
    expect(placeOf(utf8('R&D/旅行'), '/', 'utf-7')).toMatchObject({ label: '旅行' });
  });
});

it('gives a path that a caller has put together the form that every other one has', () => {
  expect(normalPath('\uFFFFINBOX', 'utf-7')).toBe('INBOX');
  expect(normalPath('\uFFFFEntw&APw-rfe', 'utf-7')).toBe('Entwürfe');
});

it.each([
  ['/', 'a/b/c', 'c', 'a/b'],
  ['.', 'INBOX.Sent', 'Sent', 'INBOX'],
  ['\\', 'a\\b', 'b', 'a'],
  ['"', 'a"b', 'b', 'a'],
  ['/', '/absolute', 'absolute', null],
  ['/', 'holds others/', 'holds others', null],
  ['', 'a/b', 'a/b', null],
])('finds with the delimiter %j where %j lies', (delimiter, name, label, parent) => {
  expect(placeOf(name, delimiter, 'utf-7')).toEqual({ label, parent });
});

it('sends as a literal what a quoted string cannot hold', () => {
  expect(mailboxToken('a "b"', 'utf-7')).toEqual({ type: 'STRING', value: 'a "b"' });
  expect(mailboxToken('\xfc', 'utf-7')).toEqual({ type: 'LITERAL', value: Buffer.from([0xfc]) });
  expect(mailboxToken(utf8('ü'), 'utf-7')).toMatchObject({ type: 'LITERAL' });
  expect(mailboxToken(utf8('ü'), 'utf-8')).toEqual({ type: 'STRING', value: 'ü' });
});
