/**
 * Can a file name that somebody else chose do harm in a header or on a disk?
 */
import { describe, expect, it } from 'vitest';
import { HOSTILE_NAME } from '../../scripts/demo/strangers.ts';
import { contentTypeOf, dispositionOf } from '../../src/http/streaming.ts';
import { seeded } from '../support/random.ts';

/** RFC 6266 with RFC 8187: what may come out, whatever goes in. */
const safe =
  /^attachment(; filename="[\x20\x21\x23\x24\x26-\x3a\x3c-\x5b\x5d-\x7e]+"; filename\*=UTF-8''(%[0-9A-F]{2}|[\w.!~-])+)?$/;

/** As a browser that knows RFC 8187 would name the file. */
const savedAs = (disposition: string): string => decodeURIComponent(disposition.split("UTF-8''")[1] ?? '');

describe('Content-Disposition', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['Hütte früh.png', 'Hütte früh.png'],
    ['予約確認書.pdf', '予約確認書.pdf'],
    ['a "quoted" \'name\'.txt', 'a "quoted" \'name\'.txt'],
    ['100%; more.txt', '100%; more.txt'],
    ['*(star).txt', '*(star).txt'],
    ['😀.txt', '😀.txt'],
  ])('saves %s under its name', (name, expected) => {
    const disposition = dispositionOf(name);
    expect(disposition).toMatch(safe);
    expect(savedAs(disposition)).toBe(expected);
  });

  it.each([
    ['/etc/passwd', 'passwd'],
    ['..\\..\\autoexec.bat', 'autoexec.bat'],
    ['C:\\x\\y.txt', 'y.txt'],
    ['.bashrc', 'bashrc'],
    ['...hidden', 'hidden'],
    ['a\r\nSet-Cookie: x=1', 'aSet-Cookie: x=1'],
    ['a\0b.txt', 'ab.txt'],
    ['\x7f\x1b[31mred', '[31mred'],
    ['exe.\u202efdp', 'exe.fdp'],
    ['\u2066a\u2069\u200f', 'a'],
    ['lone \ud800 surrogate', 'lone \ufffd surrogate'],
    [HOSTILE_NAME, '"authorized"_keys;.html'],
  ])('makes a harmless name of %j', (name, expected) => {
    const disposition = dispositionOf(name);
    expect(disposition).toMatch(safe);
    expect(savedAs(disposition)).toBe(expected);
  });

  it.each([null, '', '/', 'a/', '..', '.', ' ', '\r\n', '\u202e', '\\', '. ..'])('has no name for %j', (name) => {
    expect(dispositionOf(name)).toBe('attachment');
  });

  it('is safe for random names of all characters', () => {
    const random = seeded(6266);
    const odd = ['"', '\\', '/', ';', '%', '\r', '\n', '\0', "'", '*', '.', ' ', '\u202e', '\ud83d'] as const;
    for (let count = 0; count < 5_000; count++) {
      const name = Array.from({ length: random.below(12) }, () =>
        random.chance(0.6) ? random.pick(odd) : String.fromCharCode(random.below(0x10000)),
      ).join('');
      const disposition = dispositionOf(name);
      expect(disposition, JSON.stringify(name)).toMatch(safe);
      expect(savedAs(disposition)).not.toMatch(/^\.|[/\\\p{Cc}\p{Bidi_Control}]/u);
    }
  });
});

it('gives the type of a part with its charset, when it has one', () => {
  expect(contentTypeOf({ type: 'text/plain', charset: 'windows-1251' })).toBe('text/plain; charset=windows-1251');
  expect(contentTypeOf({ type: 'image/png', charset: null })).toBe('image/png');
});
