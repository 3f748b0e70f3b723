/**
 * A way to a POP3 server on which everything can be stopped at a chosen point.
 *
 * In cleartext, so that it sees which command is on its way. It never reads more than it could pass on, so that a reader
 * that stops is felt by the server.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A point in a session: at this command, the nth of its kind, in the nth session from now on. */
export interface Point {
  readonly session: number;
  /** `GREETING` is what the server says first. */
  readonly verb: string;
  readonly nth: number;
  /**
   * `command`: it was sent and has not reached the server. `reply`: the server has answered, and nothing of that has
   * reached the client. `middle`: half of the answer has. `end`: all of it has.
   */
  readonly at: 'command' | 'reply' | 'middle' | 'end';
}

export interface Relay {
  readonly port: number;
  /** Bytes that the server has sent, over all sessions, to a client that was still there. */
  readonly bytesFromServer: number;
  readonly sessions: number;
  /** Resolves when the point is reached; from then on nothing moves in that session. */
  stopAt(point: Point): Promise<void>;
  /** What stands still goes on. */
  release(): void;
  /** All sessions end at once; what stands still is thrown away. */
  cut(): void;
  /** Resolves when the server has ended every session that there was. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

interface Stop {
  readonly point: Point;
  readonly reached: PromiseWithResolvers<void>;
  /** Rejects when the connection is cut. */
  readonly passed: PromiseWithResolvers<void>;
}

const multiLineVerbs = /^(RETR|TOP|CAPA)\b|^(UIDL|LIST)$/;

export async function startRelay(serverPort: number): Promise<Relay> {
  const sessions: Session[] = [];
  let stop: Stop | undefined;
  let sessionsBefore = 0;
  const counted = { bytesFromServer: 0 };

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const number = sessions.length + 1;
    const pass = async (point: Omit<Point, 'session'>): Promise<void> => {
      if (stop === undefined || !isSame(stop.point, { ...point, session: number - sessionsBefore })) return;
      const { reached, passed } = stop;
      stop = undefined;
      pending.add(passed);
      reached.resolve();
      await passed.promise;
    };
    sessions.push(new Session(client, connect({ port: serverPort, host: '127.0.0.1', noDelay: true }), pass, counted));
  });
  const pending = new Set<PromiseWithResolvers<void>>();
  const end = (how: (passed: PromiseWithResolvers<void>) => void): void => {
    for (const passed of pending) how(passed);
    pending.clear();
  };
  const cut = (): void => {
    for (const session of sessions) session.cut();
    end((passed) => passed.reject(new Error('cut')));
  };
  const settled = async (): Promise<void> => {
    await Promise.all(sessions.map(({ settled }) => settled));
  };
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('a listening TCP server has no port');
  return {
    port: address.port,
    get bytesFromServer() {
      return counted.bytesFromServer;
    },
    get sessions() {
      return sessions.length;
    },
    stopAt(point) {
      sessionsBefore = sessions.length;
      stop = { point, reached: Promise.withResolvers(), passed: Promise.withResolvers() };
      return stop.reached.promise;
    },
    release: () => end((passed) => passed.resolve()),
    cut,
    settled,
    async stop() {
      cut();
      await settled();
      listener.close();
      await once(listener, 'close');
    },
  };
}

const isSame = (one: Point, other: Point): boolean =>
  one.session === other.session && one.verb === other.verb && one.nth === other.nth && one.at === other.at;

class Session {
  readonly settled: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #pass: (point: Omit<Point, 'session'>) => Promise<void>;
  readonly #counts = new Map<string, number>();
  #command = { line: 'GREETING', verb: 'GREETING', nth: 1, isAnswered: false };
  #tail = '';

  constructor(
    client: Socket,
    server: Socket,
    pass: (point: Omit<Point, 'session'>) => Promise<void>,
    counted: { bytesFromServer: number },
  ) {
    this.#client = client;
    this.#server = server;
    this.#pass = pass;
    this.settled = new Promise((resolve) => server.once('close', () => resolve()));
    for (const socket of [client, server]) socket.on('error', () => undefined);
    void this.#carry(client, server, (bytes) => this.#toServer(bytes));
    void this.#carry(server, client, async (bytes) => {
      if (!client.destroyed) counted.bytesFromServer += bytes.length;
      await this.#toClient(bytes);
    });
  }

  cut(): void {
    this.#client.destroy();
    this.#server.end();
  }

  async #carry(from: Socket, to: Socket, each: (bytes: Buffer) => Promise<void>): Promise<void> {
    try {
      for await (const bytes of from.iterator({ destroyOnReturn: false })) await each(bytes);
    } catch {
      // Reset, killed or cut: for the other side it is the same as an end.
    }
    to.end();
  }

  async #toServer(bytes: Buffer): Promise<void> {
    for (const line of bytes.toString('latin1').split(/(?<=\n)/)) {
      const [verb = ''] = line.trim().split(' ');
      const nth = (this.#counts.get(verb) ?? 0) + 1;
      this.#counts.set(verb, nth);
      this.#command = { line: line.trim(), verb, nth, isAnswered: false };
      await this.#pass({ verb, nth, at: 'command' });
      await written(this.#server, Buffer.from(line, 'latin1'));
    }
  }

  async #toClient(bytes: Buffer): Promise<void> {
    const { verb, nth, line, isAnswered } = this.#command;
    this.#command.isAnswered = true;
    if (!isAnswered) await this.#pass({ verb, nth, at: 'reply' });
    const half = Math.floor(bytes.length / 2);
    await written(this.#client, bytes.subarray(0, half));
    if (!isAnswered) await this.#pass({ verb, nth, at: 'middle' });
    await written(this.#client, bytes.subarray(half));
    this.#tail = (this.#tail + bytes.subarray(-5).toString('latin1')).slice(-5);
    const isOver = multiLineVerbs.test(line) ? this.#tail === '\r\n.\r\n' : this.#tail.endsWith('\r\n');
    if (isOver) await this.#pass({ verb, nth, at: 'end' });
  }
}

/** Resolves when the bytes have left, or when there is nobody to take them. */
const written = (socket: Socket, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed || bytes.length === 0) resolve();
    else socket.write(bytes, () => resolve());
  });
