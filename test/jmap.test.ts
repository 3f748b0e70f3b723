/**
 * Do our answers fit the types that a JMAP client is written against?
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');

/** What the compiler complains about. */
async function complaints(...options: readonly string[]): Promise<string> {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '-p', join(root, 'test', 'jmap', 'tsconfig.json'), '--noEmit', ...options];
  return run(process.execPath, args, { cwd: root }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { readonly stdout: string }) => stdout,
  );
}

it('they do, by the names and types of RFC 8621', { timeout: 60_000 }, async () => {
  expect(await complaints()).toBe('');
});
