/**
 * Charsets, in the runtime that decodes them in production: Node's TextDecoder is wrong in places where workerd's is right.
 */
import { describe, expect, it } from 'vitest';
import { headersOf, partHeaderOf } from '../../src/core/mime/header.ts';
import { textOf, truncateUtf8 } from '../../src/core/mime/text.ts';

const bytes = (latin1: string): Uint8Array => Uint8Array.from(latin1, (char) => char.charCodeAt(0));

describe('the text of a part', () => {
  it.each([
    ['utf-8', 'Gr\xc3\xbc\xc3\x9fe', 'Grüße'],
    ['UTF-8', '\xef\xbb\xbfa', 'a'],
    ['iso-8859-1', '\x80 \x93\xfc\x94', '€ “ü”'],
    ['windows-1252', '\x80\x8e', '€Ž'],
    ['iso-8859-15', '\xa4', '€'],
    ['iso-8859-2', 'za\xbf\xf3\xb3\xe6', 'zażółć'],
    ['windows-1251', '\xcf\xf0\xe8\xe2\xe5\xf2', 'Привет'],
    ['koi8-r', '\xf0\xd2\xc9\xd7\xc5\xd4', 'Привет'],
    ['iso-2022-jp', '\x1b$B$3$s$K$A$O\x1b(B', 'こんにちは'],
    ['shift_jis', '\x82\xb1\x82\xf1', 'こん'],
    ['cp932', '\x87\x40', '①'],
    ['euc-jp', '\xa4\xb3\xa4\xf3', 'こん'],
    ['gb2312', '\xc4\xe3\xba\xc3', '你好'],
    ['gb18030', '\xc4\xe3\xba\xc3', '你好'],
    ['big5', '\xa7\x41\xa6\x6e', '你好'],
    ['ks_c_5601-1987', '\xbe\xc8', '안'],
    ['windows-1255', '\xf9\xec', 'של'],
    ['windows-874', '\xa1', 'ก'],
    ['utf-16le', 'a\x00\xfc\x00', 'aü'],
    ['us-ascii', 'plain', 'plain'],
    [null, 'Gr\xc3\xbc\xc3\x9fe', 'Grüße'],
  ])('in %s is read', (charset, raw, expected) => {
    expect(textOf(bytes(raw), charset)).toEqual({ value: expected, isEncodingProblem: false });
  });

  it.each([
    ['utf-8', 'a\xffb', 'a\ufffdb'],
    ['us-ascii', 'Gr\xc3\xbc\xc3\x9fe', 'Grüße'],
    ['us-ascii', 'Gr\xfc\xdfe', 'Grüße'],
    [null, 'Gr\xfc\xdfe', 'Grüße'],
    ['x-unknown', 'Gr\xc3\xbc\xc3\x9fe', 'Grüße'],
    ['x-unknown', 'Gr\xfc\xdfe', 'Grüße'],
    ['iso-2022-kr', 'abc', 'abc'],
    ['euc-jp', 'a\xa4', 'a\ufffd'],
  ])('in %s has a problem, and is read as well as it can be', (charset, raw, expected) => {
    expect(textOf(bytes(raw), charset)).toEqual({ value: expected, isEncodingProblem: true });
  });

  it.each([
    ['utf-8', 'a\xf0\x9d\x84', 'a'],
    ['shift_jis', 'a\x82', 'a'],
    ['gb18030', 'a\xc4', 'a'],
    ['euc-kr', 'a\xbe', 'a'],
    ['iso-2022-jp', '\x1b$B$3$', 'こ'],
    ['utf-16le', 'a\x00b', 'a'],
    [null, 'a\xc3', 'a'],
  ])('in %s may end inside a character where it was cut', (charset, raw, expected) => {
    expect(textOf(bytes(raw), charset, true)).toEqual({ value: expected, isEncodingProblem: false });
  });

  it('has LF for line ends (RFC 8621 §4.1.4)', () => {
    expect(textOf(bytes('a\r\nb\nc\rd\r\n'), 'utf-8').value).toBe('a\nb\nc\rd\n');
  });

  it('is cut between characters', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((length) => truncateUtf8('aü€𝄞', length))).toEqual([
      '',
      'a',
      'a',
      'aü',
      'aü',
      'aü',
      'aü€',
      'aü€',
      'aü€',
    ]);
  });
});

describe('a header', () => {
  it.each([
    ['=?windows-1251?B?z/Do4uXy?=', 'Привет'],
    ['=?koi8-r?Q?=F0=D2=C9=D7=C5=D4?=', 'Привет'],
    ['=?ISO-2022-JP?B?GyRCJDMkcyRLJEEkTxsoQg==?=', 'こんにちは'],
    ['=?utf-8?Q?a=C3?= =?utf-8?Q?=BC?=', 'aü'],
    ['Gr\xfc\xdfe \x80', 'Grüße €'],
    ['\xcf\x80', 'π'],
  ])('reads %j', (raw, expected) => {
    expect(headersOf(bytes(`Subject: ${raw}`)).subject).toBe(expected);
  });

  it('reads file names in the charset they declare (RFC 2231)', () => {
    const field =
      "Content-Disposition: attachment; filename*0*=windows-1251''%CF%F0; filename*1*=%E8%E2; filename*2=.txt";
    expect(partHeaderOf(bytes(field)).name).toBe('Прив.txt');
  });
});
