/**
 * How do both Workers run on this machine without Cloudflare?
 *
 * In one plain `workerd` process, as one would host them oneself: the demo, the tests over HTTP and the benchmarks all
 * use this. `wrangler dev` costs milliseconds a call and never filters addresses; this does as much as production.
 */

import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isTaken } from './free-ports.ts';
import { type Leashed, leash } from './leash.ts';
import { type WorkerConfig, workerdConfig } from './workers/config.ts';
import { readWorker } from './workers/wrangler-config.ts';

export interface WorkersOptions {
  /** 0 or nothing: a free one. */
  readonly port?: number;
  /** Lets the Workers reach this machine and private networks, and tells them so (DEVELOPMENT). */
  readonly development: boolean;
  /** A directory for what Durable Objects keep; it is made when it is not there. */
  readonly storage: string;
  /** Certificate authorities to trust besides the public ones, as PEM. */
  readonly trustedCertificates?: readonly string[];
  /** Variables and secrets of both Workers, besides those in the wrangler files. */
  readonly variables: Readonly<Record<string, string>>;
  /** What the heap of each Worker may grow to, as a platform limits it; left out: as the runtime likes. */
  readonly heapMb?: number | undefined;
  /** Each line that workerd or a Worker prints. */
  readonly onLog?: (line: string) => void;
  /** The project's directory. Default: the one this file is in. */
  readonly root?: string;
  /** A Worker that answers HTTP in the place of the gateway. */
  readonly front?: WorkerConfig;
  /** What the gateway finds in the place of the whole web: an HTTP server on this machine that takes URLs as a proxy does. */
  readonly web?: { readonly port: number } | undefined;
}

export interface Workers {
  readonly url: string;
  readonly port: number;
  /** Of workerd itself, so its memory can be measured. */
  readonly pid: number;
  /** Resolves when workerd has ended, for whatever reason. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
  /** SIGKILL: what a crash, or a platform that moves on, looks like. */
  kill(): Promise<void>;
}

export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: number;

  constructor(port: number) {
    super(`port ${port} is taken by another program`);
    this.port = port;
  }
}

/** How long workerd may take to listen on a busy machine; it takes about 0.2 s on an idle one. */
const START_TIMEOUT_MS = 30_000;

export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const port = options.port ?? 0;
  if (port !== 0 && (await isTaken(port))) throw new PortTakenError(port);
  const root = options.root ?? join(import.meta.dirname, '..');
  const deployed = await Promise.all(['wrangler.toml', 'wrangler.proxy.toml'].map((file) => readWorker(root, file)));
  const workers = options.front === undefined ? deployed : [options.front, ...deployed];
  const directory = join(root, '.postern');
  const config = workerdConfig({
    directory,
    workers: workers.map((worker) => ({
      ...worker,
      variables: {
        ...worker.variables,
        DEVELOPMENT: String(options.development),
        // Whoever tries something out, or measures it, calls as often as he likes.
        ...(options.development ? { ACCOUNT_RATE: '' } : {}),
        ...options.variables,
      },
    })),
    storage: options.storage,
    entry: workers[0]?.name ?? '',
    port,
    allowPrivate: options.development,
    trustedCertificates: options.trustedCertificates ?? [],
    heapMb: options.heapMb,
    web: options.web === undefined ? undefined : { ...options.web, workers: [deployed[0]?.name ?? ''] },
  });
  // It holds the secrets: readable by us alone, and gone as soon as workerd has read it.
  const configFile = join(directory, `workerd-${randomUUID()}.capnp`);
  await mkdir(directory, { recursive: true });
  await mkdir(options.storage, { recursive: true });
  await writeFile(configFile, config, { mode: 0o600, flag: 'wx' });
  try {
    const { leashed, listening } = await launch(configFile, port, options.onLog);
    return {
      url: `http://127.0.0.1:${listening}`,
      port: listening,
      pid: leashed.pid,
      ended: leashed.ended,
      // A stream that is still open would hold up an orderly end for as long as its reader likes.
      stop: () => leashed.stop(1000),
      kill: () => leashed.kill(),
    };
  } finally {
    await rm(configFile, { force: true });
  }
}

async function launch(
  configFile: string,
  wantedPort: number,
  onLog: WorkersOptions['onLog'],
): Promise<{ readonly leashed: Leashed; readonly listening: number }> {
  const printed: string[] = [];
  let isStarting = true;
  const port = Promise.withResolvers<number>();
  const leashed = await leash(workerdExecutable(), ['serve', '--control-fd=4', configFile, 'config'], {
    onLine(line) {
      if (isStarting) printed.push(line);
      onLog?.(line);
    },
    onControlLine(line) {
      const message: unknown = JSON.parse(line);
      if (typeof message === 'object' && message && 'port' in message && typeof message.port === 'number') {
        port.resolve(message.port);
      }
    },
  });
  const timer = setTimeout(
    () => port.reject(new Error(`not listening after ${START_TIMEOUT_MS} ms`)),
    START_TIMEOUT_MS,
  );
  try {
    const ended = leashed.ended.then((how) => Promise.reject(new Error(`it ended with ${how}`)));
    return { leashed, listening: await Promise.race([port.promise, ended]) };
  } catch (error) {
    await leashed.kill();
    // Taken since we looked.
    if (printed.some((line) => line.includes('Address already in use'))) throw new PortTakenError(wantedPort);
    throw new Error(`workerd did not start: ${String(error)}\n${printed.join('\n')}`);
  } finally {
    clearTimeout(timer);
    isStarting = false;
  }
}

/** The binary itself: the package's `workerd` command is a script in front of it, and its pid would be that script's. */
function workerdExecutable(): string {
  const fromWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'));
  const path: unknown = fromWrangler('workerd');
  if (typeof path === 'object' && path && 'default' in path && typeof path.default === 'string') return path.default;
  throw new Error('the npm package workerd names no executable for this machine');
}
