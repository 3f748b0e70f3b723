/**
 * What lies in a maildrop on the server's disk, whatever any session says.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The files of an INBOX in the order of their delivery, flags included: `cur/1763…:2,S`. */
export async function filesIn(maildir: string): Promise<string[]> {
  const folders = await Promise.all(
    ['new', 'cur'].map(async (folder) => (await readdir(join(maildir, folder))).map((name) => join(folder, name))),
  );
  return folders.flat().sort((one, other) => (one.slice(4) < other.slice(4) ? -1 : 1));
}

/** The flags of each message, by the name that it was delivered under. A server may move it from `new` to `cur`. */
export const flagsIn = async (maildir: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await filesIn(maildir)).map((file) => [file.slice(4).replace(/:.*/, ''), file.split(':2,')[1] ?? '']),
  );

/** Its messages, in the order of their delivery. */
export const messagesIn = async (maildir: string): Promise<Buffer[]> =>
  Promise.all((await filesIn(maildir)).map((file) => readFile(join(maildir, file))));

export const digestsIn = async (maildir: string): Promise<string[]> => (await messagesIn(maildir)).map(sha256Of);

/** The digest of each file below it, by name, flags included; without what the server keeps of its own for speed. */
export async function treeOf(maildir: string): Promise<Record<string, string>> {
  const entries = await readdir(maildir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !/^dovecot[.-]|^maildirsize$/.test(entry.name))
    .map((entry) => relative(maildir, join(entry.parentPath, entry.name)))
    .sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, sha256Of(await readFile(join(maildir, name)))] as const)),
  );
}
