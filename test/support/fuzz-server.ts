/**
 * A mail server that says what a real one has said, with some of its replies broken.
 *
 * When all has been said and the client is silent for a moment, it hangs up: so no case waits for a deadline of Postern's.
 * That is how this server is, and nothing waits for it.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';
import { mutated } from './fuzz-random.ts';
import type { Recorded } from './fuzz-recorder.ts';
import { asksForOctets, Sayings } from './fuzz-sayings.ts';
import { seeded } from './random.ts';
import type { Protocol } from './transcript-upstream.ts';

/** How long a client may be silent. */
const graceMs = 250;

export interface Said {
  readonly tag: string;
  /** As in Recorded. */
  readonly key: string;
  readonly bytes: Buffer;
}

export interface FuzzCase {
  readonly protocol: Protocol;
  readonly recorded: readonly Recorded[];
  /** Which replies are broken, by their key, each with a seed of its own. */
  readonly broken: ReadonlyMap<string, number>;
  /** What was said, connection by connection, as it goes. */
  readonly connections: Said[][];
  /** How the replies were broken, as it goes. */
  readonly hows: Set<string>;
}

export interface FuzzServer {
  readonly port: number;
  /** Plays this from now on, on new connections; those that there are end. */
  play(fuzzCase: FuzzCase): void;
  stop(): Promise<void>;
}

export async function startFuzzServer(): Promise<FuzzServer> {
  const sockets = new Set<Socket>();
  let current: FuzzCase | undefined;
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (current !== undefined) converse(socket, current);
  });
  const port = await listening(listener);
  return {
    port,
    play(fuzzCase) {
      endAll();
      current = fuzzCase;
    },
    async stop() {
      endAll();
      listener.close();
      await once(listener, 'close');
    },
  };
}

function converse(socket: Socket, fuzzCase: FuzzCase): void {
  const said: Said[] = [];
  fuzzCase.connections.push(said);
  const asked = new Map<string, number>();
  const sayings = new Sayings(fuzzCase.protocol);
  let grace: NodeJS.Timeout | undefined;
  const answer = (tag: string, key: string): void => {
    clearTimeout(grace);
    const nth = asked.get(key) ?? 0;
    asked.set(key, nth + 1);
    const bytes = replyOf(fuzzCase, tag, key, nth);
    said.push({ tag, key, bytes });
    if (!asksForOctets(bytes)) sayings.refuse();
    socket.write(bytes);
    grace = setTimeout(() => socket.end(), graceMs);
  };
  socket.on('error', () => undefined);
  socket.on('close', () => clearTimeout(grace));
  socket.on('data', (bytes: Buffer) => {
    for (const { tag, key } of sayings.take(bytes)) answer(tag, key);
  });
  answer('', '');
}

function replyOf({ protocol, recorded, broken, hows }: FuzzCase, tag: string, key: string, nth: number): Buffer {
  const replies = recorded.filter((exchange) => exchange.key === key);
  const exchange = replies[Math.min(nth, replies.length - 1)];
  if (exchange === undefined) return Buffer.from(protocol === 'imap' ? `${tag} BAD unknown\r\n` : '-ERR unknown\r\n');
  const whole = wholeOf(exchange, tag);
  const seed = broken.get(key);
  if (seed === undefined) return whole;
  const { bytes, how } = mutated(
    whole,
    seeded(seed),
    recorded.map((other) => wholeOf(other, tag)),
  );
  hows.add(`${key.slice(0, 40)}: ${how}`);
  return bytes;
}

const wholeOf = ({ head, tail }: Recorded, tag: string): Buffer =>
  tail.length === 0 ? head : Buffer.concat([head, Buffer.from(tag), tail]);
