/**
 * A way to a mail server that can be shut, and on which one sees who comes and what they say.
 *
 * In cleartext. Shut, it is as a machine that is down: nobody listens, and what was open is cut.
 */
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';

export interface Line {
  readonly text: string;
  /** Of this process; milliseconds. */
  readonly atMs: number;
  /** Its number, from 1. */
  readonly connection: number;
}

export interface Gate {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  /** What clients have sent so far. */
  readonly lines: readonly Line[];
  /** Ends what is open, and stays open itself. */
  cut(): void;
  shut(): Promise<void>;
  open(): Promise<void>;
}

export async function startGate(serverPort: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  const lines: Line[] = [];
  let connections = 0;
  const pass = (client: Socket): void => {
    connections += 1;
    const connection = connections;
    const server = connect({ port: serverPort, host: '127.0.0.1', noDelay: true });
    client.on('data', (bytes: Buffer) => {
      const atMs = performance.now();
      for (const text of bytes.toString('latin1').split('\r\n').slice(0, -1)) lines.push({ text, atMs, connection });
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        // What it has said still arrives.
        other.destroySoon();
      });
    }
    client.pipe(server).pipe(client);
  };
  let server: Server | null = createServer({ noDelay: true }, pass);
  const port = await listening(server);
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    lines,
    get connections() {
      return connections;
    },
    cut,
    async shut() {
      cut();
      const closing = server;
      server = null;
      if (closing === null) return;
      closing.close();
      await once(closing, 'close');
    },
    async open() {
      if (server !== null) return;
      server = createServer({ noDelay: true }, pass);
      await listening(server, { port });
    },
  };
}
