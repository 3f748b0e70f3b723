/**
 * What does a real mail server say, to its last byte?
 *
 * A relay in front of it that writes down each command and the reply to it, for `fuzz-server.ts` to play with.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';
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

/** IMAP's tag ('' for POP3) and what a command is looked up by: its credential is somebody else's in another session. */
export function keyOf(protocol: Protocol, line: string): { readonly tag: string; readonly key: string } {
  const [, tag = '', command = line] = protocol === 'imap' ? (/^(\S+) (.*)$/s.exec(line) ?? []) : [];
  const secret = /^(LOGIN|AUTHENTICATE|AUTH|USER|PASS|APOP)\b/i.exec(command)?.[0];
  return { tag, key: secret?.toUpperCase() ?? command };
}

export async function startRecorder(protocol: Protocol, serverPort: number): Promise<Recorder> {
  let recorded: Recorded[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    relay(socket, new Upstream(serverPort, protocol), protocol, (exchange) => recorded.push(exchange));
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

/** One line after the other, so that what was sent ahead is answered in order. */
function relay(socket: Socket, upstream: Upstream, protocol: Protocol, write: (exchange: Recorded) => void): void {
  let unfinished = '';
  let answering = answer('', () => upstream.greeting());
  socket.on('error', () => undefined);
  socket.on('close', () => upstream.close());
  socket.on('data', (bytes: Buffer) => {
    const lines = (unfinished + bytes.toString('latin1')).split('\r\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) answering = answering.then(() => answer(line, () => upstream.ask(line)));
  });

  async function answer(line: string, ask: () => Promise<Buffer>): Promise<void> {
    const reply = await ask();
    const { tag, key } = keyOf(protocol, line);
    const at = tag === '' ? -1 : reply.lastIndexOf(`${tag} `);
    write({
      key,
      head: at < 0 ? reply : reply.subarray(0, at),
      tail: at < 0 ? Buffer.alloc(0) : reply.subarray(at + tag.length),
    });
    socket.write(reply);
  }
}
