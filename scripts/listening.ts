/**
 * How does a TCP server of ours begin to listen, and where?
 */
import { once } from 'node:events';
import type { Server } from 'node:net';

/** Listens, and answers the port: a free one unless `port` is given. */
export async function listening(server: Server, { port = 0, address = '127.0.0.1' } = {}): Promise<number> {
  server.listen(port, address);
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a listening TCP server has no port');
  return bound.port;
}
