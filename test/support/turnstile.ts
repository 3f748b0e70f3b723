/**
 * A way to a mail server on which one counts who is inside: connections that have logged in or are about to.
 *
 * Both protocols, in cleartext. What the server says can be held, so that nothing ends and everything piles up. It never
 * reads more than it could pass on, so that a reader that stops is felt by the server. One at a time may log in: Dovecot
 * counts a session when it has begun, so that several logins at the same moment get past its limit.
 */
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';
import type { Caller } from './postern.ts';

export interface Turnstile {
  readonly port: number;
  readonly connections: number;
  /** Connections that are there now. */
  readonly open: number;
  /** Logins that were begun. */
  readonly logins: number;
  /** The most that were logging in or logged in at the same time: those are what a server counts for a user. */
  readonly mostInside: number;
  readonly bytesFromServer: number;
  /** The same account, in cleartext by way of this. */
  through(caller: Caller): Caller;
  /** Nothing of what the server says passes any more, until `release`. */
  hold(): void;
  release(): void;
  stop(): Promise<void>;
}

/** How each protocol begins a login. What APOP's and AUTH's arguments are is nobody's business. */
const login = /^(?:\S+ (?:LOGIN|AUTHENTICATE)|AUTH|PASS|APOP)\b/im;

export async function startTurnstile(serverPort: number): Promise<Turnstile> {
  const open = new Set<Passage>();
  const inside = new Set<Passage>();
  const state = { connections: 0, logins: 0, mostInside: 0, bytesFromServer: 0, isHeld: false };
  let turn = Promise.resolve();
  const listener = createServer({ noDelay: true }, (client) => {
    const passage = new Passage(client, connect({ port: serverPort, host: '127.0.0.1', noDelay: true }));
    open.add(passage);
    state.connections += 1;
    if (state.isHeld) passage.hold();
    passage.onEnd = () => {
      open.delete(passage);
      inside.delete(passage);
    };
    passage.onLogin = (pass) => {
      state.logins += 1;
      inside.add(passage);
      state.mostInside = Math.max(state.mostInside, inside.size);
      turn = turn.then(pass);
    };
    passage.server.on('data', (bytes) => {
      state.bytesFromServer += bytes.length;
    });
  });
  const port = await listening(listener);
  return {
    port,
    get connections() {
      return state.connections;
    },
    get open() {
      return open.size;
    },
    get logins() {
      return state.logins;
    },
    get mostInside() {
      return state.mostInside;
    },
    get bytesFromServer() {
      return state.bytesFromServer;
    },
    through: ({ user, password, mailServer }) => {
      const protocol = mailServer.startsWith('imap') ? 'imap' : 'pop3';
      return { user, password, mailServer: `${protocol}://127.0.0.1:${port}?security=none` };
    },
    hold() {
      state.isHeld = true;
      for (const passage of open) passage.hold();
    },
    release() {
      state.isHeld = false;
      for (const passage of open) passage.release();
    },
    async stop() {
      for (const passage of open) passage.end();
      listener.close();
      await once(listener, 'close');
    },
  };
}

class Passage {
  onEnd: () => void = () => undefined;
  /** To be called back when the login may pass; resolves when it is answered. */
  onLogin: (pass: () => Promise<void>) => void = (pass) => void pass();
  readonly server: Socket;
  readonly #client: Socket;
  #isHeld = false;

  constructor(client: Socket, server: Socket) {
    this.#client = client;
    this.server = server;
    const end = (): void => this.end();
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    // Here and not at the close a moment later: the next connection is counted from its login on.
    client.on('end', end);
    client.on('data', (bytes: Buffer) => {
      if (login.test(bytes.toString('latin1'))) this.#logIn(bytes);
      else this.#pass(client, server, bytes);
    });
    server.on('data', (bytes: Buffer) => this.#pass(server, client, bytes));
  }

  hold(): void {
    this.#isHeld = true;
    this.server.pause();
  }

  release(): void {
    this.#isHeld = false;
    this.server.resume();
  }

  end(): void {
    this.#client.destroy();
    this.server.destroy();
    this.onEnd();
  }

  #logIn(bytes: Buffer): void {
    this.#client.pause();
    this.onLogin(async () => {
      this.#client.resume();
      this.#pass(this.#client, this.server, bytes);
      if (this.server.destroyed) return;
      const answered = Promise.withResolvers<void>();
      this.server.once('data', answered.resolve).once('close', answered.resolve);
      await answered.promise;
    });
  }

  /** Reads on when what was read has left. */
  #pass(from: Socket, to: Socket, bytes: Buffer): void {
    if (to.destroyed || to.write(bytes)) return;
    from.pause();
    to.once('drain', () => {
      if (from !== this.server || !this.#isHeld) from.resume();
    });
  }
}
