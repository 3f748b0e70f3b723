/**
 * A way to an IMAP server on which one sees how many connections there are and which commands are sent, and on which
 * everything can be cut.
 *
 * Commands are seen in cleartext only. It never reads more than it could pass on, so that a reader that stops is felt by
 * the server.
 */
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';
import type { Caller } from './postern.ts';

/**
 * `unsent`: the server never gets the command. `unanswered`: it does, and its answer gets lost. `held`: its answer does not come,
 * and the connection stays.
 */
export type Loss = 'unsent' | 'unanswered' | 'held';

export interface ImapRelay {
  readonly port: number;
  /** All that was sent, without tags: `UID STORE 1 +FLAGS (\Seen)`. */
  readonly commands: readonly string[];
  readonly connections: number;
  /** The most connections that were logging in or logged in at the same time: those are what a server counts for a user. */
  readonly mostAtOnce: number;
  readonly bytesFromServer: number;
  /** The same account, in cleartext by way of this. */
  through(caller: Caller): Caller;
  /** Cuts the connection on which the next such command, or line of a message, is sent. Resolves when the server has answered. */
  loseAt(command: RegExp, loss: Loss): Promise<void>;
  /** Cuts all connections when the server has sent that many bytes more. */
  cutAfter(bytes: number): void;
  cut(): void;
  stop(): Promise<void>;
}

export async function startImapRelay(serverPort: number): Promise<ImapRelay> {
  const commands: string[] = [];
  const open = new Set<() => void>();
  const loggedIn = new Set<() => void>();
  const state = { connections: 0, mostAtOnce: 0, bytesFromServer: 0, cutAt: Number.POSITIVE_INFINITY };
  let trap: { readonly command: RegExp; readonly loss: Loss; readonly sprung: () => void } | undefined;
  const cut = (): void => {
    for (const end of open) end();
  };

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: serverPort, host: '127.0.0.1', noDelay: true });
    const end = (): void => {
      client.destroy();
      server.destroy();
      open.delete(end);
      loggedIn.delete(end);
    };
    let doom: (() => void) | undefined;
    open.add(end);
    state.connections += 1;
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    // Here and not at the close a moment later: the next connection is counted from its login on.
    client.on('end', end);
    client.on('data', (bytes: Buffer) => {
      for (const line of bytes.toString('latin1').split('\r\n').slice(0, -1)) {
        const command = line.slice(line.indexOf(' ') + 1);
        commands.push(command);
        if (/^(LOGIN|AUTHENTICATE)\b/.test(command)) loggedIn.add(end);
        state.mostAtOnce = Math.max(state.mostAtOnce, loggedIn.size);
        if (trap?.command.test(command) !== true) continue;
        const { loss, sprung } = trap;
        trap = undefined;
        if (loss === 'unsent') {
          sprung();
          return end();
        }
        doom = () => {
          sprung();
          if (loss !== 'held') end();
        };
      }
      pass(client, server, bytes);
    });
    server.on('data', (bytes: Buffer) => {
      if (doom !== undefined) return doom();
      state.bytesFromServer += bytes.length;
      pass(server, client, bytes);
      if (state.bytesFromServer >= state.cutAt) {
        state.cutAt = Number.POSITIVE_INFINITY;
        cut();
      }
    });
  });
  const port = await listening(listener);
  return {
    port,
    commands,
    get connections() {
      return state.connections;
    },
    get mostAtOnce() {
      return state.mostAtOnce;
    },
    get bytesFromServer() {
      return state.bytesFromServer;
    },
    through: (caller) => ({ ...caller, mailServer: `imap://127.0.0.1:${port}?security=none` }),
    loseAt: (command, loss) =>
      new Promise((sprung) => {
        trap = { command, loss, sprung };
      }),
    cutAfter(bytes) {
      state.cutAt = state.bytesFromServer + bytes;
    },
    cut,
    async stop() {
      cut();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Reads on when what was read has left. */
function pass(from: Socket, to: Socket, bytes: Buffer): void {
  if (to.destroyed || to.write(bytes)) return;
  from.pause();
  to.once('drain', () => from.resume());
}
