/**
 * A way to a mail server that fails behind a chosen byte.
 *
 * In cleartext, so that its bytes are those of the protocol, counted as Postern sees them. What passes is small: it is
 * written on at once, without regard to how fast the other side reads.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';

export const directions = ['toServer', 'toPostern'] as const;
export type Direction = (typeof directions)[number];
export type Passed = Readonly<Record<Direction, number>>;

export interface Fault {
  /** Of the nth connection, counted from 1. */
  readonly connection: number;
  readonly direction: Direction;
  /** So many bytes pass in that direction, and then no more in either. */
  readonly afterBytes: number;
  /** How the connection ends for Postern. The server always gets an end, so that it can be seen when it is done. */
  readonly how: 'FIN' | 'RST' | 'stall';
}

export interface Way {
  readonly fault: Fault | null;
  /** What the server announces and Postern is not to know. */
  readonly hidden: readonly string[];
}

export interface CuttingRelay {
  readonly port: number;
  /** From here on connections are counted anew, and go this way. */
  open(way: Way): void;
  /** What each connection has let pass. */
  readonly passed: readonly Passed[];
  /** What each IMAP connection had let pass when the login was over. */
  readonly passedByLogin: readonly Passed[];
  /** False while no connection has come as far as the fault. */
  readonly hasFailed: boolean;
  /** Resolves when one has. */
  failed(): Promise<void>;
  /** Resolves when Postern has ended every connection that there was. */
  abandoned(): Promise<'all ended'>;
  /** Ends what is open; resolves when the server has ended it too, and so will change nothing any more. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export async function startCuttingRelay(serverPort: number): Promise<CuttingRelay> {
  let connections: Connection[] = [];
  let way: Way = { fault: null, hidden: [] };
  let failed = Promise.withResolvers<void>();
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (postern) => {
    const server = connect({ port: serverPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const isFaulty = way.fault?.connection === connections.length + 1;
    connections.push(new Connection(postern, server, isFaulty ? way.fault : null, way.hidden, failed.resolve));
  });
  const port = await listening(listener);
  const settled = async (): Promise<void> => {
    for (const connection of connections) connection.end();
    await Promise.all(connections.map(({ serverEnded }) => serverEnded));
  };
  return {
    port,
    open(next) {
      way = next;
      connections = [];
      failed = Promise.withResolvers();
    },
    get passed() {
      return connections.map(({ passed }) => passed);
    },
    get passedByLogin() {
      return connections.map(({ passedByLogin }) => passedByLogin);
    },
    get hasFailed() {
      return connections.some(({ hasFailed }) => hasFailed);
    },
    failed: () => failed.promise,
    async abandoned() {
      await Promise.all(connections.map(({ posternEnded }) => posternEnded));
      return 'all ended' as const;
    },
    settled,
    async stop() {
      await settled();
      listener.close();
      await once(listener, 'close');
    },
  };
}

class Connection {
  readonly passed: Record<Direction, number> = { toServer: 0, toPostern: 0 };
  passedByLogin: Passed = { toServer: 0, toPostern: 0 };
  readonly posternEnded: Promise<unknown>;
  readonly serverEnded: Promise<unknown>;
  hasFailed = false;
  readonly #postern: Socket;
  readonly #server: Socket;
  readonly #fault: Fault | null;
  readonly #hidden: readonly string[];
  readonly #onFail: () => void;
  /** A line of the server's whose end has not come, where something is hidden. */
  #line: Buffer = Buffer.alloc(0);

  constructor(postern: Socket, server: Socket, fault: Fault | null, hidden: readonly string[], onFail: () => void) {
    this.#postern = postern;
    this.#server = server;
    this.#fault = fault;
    this.#hidden = hidden;
    this.#onFail = onFail;
    this.posternEnded = closed(postern);
    this.serverEnded = closed(server);
    // An error is followed by a close, and to the other side it is the same as an end.
    for (const socket of [postern, server]) socket.on('error', () => undefined);
    postern.on('data', (bytes: Buffer) => this.#pass('toServer', server, bytes));
    postern.on('end', () => this.end());
    postern.on('close', () => this.end());
    server.on('data', (bytes: Buffer) => this.#pass('toPostern', postern, this.#shown(bytes)));
    // A way that stands still does not carry the news of an end either.
    server.on('end', () => this.hasFailed || this.end());
    server.on('close', () => this.hasFailed || this.end());
    this.#failWhenDue();
  }

  end(): void {
    if (!this.#server.destroyed) this.#server.end();
    this.#postern.destroySoon();
  }

  #pass(direction: Direction, to: Socket, bytes: Buffer): void {
    if (this.hasFailed) return;
    const left = this.#fault?.direction === direction ? this.#fault.afterBytes - this.passed[direction] : bytes.length;
    const passing = bytes.subarray(0, left);
    this.passed[direction] += passing.length;
    // As Dovecot says it.
    if (direction === 'toPostern' && passing.includes('Logged in')) this.passedByLogin = { ...this.passed };
    if (!to.destroyed && !to.writableEnded) to.write(passing);
    this.#failWhenDue();
  }

  #failWhenDue(): void {
    if (this.#fault === null || this.passed[this.#fault.direction] < this.#fault.afterBytes) return;
    this.hasFailed = true;
    this.#onFail();
    if (this.#fault.how === 'stall') return;
    this.#server.end();
    if (this.#fault.how === 'FIN') this.#postern.destroySoon();
    // What was written leaves first.
    else this.#postern.write('', () => this.#postern.resetAndDestroy());
  }

  /** Without the hidden words of a capability list, be it a line of words (IMAP) or a word on each line (CAPA). */
  #shown(bytes: Buffer): Buffer {
    if (this.#hidden.length === 0) return bytes;
    const all = Buffer.concat([this.#line, bytes]);
    const end = all.lastIndexOf('\n') + 1;
    this.#line = all.subarray(end);
    const lines: string[] = all
      .subarray(0, end)
      .toString('latin1')
      .split(/(?<=\n)/);
    return Buffer.from(lines.map((line) => this.#lineShown(line)).join(''), 'latin1');
  }

  #lineShown(line: string): string {
    if (line.includes('CAPABILITY')) {
      return this.#hidden.reduce((left, word) => left.replace(new RegExp(` ${word}(?=[ \\]\\r])`), ''), line);
    }
    return this.#hidden.includes(line.trimEnd().split(' ')[0] ?? '') ? '' : line;
  }
}

const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));
