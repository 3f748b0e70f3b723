/**
 * The lines for a shell that the documentation shows, carried out by a shell.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { blockOf } from './recipe-blocks.ts';

const execute = promisify(execFile);

export interface ShellAnswer {
  readonly status: number;
  readonly json: unknown;
}

export interface Shell {
  /** A block by its name, with these variables; the status and the JSON that came, or null where there was none. */
  call(name: string, variables: Readonly<Record<string, string>>): Promise<ShellAnswer>;
  /** Any lines. */
  run(lines: string, variables?: Readonly<Record<string, string>>): Promise<ShellAnswer>;
  close(): Promise<void>;
}

export async function shellFor(page = ''): Promise<Shell> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-shell-'));
  await symlink(join(import.meta.dirname, 'curl.mjs'), join(directory, 'curl'));
  const path = [directory, dirname(process.execPath), process.env['PATH']].join(':');
  const run = async (lines: string, variables: Readonly<Record<string, string>> = {}): Promise<ShellAnswer> => {
    const env = { ...process.env, ...variables, PATH: path };
    // A variable that nobody has said is a fault of the page.
    const { stdout } = await execute('/bin/sh', ['-c', `set -eu\n${lines}`], { env });
    const [, status = '', body = ''] = /^(\d{3})\n(.*)$/s.exec(stdout) ?? [];
    return { status: Number(status), json: body === '' ? null : JSON.parse(body) };
  };
  return {
    run,
    call: (name, variables) => run(blockOf(page, name), variables),
    close: () => rm(directory, { recursive: true }),
  };
}
