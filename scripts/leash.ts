/**
 * How do we start another program so that it can never outlive us?
 *
 * A program on a leash runs in a process group of its own, so Ctrl-C in the terminal reaches us alone and we end it in
 * order. A small shell beside it holds the other end of a pipe: when we die, however suddenly, the pipe ends, and the
 * shell ends the program and removes its directory. Knows nothing of what it runs.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

export interface LeashOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Removed when we die without having stopped the program. Who stops it removes it himself. */
  readonly directory?: string;
  /** Each line the program writes to stdout or stderr. */
  readonly onLine?: (line: string) => void;
  /** Each line the program writes to the file descriptor `controlFd`, for programs that report their state there. */
  readonly onControlLine?: (line: string) => void;
}

export interface Leashed {
  /** Of the program itself, not of a shell around it. */
  readonly pid: number;
  /** Resolves when the program has ended, with what ended it. Never rejects. */
  readonly ended: Promise<string>;
  /** SIGTERM, and SIGKILL for whatever of its group is left at the deadline. */
  stop(timeoutMs?: number): Promise<void>;
  /** SIGKILL for the whole group at once. */
  kill(): Promise<void>;
}

/** The file descriptor on which a leashed program may report to us. */
export const controlFd = 4;

// The first shell becomes the program (`exec`), so that its pid is the program's. The one in the background waits for
// the end of the pipe on descriptor 3, which only our death or our letting go brings about. It keeps none of the
// program's own descriptors: our reading end of them would otherwise not end with the program. Whether the program is
// gone after its second of grace can't be asked: where nobody reaps orphans it looks alive for ever.
const LEASH = `
(
  exec </dev/null >/dev/null 2>&1 4>&-
  trap '' INT HUP TERM
  read -r _ <&3
  kill -TERM $$
  sleep 1
  [ -z "$LEASH_DIRECTORY" ] || rm -rf -- "$LEASH_DIRECTORY"
  kill -KILL 0
) &
unset LEASH_DIRECTORY
exec "$@" 3<&-
`;

/** Starts a program. Rejects when it can't be started at all. */
export async function leash(command: string, args: readonly string[], options: LeashOptions = {}): Promise<Leashed> {
  const child = spawn('/bin/sh', ['-c', LEASH, 'leash', command, ...args], {
    detached: true,
    env: { ...(options.env ?? process.env), LEASH_DIRECTORY: options.directory ?? '' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} has no process id`);
  forEachLine(child.stdout, options.onLine);
  forEachLine(child.stderr, options.onLine);
  forEachLine(readableAt(child, controlFd), options.onControlLine);
  const ended = endOf(child, pid);
  // Once it has ended, its number may be another program's.
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    ended,
    async stop(timeoutMs = 5000) {
      if (isRunning()) signal(pid, 'SIGTERM');
      const deadline = new AbortController();
      const stopped = await Promise.race([ended, delay(timeoutMs, undefined, { signal: deadline.signal })]);
      if (stopped === undefined && isRunning()) signal(-pid, 'SIGKILL');
      else deadline.abort();
      await ended;
    },
    async kill() {
      if (isRunning()) signal(-pid, 'SIGKILL');
      await ended;
    },
  };
}

async function endOf(child: ChildProcess, pid: number): Promise<string> {
  const [code, signalName]: unknown[] = await once(child, 'exit');
  // The group is still ours (the waiting shell is in it), and so is whatever the program left running in it.
  signal(-pid, 'SIGKILL');
  return typeof signalName === 'string' ? signalName : `exit code ${String(code)}`;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Already gone is what was wanted.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function readableAt(child: ChildProcess, fd: number): Readable | null {
  const stream = child.stdio[fd];
  return stream && 'read' in stream ? stream : null;
}

function forEachLine(stream: Readable | null, listener: ((line: string) => void) | undefined): void {
  if (!stream) return;
  // Read even when nobody listens: a program whose pipe is full stands still.
  if (listener) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', listener);
  else stream.resume();
}
