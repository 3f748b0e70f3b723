/**
 * Which processes share a mount namespace, and is it one of them that listens on a port?
 *
 * Read from Linux's /proc, with the rights that it takes to have made the namespace.
 */

import { readdir, readFile, readlink } from 'node:fs/promises';

/** Of a process. Undefined when it is gone, or has ended and nobody has asked how yet. */
export const namespaceOf = (pid: number | 'self'): Promise<string | undefined> => link(`/proc/${pid}/ns/mnt`);

export async function processesIn(namespace: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const namespaces = await Promise.all(pids.map(namespaceOf));
  return pids.filter((_, index) => namespaces[index] === namespace);
}

/** Whether a process in this namespace listens on this TCP port, or another does, or none. */
export async function listenerOn(port: number, namespace: string): Promise<'inside' | 'outside' | undefined> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
  const sockets = tables
    .flatMap((table) => table.split('\n'))
    // proc_pid_net(5): number, local address, remote address, state (0A listens), …, and the tenth is the inode.
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && Number.parseInt(fields[1]?.split(':')[1] ?? '', 16) === port)
    .map((fields) => `socket:[${fields[9]}]`);
  if (sockets.length === 0) return undefined;
  // In this order: who listens by now is among the processes that are there from now on.
  const open = (await Promise.all((await processesIn(namespace)).map(openFiles))).flat();
  return sockets.some((socket) => open.includes(socket)) ? 'inside' : 'outside';
}

async function openFiles(pid: number): Promise<(string | undefined)[]> {
  const directory = `/proc/${pid}/fd`;
  const names = await unlessGone(readdir(directory));
  return Promise.all((names ?? []).map((name) => link(`${directory}/${name}`)));
}

const link = (path: string): Promise<string | undefined> => unlessGone(readlink(path));

/** A process may end while we look; one with more rights than we (EACCES) is none of ours. */
async function unlessGone<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES'].includes(String(error.code))) return;
    throw error;
  }
}
