/**
 * Which ports of this machine are free right now?
 *
 * Only a hint: another program may take one before it is used, so whoever uses it must be able to ask again.
 */

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** That many different free ports on the loopback address. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held at once: a port given back may be the next one handed out.
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}

/** Whether something listens on this port already. */
export async function isTaken(port: number): Promise<boolean> {
  try {
    await close(await listen(port));
    return false;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return true;
    throw error;
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a listening TCP server has no port');
  return address.port;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
