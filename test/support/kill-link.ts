/**
 * A way between two programs on which everything stands still behind a chosen byte, while something is done to one of them.
 *
 * Knows bytes alone, in cleartext. What passes is small: it is written on at once, without regard to how fast the other side reads.
 */
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';

/** `up`: from the one that connected. */
export type Direction = 'up' | 'down';
export const directions = ['up', 'down'] as const;

/** How both sides see a connection end. */
export type Ending = 'FIN' | 'RST';

export interface Stop {
  readonly direction: Direction;
  /** So many bytes pass, counted from `begin`; then nothing moves in either direction until `reached` has settled. */
  readonly afterBytes: number;
  /** Answers whether what had been sent by reached, and what is sent meanwhile, still arrives. */
  reached(): Promise<'arrives' | 'is lost'>;
}

export interface Link {
  readonly port: number;
  /** Since the last `begin`, over all connections. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** Counts anew; there is no stop but this one, if any. */
  begin(stop: Stop | null): void;
  /** Ends what connections there are; what has not passed is lost. */
  cut(how: Ending): void;
  stop(): Promise<void>;
}

/** Sees all that passes. */
export type Watch = (direction: Direction, bytes: Buffer) => void;

/** `targetPort` may change: it is asked for each connection. */
export async function startLink(targetPort: () => number, watch: Watch = () => undefined): Promise<Link> {
  const way = new Way(watch);
  const connections = new Set<Connection>();
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = connect({ port: targetPort(), host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const connection = new Connection(client, server, way);
    connections.add(connection);
    void connection.ended.then(() => connections.delete(connection));
  });
  const port = await listening(listener);
  const cut = (how: Ending): void => {
    for (const connection of connections) connection.cut(how);
  };
  return {
    port,
    get passed() {
      return way.passed;
    },
    begin: (stop) => way.begin(stop),
    cut,
    async stop() {
      cut('RST');
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** What all connections have in common: how much has passed, and whether they stand still. */
class Way {
  passed: Record<Direction, number> = { up: 0, down: 0 };
  readonly #watch: Watch;
  #stop: Stop | null = null;
  #isStanding = false;
  #waiting: ((happens: 'arrives' | 'is lost') => void)[] = [];

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  begin(stop: Stop | null): void {
    this.passed = { up: 0, down: 0 };
    this.#stop = stop;
  }

  /** Writes as much as may pass, now or when all goes on. */
  pass(direction: Direction, bytes: Buffer, write: (bytes: Buffer) => void): void {
    if (this.#isStanding) {
      this.#waiting.push((happens) => happens === 'arrives' && this.pass(direction, bytes, write));
      return;
    }
    const stop = this.#stop?.direction === direction ? this.#stop : null;
    const left = stop === null ? bytes.length : stop.afterBytes - this.passed[direction];
    const passing = bytes.subarray(0, left);
    this.passed[direction] += passing.length;
    this.#watch(direction, passing);
    if (passing.length > 0) write(passing);
    if (stop === null || this.passed[direction] < stop.afterBytes) return;
    this.#stand(stop);
    if (passing.length < bytes.length) this.pass(direction, bytes.subarray(passing.length), write);
  }

  /** An end comes behind the bytes that were before it. */
  end(finish: () => void): void {
    if (this.#isStanding) this.#waiting.push(finish);
    else finish();
  }

  #stand({ reached }: Stop): void {
    this.#isStanding = true;
    this.#stop = null;
    void reached().then((happens) => {
      this.#isStanding = false;
      for (const go of this.#waiting.splice(0)) go(happens);
    });
  }
}

class Connection {
  readonly ended: Promise<unknown>;
  readonly #client: Socket;
  readonly #server: Socket;
  #isCut = false;

  constructor(client: Socket, server: Socket, way: Way) {
    this.#client = client;
    this.#server = server;
    this.ended = Promise.all([client, server].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    this.#carry(way, 'up', client, server);
    this.#carry(way, 'down', server, client);
  }

  #carry(way: Way, direction: Direction, from: Socket, to: Socket): void {
    const write = (bytes: Buffer): void => {
      if (!this.#isCut && to.writable) to.write(bytes);
    };
    const finish = (): void => {
      if (!this.#isCut && to.writable) to.end();
    };
    from.on('data', (bytes: Buffer) => way.pass(direction, bytes, write));
    from.on('end', () => way.end(finish));
    // Reset, killed or refused: a close follows, and for the other side it is the end.
    from.on('error', () => undefined);
    from.on('close', () => way.end(() => to.destroySoon()));
  }

  cut(how: Ending): void {
    if (this.#isCut) return;
    this.#isCut = true;
    for (const socket of [this.#client, this.#server]) {
      if (how === 'RST') socket.resetAndDestroy();
      else socket.destroySoon();
    }
  }
}
