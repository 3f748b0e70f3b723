/**
 * Is there a key on the first start, the same one afterwards, and in nobody else's hands?
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { capsuleKeys } from '../../scripts/capsule-keys.ts';
import { parseKeyring } from '../../src/core/seal.ts';

const root = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'postern-keys-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('is made on the first start, for its user alone, and kept', async () => {
  const file = join(directory, 'capsule-keys');
  const made = await capsuleKeys(file);
  expect(parseKeyring(made)).toHaveLength(1);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await capsuleKeys(file)).toBe(made);
  expect(await capsuleKeys(join(directory, 'another'))).not.toBe(made);
});

it('lies where git does not look', () => {
  expect(readFileSync(join(root, 'scripts', 'start.ts'), 'utf8')).toContain("join(STATE, 'capsule-keys')");
  expect(readFileSync(join(root, '.gitignore'), 'utf8').split('\n')).toContain('.postern/');
});

it('is another one each time that npm run keys makes one', () => {
  const made = [1, 2].map(() =>
    execFileSync(process.execPath, [join(root, 'scripts', 'keys.mjs')], { encoding: 'utf8' }),
  );
  expect(made.map((text) => parseKeyring(text)?.length)).toEqual([1, 1]);
  expect(made[0]).not.toBe(made[1]);
});
