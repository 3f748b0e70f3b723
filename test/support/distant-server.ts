/**
 * A mail server that is far away: how many times is it waited for?
 *
 * A round trip is a wait: bytes of the server that can be an answer to bytes of the client, which is when they come at
 * least a round trip later. What comes earlier answers something that was sent before, so commands that are sent ahead
 * of their replies count once. The TCP handshake counts as one more. Knows bytes alone, so that it sees through TLS.
 */
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';

export interface DistantServer {
  readonly port: number;
  readonly connections: number;
  /** Of all connections together, since it was started or since the last `count`. */
  readonly roundTrips: number;
  /** The round trips that `work` takes. */
  count(work: () => Promise<unknown>): Promise<number>;
  stop(): Promise<void>;
}

/** `oneWayMs` has to be more than what server and client take to answer, or pipelined answers count twice. */
export async function startDistantServer(serverPort: number, oneWayMs: number): Promise<DistantServer> {
  const counted = { connections: 0, roundTrips: 0 };
  const open = new Set<Socket>();
  const listener = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    counted.connections += 1;
    open.add(client);
    client.on('close', () => open.delete(client));
    new Connection(client, serverPort, oneWayMs, () => {
      counted.roundTrips += 1;
    });
  });
  const port = await listening(listener);
  return {
    port,
    get connections() {
      return counted.connections;
    },
    get roundTrips() {
      return counted.roundTrips;
    },
    async count(work) {
      counted.roundTrips = 0;
      await work();
      return counted.roundTrips;
    },
    async stop() {
      for (const client of open) client.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

class Connection {
  readonly #oneWayMs: number;
  readonly #onRoundTrip: () => void;
  /** When the client said what nothing has answered yet. The server's greeting answers the opening itself. */
  #askedAt: number | null;

  constructor(client: Socket, serverPort: number, oneWayMs: number, onRoundTrip: () => void) {
    this.#oneWayMs = oneWayMs;
    this.#onRoundTrip = onRoundTrip;
    this.#askedAt = performance.now();
    onRoundTrip();
    // SYN, SYN-ACK and ACK have each to go the whole way before the server knows of a connection.
    const server = this.#later(3).then(() =>
      connect({ port: serverPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }),
    );
    const drop = async (): Promise<void> => {
      client.destroy();
      (await server).destroy();
    };
    const carry = (from: Socket, receive: (bytes: Buffer) => void, end: () => void): void => {
      from.on('error', drop);
      from.on('data', async (bytes: Buffer) => {
        await this.#later(1);
        receive(bytes);
      });
      // As late as the bytes before it.
      from.on('end', () => this.#later(1).then(end));
    };
    client.on('data', () => {
      this.#askedAt ??= performance.now();
    });
    carry(
      client,
      async (bytes) => (await server).write(bytes),
      async () => (await server).destroy(),
    );
    void server.then((server) => {
      carry(
        server,
        (bytes) => {
          this.#answered();
          client.write(bytes);
        },
        () => client.end(),
      );
    });
  }

  #answered(): void {
    // Timers may be a fraction early.
    if (this.#askedAt === null || performance.now() - this.#askedAt < 1.8 * this.#oneWayMs) return;
    this.#askedAt = null;
    this.#onRoundTrip();
  }

  async #later(ways: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ways * this.#oneWayMs));
  }
}
