/**
 * A POP3 server that does as it is told: by RFC 1939 unless a test says otherwise, in the packets that a test wants.
 *
 * It keeps its messages in memory, removes what was marked when it answers QUIT, and writes down each command.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { listening } from '../../scripts/listening.ts';
import { canaryPassword } from './canary.ts';
import { multiLine } from './pop-bytes.ts';
import type { Caller } from './postern.ts';
import { newUser } from './scripted-user.ts';

export interface Spooled {
  readonly uidl: string;
  readonly bytes: Uint8Array;
}

/** Sent as it is; null: nothing at all. */
export type Answer = string | Uint8Array | null;

export type AnswerTo = (command: string, socket: Socket) => Answer | undefined;

export interface PopScript {
  readonly messages?: readonly Spooled[];
  /** Said on connecting. */
  readonly greeting?: Answer;
  /** Lines of its answer to CAPA: `PIPELINING`, `SASL PLAIN`. Nothing: it does not know CAPA. */
  readonly capabilities?: readonly string[];
  /** What to answer to a command (`RETR 1`); undefined: what RFC 1939 says. */
  readonly answer?: AnswerTo;
  /** As Gmail does: what was retrieved is not shown any more once that session has ended with QUIT, and is not deleted either. */
  readonly hidesRetrieved?: boolean;
  /** Cuts what is sent into the packets that it is sent in. */
  readonly packets?: (bytes: Uint8Array) => readonly Uint8Array[];
  /** For TLS from the first byte, and for STLS. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  readonly implicitTls?: boolean;
  /** Where it listens. */
  readonly address?: string;
}

export interface PopServer {
  readonly port: number;
  /** All that was received, in order, line by line. */
  readonly commands: readonly string[];
  /** How many connections there were. */
  readonly connections: number;
  /** What lies in the maildrop now, and is shown. */
  readonly messages: readonly Spooled[];
  /** Somebody with an account here, in cleartext unless another URL is given. */
  caller(mailServer?: string): Caller;
  stop(): Promise<void>;
}

