/**
 * What does a real mail server say, to its last byte?
 *
 * A relay in front of it that writes down each command and the reply to it, for `fuzz-server.ts` to play with.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';
import { type Saying, Sayings } from './fuzz-sayings.ts';
import { type Protocol, Upstream } from './transcript-upstream.ts';

export interface Recorded {
  /** What was asked, without IMAP's tag and without the credential; '' for the greeting. */
  readonly key: string;
  /** All that was answered, up to where IMAP's tag stands. */
  readonly head: Buffer;
  /** What follows the tag; empty where there is none. */
  readonly tail: Buffer;
}

export interface Recorder {
  readonly port: number;
  /** What has been said since the last call of this. */
  take(): readonly Recorded[];
  stop(): Promise<void>;
}

/** What the server is taken to know beside what it knows. */
export interface Taught {
  readonly capabilities: string;
  /** Its untagged answer to a command; null for those that it knows itself. */
  answer(command: string): string | null;
}

export async function startRecorder(
  protocol: Protocol,
  serverPort: number,
  taught: Taught | null = null,
): Promise<Recorder> {
  let recorded: Recorded[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const upstream = new Upstream(serverPort, protocol);
    relay(socket, protocol, upstream, asking(upstream, taught), (exchange) => recorded.push(exchange));
  });
  const port = await listening(listener);
  return {
    port,
    take() {
      const taken = recorded;
      recorded = [];
      return taken;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

type Ask = (saying: Saying) => Promise<Buffer>;

function asking(upstream: Upstream, taught: Taught | null): Ask {
  return async ({ line, tag, key }) => {
    const answer = taught?.answer(key) ?? null;
    if (answer !== null) return Buffer.from(`${answer}${tag} OK done\r\n`);
    const reply = await upstream.ask(line, tag);
    const known = reply.toString('latin1');
    return taught === null
      ? reply
      : Buffer.from(known.replace(/CAPABILITY IMAP4rev1/g, `$& ${taught.capabilities}`), 'latin1');
  };
}

/** One thing after the other, so that what was sent ahead is answered in order. */
function relay(
  socket: Socket,
  protocol: Protocol,
  upstream: Upstream,
  ask: Ask,
  write: (exchange: Recorded) => void,
): void {
  const sayings = new Sayings(protocol);
  let answering = answer({ line: '', tag: '', command: '', key: '' }, () => upstream.greeting());
  socket.on('error', () => undefined);
  socket.on('close', () => upstream.close());
  socket.on('data', (bytes: Buffer) => {
    for (const saying of sayings.take(bytes)) answering = answering.then(() => answer(saying, ask));
  });

  async function answer(saying: Saying, ask: Ask): Promise<void> {
    const reply = await ask(saying);
    const { tag, key } = saying;
    const at = tag === '' ? -1 : reply.lastIndexOf(`${tag} `);
    write({
      key,
      head: at < 0 ? reply : reply.subarray(0, at),
      tail: at < 0 ? Buffer.alloc(0) : reply.subarray(at + tag.length),
    });
    socket.write(reply);
  }
}
