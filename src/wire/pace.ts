/**
 * Does a mail server get on with what it sends?
 *
 * Each wait has a deadline, but a byte just before each would hold the session for ever. So what comes has to be worth the
 * time that was waited for it. Only waiting counts: how long a reader takes over what has come is not the server's doing.
 */
import { Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

export class Pace {
  #creditMs: number = limits.commandMs;

  /** Awaits `work`, which brings as many bytes as `bytesOf` says. Throws `deadline-exceeded` when the server has dawdled for too long. */
  async keep<T>(work: Promise<T>, bytesOf: (result: T) => number): Promise<T> {
    const start = Date.now();
    const result = await work;
    this.add(Date.now() - start, bytesOf(result));
    return result;
  }

  /** So much was waited, and so much has come. What came quickly earns no more than a wait: a server may not rest on it for long. */
  add(waitedMs: number, bytes: number): void {
    const limitMs = limits.commandMs;
    const earnedMs = (bytes / limits.replyBytesPerSecond) * 1000;
    this.#creditMs = Math.min(limitMs, this.#creditMs - waitedMs + earnedMs);
    if (this.#creditMs < 0) throw new Failed({ kind: 'deadline-exceeded', phase: 'read', limitMs });
  }
}
