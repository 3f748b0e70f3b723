import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { MimePart } from '../../../src/core/mime/part.ts';
import { previewOf, previewOfText } from '../../../src/core/mime/preview.ts';
import { leaf } from './parts.ts';

const part = (of: Partial<MimePart> = {}): MimePart =>
  leaf('text/plain', '1', { charset: 'utf-8', encoding: '8bit', ...of });
const preview = (text: string, of: Partial<MimePart> = {}, isCut = false): string =>
  previewOf(part(of), Buffer.from(text), isCut);

describe('what a text begins with', () => {
  it('is one line', () => {
    expect(preview('  Hello\r\n\r\n\tAda,\u00a0\u3000how\u2028are you?  ')).toBe('Hello Ada, how are you?');
  });

  it.each([
    ['> one\r\n> two\r\nThree', 'Three'],
    ['On Monday Ada wrote:\r\n> one\r\n\r\nThree', 'Three'],
    ['On Monday Ada wrote:\r\n\r\n> one\r\nThree', 'Three'],
    ['One:\r\ntwo', 'One: two'],
    ['One\r\n-- \r\nGrace Weaver', 'One'],
    ['> one\r\n>> two', 'one two'],
    ['', ''],
  ])('leaves out what is quoted, unless nothing is left: %j', (text, line) => {
    expect(preview(text)).toBe(line);
  });

  it('has none of what nobody can see, and none of what turns the line around', () => {
    const hidden =
      '\u0000\u0007\u001b[31m\u00ad\u034f\u115f\u180e\u200b\u200e\u200f\u202a\u202e\u2066\u2069\u2800\u3164\ufeff\u{e0041}';
    expect(preview(`A${hidden}B`)).toBe('A[31mB');
  });

  it('keeps the joiners that a word or a picture needs, and no others', () => {
    const family = '👩‍👩‍👧 می‌خواهم ❤️‍🔥 👍🏽';
    expect(preview(family)).toBe(family);
    expect(preview('Sale\u200c \u200c\u00a0\u200c\u200d \u200d!')).toBe('Sale !');
  });

  it('has at most 256 characters, however many units they take', () => {
    expect(Array.from(preview('x'.repeat(300)))).toHaveLength(256);
    expect(Array.from(preview('🎉'.repeat(300)))).toHaveLength(256);
    expect(preview('x'.repeat(256))).toHaveLength(256);
  });

  it('cuts nothing in two that is seen as one character', () => {
    expect(preview(`${'x'.repeat(254)}👩‍👩‍👧`)).toBe('x'.repeat(254));
    expect(preview(`${'x'.repeat(255)}e\u0301`)).toBe('x'.repeat(255));
  });

  it('cuts a character that is longer than all of it', () => {
    expect(Array.from(preview(`e${'\u0301'.repeat(5_000)}`))).toHaveLength(256);
  });

  it.each([
    ['half a character', 'Grüße', '8bit', 'utf-8', 5, 'Grü'],
    ['half an escape', 'Gr=C3=BC=C3=9Fe', 'quoted-printable', 'utf-8', 12, 'Grü'],
    ['half a group', Buffer.from('Grüße').toString('base64'), 'base64', 'utf-8', 9, 'Grüß'],
    ['half a shift', '\u001b$B$3$s$K$A$O', '7bit', 'iso-2022-jp', 8, 'こん'],
  ])('shows nothing of %s at the cut', (_, text, encoding, charset, length, line) => {
    expect(previewOf(part({ encoding, charset }), Buffer.from(text).subarray(0, length), true)).toBe(line);
  });

  it('is made of the words of HTML', () => {
    expect(preview('<style>p{}</style><p>Gr&uuml;&szlig;e</p>', { type: 'text/html' })).toBe('Grüße');
  });

  it('is taken from a server no more trustingly than from a message', () => {
    expect(previewOfText(`\u202eA\u0000  B${'x'.repeat(400)}`)).toBe(`A B${'x'.repeat(253)}`);
  });
});
