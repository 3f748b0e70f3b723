/**
 * Which ports of this machine are free right now?
 *
 * Only a hint: another program may take one before it is used, so whoever uses it must be able to ask again.
 */

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { listening } from './listening.ts';

/** That many different free ports on the loopback address. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held at once: a port given back may be the next one handed out.
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map((server) => listening(server)));
  await Promise.all(servers.map(close));
  return ports;
}

/** Whether something listens on this port already. */
export async function isTaken(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await listening(server, { port });
    await close(server);
    return false;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return true;
    throw error;
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
