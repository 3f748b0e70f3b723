/**
 * The lines for a shell that the documentation shows, carried out by a shell.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { blockOf } from './recipe-blocks.ts';

const run = promisify(execFile);

export interface Shell {
  /** A block by its name, with these variables; the status and the JSON that came, or null where there was none. */
  call(name: string, variables: Readonly<Record<string, string>>): Promise<{ status: number; json: unknown }>;
  close(): Promise<void>;
}

export async function shellFor(page: string): Promise<Shell> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-shell-'));
  await symlink(join(import.meta.dirname, 'curl.mjs'), join(directory, 'curl'));
  const path = [directory, dirname(process.execPath), process.env['PATH']].join(':');
  return {
    async call(name, variables) {
      // A variable that nobody has said is a fault of the page.
      const lines = `set -eu\n${blockOf(page, name)}`;
      const { stdout } = await run('/bin/sh', ['-c', lines], { env: { ...process.env, ...variables, PATH: path } });
      const [, status = '', body = ''] = /^(\d{3})\n(.*)$/s.exec(stdout) ?? [];
      return { status: Number(status), json: body === '' ? null : JSON.parse(body) };
    },
    close: () => rm(directory, { recursive: true }),
  };
}
