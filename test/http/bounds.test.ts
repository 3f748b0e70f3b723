/**
 * How deep is JSON, before anybody reads it?
 */
import { describe, expect, it } from 'vitest';
import { isDeeper } from '../../src/http/bounds.ts';

const nested = (levels: number, open: string, close: string): string => open.repeat(levels) + close.repeat(levels);

describe('JSON is deeper than 32 levels', () => {
  it.each([
    ['arrays', nested(33, '[', ']')],
    ['objects', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`],
    ['both', `${'[{"a":'.repeat(17)}1${'}]'.repeat(17)}`],
    ['what is not closed again', '['.repeat(33)],
    ['what comes after text that looks like an end', `${'["]]]",'.repeat(33)}1`],
    ['what comes after a quote that is none', `["\\"", ${'['.repeat(32)}`],
    ['a megabyte of it', '['.repeat(1024 * 1024)],
  ])('%s', (_what, json) => {
    expect(isDeeper(json, 32)).toBe(true);
  });
});

describe('JSON is no deeper than that', () => {
  it.each([
    ['nothing', ''],
    ['a word', '"text"'],
    ['arrays', nested(32, '[', ']')],
    ['one after the other', `[${'[],'.repeat(100)}[]]`],
    ['brackets in text', JSON.stringify({ text: '['.repeat(100), '{{{{': '"[[[['.repeat(50) })],
    ['text that ends with a backslash', `["\\\\", ${nested(31, '[', ']')}]`],
    ['text with line ends, and text that never ends', `["a\nb", "${'['.repeat(100)}`],
    ['a megabyte of text', `"${'\\"['.repeat(300_000)}"`],
  ])('%s', (_what, json) => {
    expect(isDeeper(json, 32)).toBe(false);
  });
});
