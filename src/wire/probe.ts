/**
 * How far does one come with a mail server that nobody has logged in to yet?
 *
 * Name and port, TLS, greeting; no more than that is said to it, and then it is left alone. Sockets are the proxy's, so this is an entry of
 * its own there, and keeps nothing. The egress rule is the same as for every other connection.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { within } from '../core/deadline.ts';
import { Failed, type MailFailure, type Phase } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { done, failedBy, notTried, type Probed } from '../core/probed.ts';
import type { MailServer } from '../core/server.ts';
import { greetingOf, upgradeAgreed } from './probe-talk.ts';
import { dial, hangUp } from './transport.ts';

export class Probe extends WorkerEntrypoint<Pick<Env, 'DEVELOPMENT'>> {
  /** What each of them comes to, in their order. */
  async look(servers: readonly MailServer[]): Promise<Probed[]> {
    const endsAtMs = Date.now() + limits.probesMs;
    const found: Probed[] = [];
    const waiting = [...servers.entries()];
    const lookOn = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [place, server] = next;
        found[place] = await new Look(server, this.env.DEVELOPMENT === 'true', endsAtMs).result();
      }
    };
    await Promise.all(Array.from({ length: limits.probesAtOnce }, lookOn));
    return found;
  }
}

/** One of them. */
class Look {
  readonly #server: MailServer;
  readonly #development: boolean;
  readonly #endsAtMs: number;
  #found: Probed = { host: notTried, tls: notTried, greeting: notTried };

  constructor(server: MailServer, development: boolean, endsAtMs: number) {
    this.#server = server;
    this.#development = development;
    this.#endsAtMs = endsAtMs;
  }

  async result(): Promise<Probed> {
    try {
      if (this.#server.security === 'tls') await this.#encrypted();
      else await this.#upgraded();
    } catch (error) {
      this.#blame(error instanceof Failed ? error.failure : { kind: 'connection-lost' });
    }
    return this.#found;
  }

  async #encrypted(): Promise<void> {
    const socket = await this.#openedWithTls();
    this.#reach('host', 'tls');
    await this.#using(socket, async () => {
      await this.#step('greeting', greetingOf(socket, this.#server.protocol));
      this.#reach('greeting');
    });
  }

  /** A connection that fails and one that cannot be encrypted look alike. Where one without TLS opens, it was that; nothing is sent. */
  async #openedWithTls(): Promise<Socket> {
    try {
      return await this.#opened(this.#server);
    } catch (error) {
      if (error instanceof Failed && error.failure.kind !== 'connect-failed') throw error;
      hangUp(await this.#opened({ ...this.#server, security: 'starttls' }));
      this.#reach('host');
      throw new Failed({ kind: 'tls-failed' });
    }
  }

  async #upgraded(): Promise<void> {
    const { protocol, security } = this.#server;
    const socket = await this.#opened(this.#server);
    this.#reach('host');
    await this.#using(socket, async () => {
      await this.#step('greeting', greetingOf(socket, protocol));
      this.#reach('greeting');
      // In development alone may cleartext be asked for; then there is nothing to encrypt.
      if (security === 'none') return this.#reach('tls');
      if (!(await this.#step('greeting', upgradeAgreed(socket, protocol)))) throw new Failed({ kind: 'tls-failed' });
      await this.#secured(socket.startTls());
      this.#reach('tls');
    });
  }

  async #secured(socket: Socket): Promise<void> {
    await this.#using(socket, async () => {
      try {
        await this.#step('connect', socket.opened);
      } catch (error) {
        throw error instanceof Failed ? error : new Failed({ kind: 'tls-failed' });
      }
    });
  }

  async #opened(server: MailServer): Promise<Socket> {
    const socket = dial(server, this.#development);
    try {
      await this.#step('connect', socket.opened);
      return socket;
    } catch (error) {
      hangUp(socket);
      throw error instanceof Failed ? error : new Failed({ kind: 'connect-failed' });
    }
  }

  async #using(socket: Socket, use: () => Promise<void>): Promise<void> {
    try {
      await use();
    } finally {
      hangUp(socket);
    }
  }

  #step<T>(phase: Phase, work: Promise<T>): Promise<T> {
    const leftMs = Math.max(0, this.#endsAtMs - Date.now());
    return within(Math.min(limits.probeMs, leftMs), phase, work);
  }

  #reach(...stages: readonly (keyof Probed)[]): void {
    for (const stage of stages) this.#found = { ...this.#found, [stage]: done };
  }

  /** The first stage that is not done: that is where it went wrong. */
  #blame(failure: MailFailure): void {
    const order = this.#server.security === 'tls' ? tlsFirst : greetingFirst;
    const stage = order.find((name) => this.#found[name].outcome !== 'done');
    if (stage !== undefined) this.#found = { ...this.#found, [stage]: failedBy(failure) };
  }
}

const tlsFirst = ['host', 'tls', 'greeting'] as const;
const greetingFirst = ['host', 'greeting', 'tls'] as const;
