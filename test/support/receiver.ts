/**
 * A receiver of webhooks on loopback, which does with each request what it is told.
 *
 * It keeps every request, with what is wrong with its signature.
 */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening } from '../../scripts/listening.ts';
import { accepting, type Behaviour } from './receiver-behaviour.ts';
import { signatureFaults } from './webhook-signature.ts';

export interface Received {
  /** How many came before it. */
  readonly number: number;
  /** When all of it was there; milliseconds since 1970. */
  readonly atMs: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** `webhook-id` */
  readonly id: string;
  /** What was done with it. */
  readonly behaviour: Behaviour;
  /** Of its signature, by the secret of its path when it came. */
  readonly faults: readonly string[];
  /** Resolves when its connection is over or its answer is out; whether the sender went away before. */
  readonly done: Promise<'answered' | 'abandoned'>;
}

export interface Receiver {
  readonly port: number;
  /** Requests to whichever path are taken. Cleartext is what development allows on loopback. */
  url(path?: string): string;
  /** What requests are signed with whose path has no secret of its own. */
  readonly secret: string;
  trusts(path: string, secret: string): void;
  /** What is done with requests that come from now on. */
  behave(behaviour: Behaviour | ((request: Incoming) => Behaviour)): void;
  /** All so far, the oldest first. */
  readonly received: readonly Received[];
  /** The oldest that was not taken yet by this or `take`; when there is none, the next that comes. Fails at the deadline. */
  next(matches?: (received: Received) => boolean, timeoutMs?: number): Promise<Received>;
  /** Of those that have come, the ones that were not taken yet. */
  take(): readonly Received[];
  /** Nobody listens any more, until `listen`. */
  refuse(): Promise<void>;
  listen(): Promise<void>;
  stop(): Promise<void>;
}

export type Incoming = Pick<Received, 'number' | 'path' | 'headers' | 'body' | 'id'>;

const nextTimeoutMs = 30_000;

export async function startReceiver(): Promise<Receiver> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const secrets = new Map<string, string>();
  const received: Received[] = [];
  const inbox = new Inbox(() => received);
  let behaviourOf: (request: Incoming) => Behaviour = () => accepting;
  let count = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const done = new Promise<'answered' | 'abandoned'>((resolve) => {
      response.once('close', () => resolve(response.writableFinished ? 'answered' : 'abandoned'));
    });
    const body = await bodyOf(request);
    // The sender was killed: whatever it was, it has not come.
    if (body === null) return;
    const { url: path = '/', method = '' } = request;
    const headers = headersOf(request);
    const incoming = { number: count++, path, headers, body, id: headers['webhook-id'] ?? '' };
    const behaviour = behaviourOf(incoming);
    const faults = signatureFaults(incoming, secrets.get(path.split('?')[0] ?? '') ?? secret);
    const whole = { ...incoming, atMs: Date.now(), method, behaviour, faults, done };
    received.push(whole);
    inbox.arrived(whole);
    behaviour.act(response);
  };
  const server = createServer((request, response) => void serve(request, response));
  // What a receiver that hangs does is said by its behaviour.
  server.requestTimeout = 0;
  const port = await listening(server);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return {
    port,
    url: (path = '/hook') => `http://127.0.0.1:${port}${path}`,
    secret,
    trusts: (path, secret) => void secrets.set(path, secret),
    behave(behaviour) {
      behaviourOf = typeof behaviour === 'function' ? behaviour : () => behaviour;
    },
    received,
    next: (matches = () => true, timeoutMs = nextTimeoutMs) => inbox.next(matches, timeoutMs),
    take: () => inbox.take(),
    refuse: close,
    async listen() {
      await listening(server, { port });
    },
    async stop() {
      if (server.listening) await close();
    },
  };
}

/** What was not taken yet, and who waits for it. */
class Inbox {
  readonly #received: () => readonly Received[];
  readonly #untaken = new Set<Received>();
  readonly #waiting = new Set<(received: Received) => boolean>();

  constructor(received: () => readonly Received[]) {
    this.#received = received;
  }

  arrived(received: Received): void {
    for (const takes of this.#waiting) if (takes(received)) return;
    this.#untaken.add(received);
  }

  next(matches: (received: Received) => boolean, timeoutMs: number): Promise<Received> {
    for (const received of this.#untaken) {
      if (!matches(received)) continue;
      this.#untaken.delete(received);
      return Promise.resolve(received);
    }
    return new Promise((resolve, reject) => {
      const takes = (received: Received): boolean => {
        if (!matches(received)) return false;
        this.#waiting.delete(takes);
        clearTimeout(timer);
        resolve(received);
        return true;
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(takes);
        const those = this.#received().map(({ id, path, behaviour }) => `${path} ${id}: ${behaviour.name}`);
        reject(new Error(`nothing of the kind came within ${timeoutMs} ms, but:\n${those.join('\n')}`));
      }, timeoutMs);
      this.#waiting.add(takes);
    });
  }

  take(): readonly Received[] {
    const untaken = [...this.#untaken];
    this.#untaken.clear();
    return untaken;
  }
}

/** Null when its connection ended before its end. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | null> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET') return null;
    throw error;
  }
  return Buffer.concat(parts);
}

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));

/** The JSON of its body. */
export const bodyJson = ({ body }: Pick<Received, 'body'>): unknown => JSON.parse(Buffer.from(body).toString('utf8'));
