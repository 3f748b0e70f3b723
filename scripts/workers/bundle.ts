/**
 * What code does each Worker consist of once it is deployed?
 *
 * The bundle that `wrangler deploy` would upload, made by wrangler itself, so that what is tested and measured is what
 * runs on Cloudflare. Made anew only when something that it is made from has changed.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface BundledModule {
  /** As other modules import it. */
  readonly name: string;
  readonly file: string;
  readonly kind: 'esModule' | 'wasm' | 'data' | 'text';
}

/** Wrangler's own rules for what an imported file becomes, and the one that wrangler.toml adds. */
const KINDS = {
  '.js': 'esModule',
  '.mjs': 'esModule',
  '.wasm': 'wasm',
  '.bin': 'data',
  '.txt': 'text',
  '.yaml': 'text',
} as const;

/** The Worker's modules, its entry first. `root` is the project's directory, `configFile` is relative to it. */
export async function bundle(root: string, configFile: string, main: string): Promise<BundledModule[]> {
  const worker = join(root, '.postern', 'dist', basename(configFile, '.toml'));
  const directory = join(worker, await hashOf(root, configFile, main));
  if (!existsSync(directory)) await makeBundle(root, configFile, worker, directory);
  const entry = `${basename(main, extname(main))}.js`;
  const names = (await filesBelow(directory)).map((file) => file.slice(directory.length + 1));
  if (!names.includes(entry)) throw new Error(`wrangler made no ${entry} of ${configFile}`);
  return [entry, ...names.filter((name) => name !== entry)].flatMap((name) => {
    const kind = Object.entries(KINDS).find(([extension]) => extension === extname(name))?.[1];
    // Source maps and wrangler's own README.
    return kind === undefined ? [] : [{ name, file: join(directory, name), kind }];
  });
}

/** Made elsewhere and moved into its place whole: others may start the Workers at the same time. */
async function makeBundle(root: string, configFile: string, worker: string, directory: string): Promise<void> {
  await rm(worker, { recursive: true, force: true });
  await mkdir(worker, { recursive: true });
  const made = await mkdtemp(`${worker}-`);
  const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
  const args = [wrangler, 'deploy', '--dry-run', '--outdir', made, '--config', configFile];
  // Without a login, a terminal or a network: a dry run needs none of them.
  const env = {
    ...process.env,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_LOG_PATH: join(root, '.postern', 'wrangler.log'),
    CI: 'true',
  };
  try {
    await run(process.execPath, args, { cwd: root, env });
    await rename(made, directory);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    // Somebody else was quicker, with the same bytes.
    if (!existsSync(directory)) throw error;
  }
}

/** Of everything a bundle is made from: our sources, the versions of what they import, and wrangler's configuration. */
async function hashOf(root: string, configFile: string, main: string): Promise<string> {
  const hash = createHash('sha256');
  const files = [configFile, main, 'package-lock.json', 'openapi.yaml', ...(await filesBelow(join(root, 'src')))];
  for (const file of files) {
    const path = file.startsWith(root) ? file : join(root, file);
    hash
      .update(`${file}\0`)
      .update(await readFile(path))
      .update('\0');
  }
  return hash.digest('hex');
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.sort();
}