export async function startPopServer(script: PopScript = {}): Promise<PopServer> {
  const user = newUser();
  const state = { messages: script.messages ?? [], commands: [] as string[], connections: 0 };
  const sockets = new Set<Socket>();
  const welcome = (socket: Socket): void => {
    new Session(socket, script, state).greet();
  };
  const certificate = script.certificate ?? { key: '', cert: '' };
  const server = script.implicitTls === true ? createTlsServer(certificate, welcome) : createServer(welcome);
  server.on('connection', (socket: Socket) => {
    state.connections += 1;
    sockets.add(socket);
  });
  const port = await listening(server, script.address === undefined ? {} : { address: script.address });
  return {
    port,
    get commands() {
      return state.commands;
    },
    get connections() {
      return state.connections;
    },
    get messages() {
      return state.messages;
    },
    caller: (mailServer = `pop3://127.0.0.1:${port}?security=none`) => ({
      user,
      password: canaryPassword,
      mailServer,
    }),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** With a server of its own, which is gone afterwards. */
export async function withPopServer<T>(script: PopScript, use: (server: PopServer) => Promise<T>): Promise<T> {
  const server = await startPopServer(script);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

/** Answers commands that begin so with this, others as usual. */
export const instead =
  (start: string, answer: string): AnswerTo =>
  (command) =>
    command.startsWith(start) ? answer : undefined;

interface State {
  messages: readonly Spooled[];
  readonly commands: string[];
}

class Session {
  #socket: Socket;
  readonly #script: PopScript;
  readonly #state: State;
  /** As at login: numbers mean nothing else. */
  #messages: readonly Spooled[] = [];
  readonly #deleted = new Set<Spooled>();
  /** What will not be shown after QUIT. */
  readonly #hidden = new Set<Spooled>();
  #received = '';
  #sending: Promise<void> = Promise.resolve();

  constructor(socket: Socket, script: PopScript, state: State) {
    this.#socket = socket;
    this.#script = script;
    this.#state = state;
    this.#listen(socket);
  }

  greet(): void {
    const { greeting = '+OK ready\r\n' } = this.#script;
    this.#send(greeting);
  }

  #listen(socket: Socket): void {
    socket.setNoDelay(true);
    // A client that is killed, or that hangs up, is what the tests are about.
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => this.#receive(bytes.toString('latin1')));
  }

  #receive(text: string): void {
    const [rest = '', ...lines] = (this.#received + text).split('\r\n').reverse();
    this.#received = rest;
    for (const line of lines.reverse()) {
      this.#state.commands.push(line);
      const told = this.#script.answer?.(line, this.#socket);
      this.#send(told === undefined ? this.#usual(line) : told);
      if (told === undefined && line === 'STLS') this.#startTls();
      if (told === undefined && line === 'QUIT') this.#after(() => this.#socket.end());
    }
  }

  #send(answer: Answer): void {
    if (answer === null) return;
    const bytes = typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer;
    const packets = this.#script.packets?.(bytes) ?? [bytes];
    this.#after(async () => {
      for (const packet of packets) {
        if (this.#socket.destroyed) return;
        await new Promise((written) => this.#socket.write(packet, written));
        // The packets are to leave one by one.
        if (packets.length > 1) await nextTurn();
      }
    });
  }

  #after(work: () => unknown): void {
    this.#sending = this.#sending.then(work).then(() => undefined);
  }

  #startTls(): void {
    this.#socket.removeAllListeners('data');
    this.#after(() => {
      this.#socket = new TLSSocket(this.#socket, { ...this.#script.certificate, isServer: true });
      this.#listen(this.#socket);
    });
  }

  #usual(line: string): Answer {
    const [verb = '', argument, lines] = line.split(' ');
    const message = this.#messages[Number(argument) - 1];
    const isThere = message !== undefined && !this.#deleted.has(message);
    switch (verb) {
      case 'USER':
      case 'STLS':
        return '+OK\r\n';
      case 'CAPA': {
        const { capabilities } = this.#script;
        return capabilities === undefined ? '-ERR unknown command\r\n' : `+OK\r\n${rowsOf(capabilities)}.\r\n`;
      }
      case 'PASS':
      case 'AUTH':
      case 'APOP':
        this.#messages = this.#state.messages;
        return '+OK\r\n';
      case 'UIDL':
        return this.#listing(argument, ({ uidl }) => uidl);
      case 'LIST':
        return this.#listing(argument, ({ bytes }) => bytes.length);
      case 'TOP':
      case 'RETR':
        if (!isThere) return '-ERR no such message\r\n';
        if (verb === 'RETR' && this.#script.hidesRetrieved === true) this.#hidden.add(message);
        return Buffer.concat([Buffer.from('+OK\r\n'), multiLine(topOf(message.bytes, Number(lines ?? 'Infinity')))]);
      case 'DELE':
        if (isThere) this.#deleted.add(message);
        return isThere ? '+OK\r\n' : '-ERR no such message\r\n';
      case 'QUIT':
        this.#state.messages = this.#state.messages.filter(
          (message) => !this.#deleted.has(message) && !this.#hidden.has(message),
        );
        return '+OK\r\n';
      default:
        return '-ERR unknown command\r\n';
    }
  }

  #listing(number: string | undefined, about: (message: Spooled) => string | number): string {
    if (number !== undefined) {
      const message = this.#messages[Number(number) - 1];
      const isThere = message !== undefined && !this.#deleted.has(message);
      return isThere ? `+OK ${number} ${about(message)}\r\n` : '-ERR no such message\r\n';
    }
    const rows = this.#messages.flatMap((message, index) =>
      this.#deleted.has(message) ? [] : [`${index + 1} ${about(message)}`],
    );
    return `+OK\r\n${rowsOf(rows)}.\r\n`;
  }
}

/** The header, the empty line behind it, and so many lines of the body (RFC 1939 §7). */
function topOf(bytes: Uint8Array, lines: number): Uint8Array {
  const whole = Buffer.from(bytes);
  const border = whole.indexOf('\r\n\r\n');
  let end = border < 0 ? -1 : border + 4;
  for (let line = 0; line < lines && end > 0; line += 1) {
    const next = whole.indexOf('\r\n', end);
    end = next < 0 ? -1 : next + 2;
  }
  return end < 0 ? whole : whole.subarray(0, end);
}

const rowsOf = (rows: readonly string[]): string => rows.map((row) => `${row}\r\n`).join('');
