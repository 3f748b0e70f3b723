/**
 * A way to a mail server that takes apart what a client sends into commands, as the server does.
 *
 * In cleartext. Of IMAP it knows literals and continuations, so that what is inside of one is not taken for a command.
 */
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';
import type { Caller } from './postern.ts';

export interface CommandRecorder {
  /** Every line that the server takes for one: octets as characters, without the CR LF at its end. */
  readonly lines: readonly string[];
  /** The same account, by way of this. */
  through(caller: Caller): Caller;
  stop(): Promise<void>;
}

export async function startCommandRecorder(protocol: 'imap' | 'pop3', serverPort: number): Promise<CommandRecorder> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    const take = taker(protocol, (line) => lines.push(line));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket) && other.destroy());
      // Seen by the other side as a connection that closes.
      socket.on('error', () => other.destroy());
      socket.pipe(other);
    }
    client.on('data', take);
  });
  const port = await listening(listener);
  return {
    lines,
    through: ({ user, password }) => ({ user, password, mailServer: `${protocol}://localhost:${port}?security=none` }),
    async stop() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Literals are octets that are counted and belong to the command that they are in (RFC 9051 §4.3). */
function taker(protocol: 'imap' | 'pop3', onLine: (line: string) => void): (octets: Buffer) => void {
  let buffered = '';
  let literal = 0;
  return (octets) => {
    buffered += octets.toString('latin1');
    for (;;) {
      const skipped = Math.min(literal, buffered.length);
      buffered = buffered.slice(skipped);
      literal -= skipped;
      const end = buffered.indexOf('\r\n');
      if (literal > 0 || end < 0) return;
      const line = buffered.slice(0, end);
      buffered = buffered.slice(end + 2);
      onLine(line);
      const [, length] = (protocol === 'imap' && /\{(\d+)\+?\}$/.exec(line)) || [];
      literal = Number(length ?? 0);
    }
  };
}
