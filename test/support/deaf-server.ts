/**
 * A server that is dialled and nothing more: it hangs up at once, and counts.
 */
import { createServer } from 'node:net';
import { listening } from '../../scripts/listening.ts';
import { canaryPassword } from './canary.ts';
import type { Caller } from './postern.ts';
import { newUser } from './scripted-user.ts';

export interface DeafServer {
  readonly connections: number;
  /** Somebody whom nobody has asked about before. */
  caller(protocol: 'imap' | 'pop3'): Caller;
  stop(): Promise<void>;
}

export async function startDeafServer(): Promise<DeafServer> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  const port = await listening(server);
  return {
    get connections() {
      return connections;
    },
    caller: (protocol) => ({
      user: newUser(),
      password: canaryPassword,
      mailServer: `${protocol}://127.0.0.1:${port}?security=none`,
    }),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
