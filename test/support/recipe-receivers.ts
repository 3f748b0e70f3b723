/**
 * The receivers of docs/recipes/receivers.md, running: the code is what stands there, octet for octet.
 */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { z } from 'zod';
import { freePorts } from '../../scripts/free-ports.ts';
import { leash } from '../../scripts/leash.ts';
import type { WorkerConfig } from '../../scripts/workers/config.ts';
import { startWorkers } from '../../scripts/workers.ts';
import { blockOf } from './recipe-blocks.ts';

const root = join(import.meta.dirname, '..', '..');

export interface RecipeReceiver {
  readonly url: string;
  /** What it has printed: `new`, the id and the type of each event that it did not have yet. */
  readonly printed: readonly string[];
  /** SIGKILL, and the same again with what it has kept. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface Running {
  kill(): Promise<void>;
}

export const recipes = ['Node', 'Python', 'a Worker'] as const;
export type Recipe = (typeof recipes)[number];

export async function startRecipe(recipe: Recipe, secret: string): Promise<RecipeReceiver> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-recipe-'));
  const port = await freePort();
  const printed: string[] = [];
  const start = startOf(recipe, { directory, port, secret, onLine: (line) => printed.push(line) });
  await writeFiles(recipe, directory);
  const url = `http://localhost:${port}`;
  const begin = async () => {
    const running = await start();
    await vi.waitFor(() => listens(url), { timeout: 30_000 });
    return running;
  };
  let running = await begin();
  return {
    url,
    printed,
    async restart() {
      await running.kill();
      running = await begin();
    },
    async stop() {
      await running.kill();
      await rm(directory, { recursive: true });
    },
  };
}

/** Answered before the body, so that it need not be sent. Null where nobody listens. */
export async function statusOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const call = request(url, { method: 'POST', headers }, (response) => resolve(response.statusCode ?? null));
  call.on('error', () => resolve(null));
  if (headers['content-length'] === undefined) call.end();
  else call.flushHeaders();
  const status = await promise;
  call.destroy();
  return status;
}

async function listens(url: string): Promise<void> {
  if ((await statusOf(url)) === null) throw new Error(`nobody listens at ${url}`);
}

interface Place {
  readonly directory: string;
  readonly port: number;
  readonly secret: string;
  readonly onLine: (line: string) => void;
}

function startOf(recipe: Recipe, place: Place): () => Promise<Running> {
  switch (recipe) {
    case 'Node':
      return () => startProgram(process.execPath, 'receiver.mjs', place);
    case 'Python':
      return () => startProgram('python3', 'receiver.py', place);
    case 'a Worker':
      return () => startReceivingWorker(place);
  }
}

const filesOf: Readonly<Record<Recipe, readonly string[]>> = {
  Node: ['receiver.mjs'],
  Python: ['receiver.py'],
  'a Worker': ['receiver.js', 'wrangler.toml'],
};

async function writeFiles(recipe: Recipe, directory: string): Promise<void> {
  for (const file of filesOf[recipe]) await writeFile(join(directory, file), blockOf('recipes/receivers.md', file));
  // What the recipe tells to install.
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
}

function startProgram(program: string, file: string, { directory, port, secret, onLine }: Place): Promise<Running> {
  return leash('/bin/sh', ['-c', 'cd "$1" && exec "$2" "$3"', 'sh', directory, program, file], {
    env: { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret },
    onLine,
  });
}

async function startReceivingWorker({ directory, port, secret, onLine }: Place): Promise<Running> {
  return startWorkers({
    port,
    front: workerIn(directory),
    storage: join(directory, 'storage'),
    development: true,
    variables: { WEBHOOK_SECRET: secret },
    onLog: onLine,
  });
}

const WranglerConfig = z.object({
  name: z.string(),
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
});

/** As wrangler reads it. It imports nothing that would have to be bundled. */
function workerIn(directory: string): WorkerConfig {
  const file = join(directory, 'wrangler.toml');
  const config = WranglerConfig.parse(unstable_readConfig({ config: file }, { hideWarnings: true }));
  return {
    name: config.name,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    modules: [{ name: 'receiver.js', file: config.main, kind: 'esModule' }],
    durableObjects: config.durable_objects.bindings.map((binding) => ({
      name: binding.name,
      className: binding.class_name,
      scriptName: config.name,
    })),
    variables: {},
  };
}

async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('there is no free port');
  return port;
}
