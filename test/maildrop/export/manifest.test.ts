/**
 * Does a manifest tell all of a hundred thousand messages, without holding an object for each?
 */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Manifest } from '../../../src/maildrop/export/manifest.ts';
import { ManifestSchema } from '../../support/zip.ts';

const numbers = { total: 9, count: 9, nextAfter: { uidl: 'last', occurrence: null } } as const;
const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
const entryOf = (index: number) => ({
  file: `${index}.eml`,
  id: `id-${index}`,
  // Characters of several octets lie on every border between two blocks sooner or later.
  uidl: `ü€🎉${'x'.repeat(index % 61)}`,
  size: index,
  receivedAt: null,
  octets: index,
  sha256: sha256Of(String(index)),
});

it.each([0, 1, 2, 3_000])('tells of %d messages, each with its sum', (count) => {
  const manifest = new Manifest(numbers);
  const entries = Array.from({ length: count }, (_, index) => entryOf(index));
  for (const entry of entries) manifest.add(entry);
  const json = [...manifest.json()].join('');
  expect(ManifestSchema.parse(JSON.parse(json))).toEqual({
    messages: entries,
    missing: [],
    total: 9,
    count,
    isComplete: true,
    sha256: sha256Of(entries.map(({ sha256 }) => `${sha256}\n`).join('')),
    nextCursor: 'bGFzdA',
  });
  const sums = entries.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join('');
  expect([...manifest.sums('0'.repeat(64))].join('')).toBe(`${sums}${'0'.repeat(64)}  manifest.json\n`);
});

it('is not complete when something is missing', () => {
  const manifest = new Manifest(numbers);
  manifest.miss(
    { uidl: 'gone', occurrence: null, size: 7 },
    { kind: 'command-refused', command: 'TOP', responseCode: null },
  );
  const { missing, isComplete } = ManifestSchema.parse(JSON.parse([...manifest.json()].join('')));
  expect([missing.map(({ uidl, problem }) => [uidl, problem.type]), isComplete]).toEqual([
    [['gone', '/problems/command-refused']],
    false,
  ]);
});
