/**
 * What is in a zip file, as a reader has it that knows nothing of who wrote it?
 *
 * By its directory, as people's programs read it; names that lead out of a folder and wrong lengths or checksums are refused.
 */
import { Buffer } from 'node:buffer';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { expect } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { z } from 'zod';
import { ProblemSchema } from '../../src/http/problems.ts';

export interface Unzipped {
  readonly name: string;
  readonly bytes: Buffer;
  readonly modified: Date;
}

export async function readZip(file: Uint8Array): Promise<Unzipped[]> {
  const zip = await fromBufferPromise(Buffer.from(file), { strictFileNames: true });
  const unzipped: Unzipped[] = [];
  for await (const entry of zip.eachEntry()) {
    const bytes = await buffer(await zip.openReadStreamPromise(entry));
    expect(crc32(bytes), entry.fileName).toBe(entry.crc32);
    unzipped.push({ name: entry.fileName, bytes, modified: entry.getLastModDate({ timezone: 'UTC' }) });
  }
  return unzipped;
}

/** Puts the files into a folder, for programs that read files. */
export async function withUnzipped<T>(files: readonly Unzipped[], use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-unzipped-'));
  try {
    for (const { name, bytes } of files) await writeFile(join(folder, name), bytes);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const named = { id: z.string(), uidl: z.string().nullable(), size: z.int() };

/** `manifest.json` of a backup, with nothing else in it. */
export const ManifestSchema = z.strictObject({
  messages: z.array(
    z.strictObject({
      file: z.string(),
      ...named,
      receivedAt: z.iso.datetime().nullable(),
      octets: z.int(),
      sha256: z.string(),
    }),
  ),
  missing: z.array(z.strictObject({ ...named, problem: ProblemSchema.loose() })),
  total: z.int(),
  count: z.int(),
  isComplete: z.boolean(),
  sha256: z.string(),
  nextCursor: z.string().nullable(),
});

export interface Backup {
  readonly messages: readonly Unzipped[];
  readonly manifest: z.output<typeof ManifestSchema>;
  readonly sums: string;
}

/** A backup as a zip file; its manifest and its sums come last and are of their shape. */
export async function readBackup(file: Uint8Array): Promise<Backup> {
  const files = await readZip(file);
  const [manifest, sums] = files.slice(-2);
  expect([manifest?.name, sums?.name]).toEqual(['manifest.json', 'SHA256SUMS']);
  return {
    messages: files.slice(0, -2),
    manifest: ManifestSchema.parse(JSON.parse(String(manifest?.bytes))),
    sums: String(sums?.bytes),
  };
}
