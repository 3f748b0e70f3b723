/**
 * Does every test that SECURITY.md names exist, and every file that it says meets an attack?
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'SECURITY.md'), 'utf8');

interface Row {
  readonly attack: string;
  readonly metBy: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
}

/** The rows of its tables of attacks: attack, what meets it, tests by file and name. */
const rows: readonly Row[] = text.split('\n').flatMap((line) => {
  const [, attack = '', metBy = '', testedBy = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  if (!testedBy.startsWith('`test/')) return [];
  const files = [...testedBy.matchAll(/`(test\/[^`]+)`: ((?:\*[^*]+\*(?: \([^)]*\))?(?: · )?)+)/g)];
  const tests = files.flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/\*([^*]+)\*/g)].map(([, name = '']) => ({ file, name })),
  );
  return [{ attack, metBy, tests }];
});

it('has its table of attacks', () => {
  expect(rows.length).toBeGreaterThan(25);
  const named = rows.flatMap(({ tests }) => tests);
  expect(new Set(named.map(({ file }) => file))).toEqual(new Set(text.match(/(?<=`)test\/[\w/.-]+\.test\.ts(?=`: )/g)));
});

it.each(rows)('$attack: every test of it exists, by its name', ({ tests }) => {
  expect(tests).not.toEqual([]);
  const missing = tests.filter(({ file, name }) => {
    const path = join(root, file);
    const quoted = name.replaceAll("'", "\\'");
    // A name begins where a string does, so that a test that is called otherwise by now is not found in a longer one.
    return (
      !existsSync(path) || !["'", '`', '"'].some((quote) => readFileSync(path, 'utf8').includes(`${quote}${quoted}`))
    );
  });
  expect(missing).toEqual([]);
});

it.each(rows)('$attack: every file that meets it exists', ({ metBy }) => {
  const files = metBy.match(/(?<=`)(?:src|scripts)\/[\w/.-]+(?=`)/g) ?? [];
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
