/**
 * How does a session wait for the server to speak? (IDLE, RFC 2177)
 *
 * `IDLE`, a continuation from the server, whatever it has to tell, and `DONE`, which may not be said before the continuation
 * has come and not after the server has ended it by itself.
 */
import { within } from '../../core/deadline.ts';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { ImapClient } from './imapflow.ts';

export class Idle {
  readonly #client: ImapClient;
  readonly #begun = Promise.withResolvers<void>();
  readonly #completion: Promise<void>;
  readonly #saidAtMs = Date.now();
  #isOver = false;

  constructor(client: ImapClient) {
    this.#client = client;
    const onPlusTag = async (): Promise<void> => this.#begun.resolve();
    // Somebody may mark all messages as read.
    this.#completion = client.exec('IDLE', false, { untagged: {}, onPlusTag, isLong: true }).then(
      ({ next }) => {
        this.#isOver = true;
        next();
      },
      (error: unknown) => {
        this.#isOver = true;
        throw error;
      },
    );
  }

  /**
   * The server listens, or has ended it already. Rejects when it refuses. When `until` comes before, somebody else may be waiting
   * for this session.
   */
  async begin(until: Promise<void>): Promise<void> {
    const begun = Promise.race([this.#begun.promise, this.#completion]);
    await Promise.race([begun, until]);
    await answered(begun, this.#saidAtMs + limits.wakeUpMs - Date.now());
  }

  /** False when the server has ended it by itself. */
  get isRunning(): boolean {
    return !this.#isOver;
  }

  /** Until then, or until the server ends it; `end` tells how it did. */
  async rest(until: Promise<void>): Promise<void> {
    await Promise.race([until, this.#completion.catch(() => undefined)]);
  }

  async end(): Promise<void> {
    if (!this.#isOver) this.#client.write('DONE');
    await answered(this.#completion, limits.wakeUpMs);
  }
}

/** A connection that died in silence does not answer, and is lost rather than slow. */
async function answered(answer: Promise<void>, limitMs: number): Promise<void> {
  try {
    await within(limitMs, 'command', answer);
  } catch (error) {
    const isSilent = error instanceof Failed && error.failure.kind === 'deadline-exceeded';
    throw isSilent ? new Failed({ kind: 'connection-lost' }) : error;
  }
}
