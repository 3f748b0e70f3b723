/**
 * A way to a POP3 server on which everything can be stopped at a chosen point.
 *
 * In cleartext, so that it sees which command is on its way, and which command each answer is for when several were sent
 * at once. It never reads more than it could pass on, so that a reader that stops is felt by the server.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';

/** A point in a session: at this command, the nth of its kind, in the nth session from now on. */
export interface Point {
  readonly session: number;
  /** `GREETING` is what the server says first. */
  readonly verb: string;
  readonly nth: number;
  /**
   * `command`: it was sent and has not reached the server, and neither has what was sent behind it. `reply`: the server
   * has answered, and nothing of that has reached the client. `middle`: half of the answer has. `end`: all of it has, and
   * nothing of what the server says next.
   */
  readonly at: 'command' | 'reply' | 'middle' | 'end';
}

export interface Relay {
  readonly port: number;
  /** Bytes that the server has sent, over all sessions, to a client that was still there. */
  readonly bytesFromServer: number;
  /** How often the client has spoken after it had heard the server, over all sessions: at least so many round trips. */
  readonly turns: number;
  readonly sessions: number;
  /** Resolves when the point is reached; from then on nothing moves in its direction. */
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

/** `hidden`: what the server announces in CAPA and the client is not to know. */
export async function startRelay(serverPort: number, hidden: readonly string[] = []): Promise<Relay> {
  const sessions: Session[] = [];
  let stop: Stop | undefined;
  let sessionsBefore = 0;
  const counted: Counted = { bytesFromServer: 0, turns: 0 };

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
    const server = connect({ port: serverPort, host: '127.0.0.1', noDelay: true });
    sessions.push(new Session(client, server, pass, counted, hidden));
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
  const port = await listening(listener);
  return {
    port,
    get bytesFromServer() {
      return counted.bytesFromServer;
    },
    get turns() {
      return counted.turns;
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

interface Counted {
  bytesFromServer: number;
  turns: number;
}

interface Command {
  readonly line: string;
  readonly verb: string;
  readonly nth: number;
}

class Session {
  readonly settled: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #pass: (point: Omit<Point, 'session'>) => Promise<void>;
  readonly #hidden: readonly string[];
  readonly #counts = new Map<string, number>();
  /** What the server has still to answer to. */
  readonly #unanswered: Command[] = [{ line: 'GREETING', verb: 'GREETING', nth: 1 }];
  /** Of the answer that has begun to arrive: undefined between two answers. */
  #answer: AnswerEnd | undefined;

  constructor(
    client: Socket,
    server: Socket,
    pass: (point: Omit<Point, 'session'>) => Promise<void>,
    counted: Counted,
    hidden: readonly string[],
  ) {
    this.#client = client;
    this.#server = server;
    this.#pass = pass;
    this.#hidden = hidden;
    this.settled = new Promise((resolve) => server.once('close', () => resolve()));
    for (const socket of [client, server]) socket.on('error', () => undefined);
    let hasSpoken = false;
    void this.#carry(client, server, async (bytes) => {
      if (hasSpoken) counted.turns += 1;
      hasSpoken = false;
      await this.#toServer(bytes);
    });
    void this.#carry(server, client, async (bytes) => {
      hasSpoken = true;
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
      // Reset, killed or cut: for the other side it is the same as an end. What still comes is nobody's, and is taken so that
      // the end behind it is seen.
      from.resume();
    }
    to.end();
  }

  async #toServer(bytes: Buffer): Promise<void> {
    for (const line of bytes.toString('latin1').split(/(?<=\n)/)) {
      const [verb = ''] = line.trim().split(' ');
      const nth = (this.#counts.get(verb) ?? 0) + 1;
      this.#counts.set(verb, nth);
      await this.#pass({ verb, nth, at: 'command' });
      this.#unanswered.push({ line: line.trim(), verb, nth });
      await written(this.#server, Buffer.from(line, 'latin1'));
    }
  }

  async #toClient(bytes: Buffer): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      const [command] = this.#unanswered;
      // A server that speaks without being asked says goodbye.
      if (command === undefined) return written(this.#client, rest);
      const isFirst = this.#answer === undefined;
      this.#answer ??= new AnswerEnd(command.line);
      const end = this.#answer.endIn(rest);
      await this.#answerTo(command, rest.subarray(0, end ?? rest.length), isFirst, end !== null);
      rest = rest.subarray(end ?? rest.length);
    }
  }

  async #answerTo({ verb, nth }: Command, bytes: Buffer, isFirst: boolean, isLast: boolean): Promise<void> {
    const shown = verb === 'CAPA' ? this.#withoutHidden(bytes) : bytes;
    const half = Math.floor(shown.length / 2);
    if (isFirst) await this.#pass({ verb, nth, at: 'reply' });
    await written(this.#client, shown.subarray(0, half));
    if (isFirst) await this.#pass({ verb, nth, at: 'middle' });
    await written(this.#client, shown.subarray(half));
    if (!isLast) return;
    this.#unanswered.shift();
    this.#answer = undefined;
    await this.#pass({ verb, nth, at: 'end' });
  }

  /** Servers send so short an answer as CAPA's in one packet. */
  #withoutHidden(bytes: Buffer): Buffer {
    const lines = bytes.toString('latin1').split(/(?<=\n)/);
    const isHidden = (line: string) => this.#hidden.includes(line.trim().split(' ')[0] ?? '');
    return Buffer.from(lines.filter((line) => !isHidden(line)).join(''), 'latin1');
  }
}

/** Finds where the answer to one command ends, in packets as they come. */
class AnswerEnd {
  readonly #line: string;
  #head = '';
  #terminator: string | undefined;
  #tail = '';

  constructor(line: string) {
    this.#line = line;
  }

  /** Behind the last byte of the answer, or null when it goes on. */
  endIn(bytes: Buffer): number | null {
    const text = this.#tail + bytes.toString('latin1');
    const before = this.#tail.length;
    this.#head += bytes.subarray(0, 3 - this.#head.length).toString('latin1');
    this.#terminator ??=
      this.#head.length < 3 ? undefined : this.#head === '+OK' && multiLineVerbs.test(this.#line) ? '\r\n.\r\n' : '\n';
    this.#tail = text.slice(-4);
    if (this.#terminator === undefined) return null;
    if (this.#terminator === '\n') this.#tail = '';
    const at = text.indexOf(this.#terminator);
    return at < 0 ? null : at + this.#terminator.length - before;
  }
}

/** Resolves when the bytes have left, or when there is nobody to take them. */
const written = (socket: Socket, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed || bytes.length === 0) resolve();
    else socket.write(bytes, () => resolve());
  });
