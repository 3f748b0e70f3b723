/**
 * Which key seals receipts and capsules on this machine?
 *
 * One made on the first start and kept, so that what was given out before a restart is still good after it.
 */

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

/** The value of CAPSULE_KEYS, `id:base64url(32 octets)`; made and written to `file` when that is not there. */
export async function capsuleKeys(file: string): Promise<string> {
  const made = `local:${randomBytes(32).toString('base64url')}`;
  try {
    // Whoever may read it can open what it has sealed. Written only where there is none.
    await writeFile(file, made, { mode: 0o600, flag: 'wx' });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return (await readFile(file, 'utf8')).trim();
  }
}
