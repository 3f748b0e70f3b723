/**
 * How does a server run in a root of its own, and leave nothing behind?
 *
 * In mount and process namespaces that end with it: over its read-only root lies a layer in memory that takes all it
 * writes, so each start is the first, and neither a mount nor a process can be left over. The network is the machine's
 * own, so its ports are on the loopback address. Knows nothing of mail but that a server greets.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts, isTaken } from '../free-ports.ts';
import { type Leashed, leash } from '../leash.ts';
import { greetingOf } from './greeting.ts';
import { listenerOn, namespaceOf, processesIn } from './processes.ts';
import { environment, type RootName, rootOf } from './roots.ts';

export interface Ports {
  readonly imap: number;
  readonly pop3: number;
}

export interface Setup {
  /** Path in the root → content. */
  readonly files: Readonly<Record<string, string>>;
  /**
   * Shell commands that start the server. `keep COMMAND …` runs one that must not end before the server is stopped;
   * `await_socket PATH` waits for a Unix socket.
   */
  readonly start: string;
}

export interface ChrootOptions {
  readonly name: RootName;
  /** What is waited for. Default: both. */
  readonly protocols?: readonly (keyof Ports)[];
  readonly setup: (ports: Ports) => Setup;
}

export interface Chroot {
  readonly ports: Ports;
  /** The temporary directory that it hangs on. */
  readonly directory: string;
  /** How we see a path in its root from outside, for as long as it runs. */
  outside(path: string): string;
  /** Runs a command in its root; answers what it prints. Fails when the command does. */
  run(command: readonly string[], input?: string | Uint8Array): Promise<string>;
  /** The version of an installed package. */
  versionOf(packageName: string): Promise<string>;
  /** What the server and its system log have printed. */
  log(): string;
  /** Resolves when all its processes have ended. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
/** A delivery waits for as long as a session holds the mailbox. */
const RUN_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 20;
/** Another program may take a port between our asking for a free one and the server's using it. */
const PORT_ATTEMPTS = 5;

// The first process of its namespaces, and so the one whose end ends all of them. Device nodes are bound from outside,
// because a file system may be mounted `nodev`.
const ENTER = `
set -e
top=$1 root=$2
mount -t tmpfs -o mode=0755 postern "$top/memory"
cd "$top/memory"
mkdir upper work root
mount -t overlay -o "lowerdir=$root,upperdir=$top/memory/upper,workdir=$top/memory/work" postern root
cp -R "$top/files/." root/
cd root
mount -t proc proc proc
mount -t tmpfs -o mode=0755 postern run
mount -t tmpfs -o mode=0755 postern dev
for device in null zero full random urandom; do : >dev/$device; mount --bind /dev/$device dev/$device; done
ln -s /proc/self/fd dev/fd
exec chroot . /bin/sh -e /postern-start
`;

// TERM reaches the first process only because it has a trap for it.
const PREAMBLE = `
trap 'exit 1' TERM
keep() { ( set +e; "$@" </dev/null; echo "$1 ended with $?"; kill -TERM 1 ) & }
await_socket() { while [ ! -S "$1" ]; do sleep 0.01; done; }
keep busybox syslogd -n -O -
await_socket /dev/log
`;

export async function startChroot({ name, protocols = ['imap', 'pop3'], setup }: ChrootOptions): Promise<Chroot> {
  for (let attempt = 1; ; attempt += 1) {
    const [imap = 0, pop3 = 0] = await freePorts(2);
    const ports = { imap, pop3 };
    const directory = await mkdtemp(join(tmpdir(), `postern-${name}-`));
    await prepare(directory, setup(ports));
    const printed: string[] = [];
    const leashed = await leash(
      'unshare',
      ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', ENTER, 'enter', directory, rootOf(name)],
      { env: environment, directory, onLine: (line) => printed.push(line) },
    );
    const problem = await problemOfStart(
      leashed,
      protocols.map((protocol) => ports[protocol]),
    );
    const chroot = await chrootOf(directory, ports, leashed, printed);
    if (problem === undefined) return chroot;
    await chroot.stop();
    const taken = await Promise.all(protocols.map((protocol) => isTaken(ports[protocol])));
    if (taken.includes(true) && attempt < PORT_ATTEMPTS) continue;
    throw new Error(`${name} did not start: ${problem}\n${printed.slice(-20).join('\n')}`);
  }
}

async function prepare(directory: string, { files, start }: Setup): Promise<void> {
  const all = { ...files, '/postern-start': `${PREAMBLE}${start}\nwait\n` };
  for (const [path, content] of Object.entries(all)) {
    const file = join(directory, 'files', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await mkdir(join(directory, 'memory'));
}

/** Undefined once all ports greet. */
async function problemOfStart(leashed: Leashed, ports: readonly number[]): Promise<string | undefined> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (const port of ports) {
    for (let isUp = false; !isUp; ) {
      const how = await Promise.race([leashed.ended, delay(POLL_MS)]);
      if (how !== undefined) return `it ended with ${how}`;
      if (Date.now() > deadline) return `no greeting after ${START_TIMEOUT_MS} ms`;
      const namespace = await innerNamespaceOf(leashed);
      const listener = namespace === undefined ? undefined : await listenerOn(port, namespace);
      if (listener === 'outside') return `another program listens on port ${port}`;
      isUp = listener === 'inside' && (await greetingOf(port)) !== undefined;
    }
  }
  return undefined;
}

/** Undefined as long as it has not come as far as a namespace of its own, where it is still with all of the machine. */
async function innerNamespaceOf({ pid }: Leashed): Promise<string | undefined> {
  const namespace = await namespaceOf(pid);
  return namespace === (await namespaceOf('self')) ? undefined : namespace;
}

async function chrootOf(
  directory: string,
  ports: Ports,
  leashed: Leashed,
  printed: readonly string[],
): Promise<Chroot> {
  // Remembered, because the process that we know it by is the first to go.
  const namespace = await innerNamespaceOf(leashed);
  const root = join(directory, 'memory', 'root');
  const run: Chroot['run'] = async (command, input = '') => {
    const enter = ['--target', String(leashed.pid), '--mount', 'chroot', root];
    const child = spawn('nsenter', [...enter, ...command], { env: environment, timeout: RUN_TIMEOUT_MS });
    // One that fails need not have read all; its exit code is what tells.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [output, errors, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    if (code !== 0)
      throw new Error(`${command[0]} failed (${String(code ?? signal)}): ${errors.trim() || output.trim()}`);
    return output;
  };
  return {
    ports,
    directory,
    outside: (path) => join(`/proc/${leashed.pid}/root`, root, path),
    run,
    versionOf: async (packageName) => (await run(['dpkg-query', '--show', packageName])).trim().split('\t')[1] ?? '',
    log: () => printed.join('\n'),
    async stop() {
      await leashed.kill();
      // The kernel ends what is left in the namespaces, in its own time.
      const deadline = Date.now() + STOP_TIMEOUT_MS;
      while (namespace !== undefined && (await processesIn(namespace)).length > 0) {
        if (Date.now() > deadline) throw new Error(`processes of ${directory} do not end`);
        await delay(POLL_MS);
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}
