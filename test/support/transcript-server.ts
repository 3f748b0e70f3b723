/**
 * A mail server that plays a transcript, and is its usual self in everything that the transcript does not tell.
 *
 * It stands in front of a server that behaves (`transcript-upstream.ts`). After `behave` nothing of the transcript is played
 * any more, on the connections that there are and on new ones.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { listening } from '../../scripts/listening.ts';
import { asksForOctets, type Saying, Sayings } from './fuzz-sayings.ts';
import { cutAt } from './pop-bytes.ts';
import type { Exchange, Step } from './transcript.ts';
import { type Protocol, Upstream } from './transcript-upstream.ts';

export interface PlayingServer {
  readonly port: number;
  /** All that clients said, IMAP's tags left out. */
  readonly commands: readonly string[];
  readonly connections: number;
  behave(): void;
  stop(): Promise<void>;
}

interface Play {
  readonly protocol: Protocol;
  readonly exchanges: readonly Exchange[];
  readonly done: Set<Exchange>;
  readonly commands: string[];
  isBehaving: boolean;
}

export async function startPlayingServer(
  protocol: Protocol,
  exchanges: readonly Exchange[],
  usualPort: number,
): Promise<PlayingServer> {
  const play: Play = { protocol, exchanges, done: new Set(), commands: [], isBehaving: false };
  const sockets = new Set<Socket>();
  let connections = 0;
  const listener = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    void new Connection(socket, new Upstream(usualPort, protocol), play).run();
  });
  const port = await listening(listener);
  return {
    port,
    commands: play.commands,
    get connections() {
      return connections;
    },
    behave() {
      play.isBehaving = true;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** What never ends goes out in pieces of about this size. */
const endlessBytes = 16 * 1024;

class Connection {
  readonly #socket: Socket;
  readonly #upstream: Upstream;
  readonly #play: Play;
  readonly #sayings: Sayings;
  readonly #said: Saying[] = [];
  /** What is said to a server that has hung up is not done any more. */
  #hasEnded = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket, upstream: Upstream, play: Play) {
    this.#socket = socket;
    this.#upstream = upstream;
    this.#play = play;
    this.#sayings = new Sayings(play.protocol);
    // A client that hangs up on such a server is in its right.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      upstream.close();
      this.#wake();
    });
    socket.on('data', (bytes: Buffer) => {
      this.#said.push(...this.#sayings.take(bytes));
      this.#wake();
    });
  }

  async run(): Promise<void> {
    const greeting = await this.#upstream.greeting();
    await this.#answer(null, '', async () => greeting);
    for (;;) {
      const saying = (await this.#hasSaying()) ? this.#said.shift() : undefined;
      if (saying === undefined) return;
      const { line, tag, command, key } = saying;
      this.#play.commands.push(key);
      await this.#answer(command, tag, () => this.#upstream.ask(line, tag));
    }
  }

  async #answer(command: string | null, tag: string, usual: () => Promise<Buffer>): Promise<void> {
    const told = this.#told(command);
    if (told === undefined) return this.#send(await usual(), null);
    this.#play.done.add(told);
    let packets: number | null = null;
    // What is said in one breath leaves in one packet.
    let breath: Buffer[] = [];
    for (const step of told.steps) {
      if (this.#socket.destroyed) return;
      if (step.do === 'say') breath.push(tagged(step.bytes, tag));
      else if (step.do === 'usual') breath.push(await usual());
      else {
        await this.#send(Buffer.concat(breath), packets);
        breath = [];
        if (step.do === 'packets') packets = step.bytes;
        else await this.#do(step, usual);
      }
    }
    await this.#send(Buffer.concat(breath), packets);
  }

  #told(command: string | null): Exchange | undefined {
    const { isBehaving, exchanges, done } = this.#play;
    if (isBehaving) return undefined;
    return exchanges.find((exchange) => {
      if (exchange.once && done.has(exchange)) return false;
      return command === null ? exchange.command === null : exchange.command?.test(command);
    });
  }

  async #do(step: Exclude<Step, { do: 'say' | 'usual' | 'packets' }>, usual: () => Promise<Buffer>): Promise<void> {
    switch (step.do) {
      case 'quietly':
        await usual();
        return;
      case 'next':
        await this.#hasSaying();
        return;
      case 'endless':
        return this.#sendForEver(step.bytes);
      case 'fin':
        this.#hasEnded = true;
        this.#socket.end();
        return;
      case 'reset':
        this.#socket.resetAndDestroy();
    }
  }

  async #sendForEver(bytes: Buffer): Promise<void> {
    const many = Buffer.concat(Array.from({ length: Math.ceil(endlessBytes / bytes.length) }, () => bytes));
    while (!this.#socket.destroyed) {
      await this.#send(many, null);
      // A write that the kernel takes at once would not let anything else in this process have its turn.
      await nextTurn();
    }
  }

  /** False when the client has hung up and has nothing left to say. */
  async #hasSaying(): Promise<boolean> {
    while (this.#hasEnded || this.#said.length === 0) {
      if (this.#hasEnded || this.#socket.destroyed) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return true;
  }

  async #send(bytes: Buffer, packetBytes: number | null): Promise<void> {
    if (bytes.length > 0 && !asksForOctets(bytes)) this.#sayings.refuse();
    const starts = packetBytes === null ? 0 : Math.ceil(bytes.length / packetBytes) - 1;
    const packets = cutAt(
      bytes,
      Array.from({ length: Math.max(0, starts) }, (_, index) => (index + 1) * (packetBytes ?? 0)),
    );
    for (const packet of packets) {
      if (this.#socket.destroyed) return;
      // The callback comes with an error too, when the client has gone.
      await new Promise((written) => this.#socket.write(packet, written));
      if (packets.length > 1) await nextTurn();
    }
  }
}

/** `$` at the start of what is said is the tag. */
const tagged = (bytes: Buffer, tag: string): Buffer =>
  bytes[0] === 0x24 ? Buffer.concat([Buffer.from(tag), bytes.subarray(1)]) : bytes;
