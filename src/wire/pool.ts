/**
 * Which mail session serves a request?
 *
 * One pool belongs to one account's object. A session is kept warm for a while, is reached only with the credential that
 * opened it, serves one request at a time, and is never kept when anything about it is in doubt. Requests beyond the
 * sessions that an account may have wait in order, and not for ever.
 */
import type { Account } from '../core/account.ts';
import { err, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { type Timings, timed } from '../core/reply.ts';
import { type CredentialDigest, CredentialDigester } from './credential.ts';

export interface Poolable {
  /** False as soon as the connection is known to have ended. */
  readonly isOpen: boolean;
  /** Ends the connection at once, without a word to the server that could change anything there. */
  close(): void;
}

export interface Lease<S> {
  readonly session: S;
  /** True when the session served another request before: it may be stale, or dead without knowing yet. */
  readonly isWarm: boolean;
  /** Gives the session back for the next request. */
  release(): void;
  /** Closes the session: whatever state it is in, nobody shall meet it. */
  discard(): void;
}

export interface Wish<S> {
  /** Never reuse: open a session that sees the server as it is now. */
  readonly fresh?: boolean;
  /** Among several warm sessions, take one of these first. */
  readonly prefer?: (session: S) => boolean;
}

interface Slot<S> {
  readonly session: S;
  readonly credential: CredentialDigest;
  readonly openedAt: number;
  idleTimer?: ReturnType<typeof setTimeout>;
}

interface Waiter {
  readonly wake: () => void;
}

export interface PoolOptions<S> {
  readonly sessions: number;
  readonly idleMs: number;
  readonly open: (account: Account, timings: Timings) => Promise<Result<S>>;
}

export class SessionPool<S extends Poolable> {
  readonly #options: PoolOptions<S>;
  readonly #digester = new CredentialDigester();
  readonly #idle = new Set<Slot<S>>();
  readonly #waiting: Waiter[] = [];
  /** Sessions that are open, being opened, or promised to a waiter that was just woken. */
  #taken = 0;

  constructor(options: PoolOptions<S>) {
    this.#options = options;
  }

  /** A session for `account`, warm or new. Fails with `queue-full`, `deadline-exceeded` (queue) or as opening fails. */
  async take(account: Account, wish: Wish<S>, timings: Timings): Promise<Result<Lease<S>>> {
    const credential = await this.#digester.digest(account);
    const turn = await timed(timings, 'queue', () => this.#turn());
    if (!turn.ok) return turn;
    const warm = this.#pickIdle(credential, wish);
    if (warm !== undefined) return ok(this.#lease(warm, true));
    this.#makeRoom();
    const opened = await this.#open(account, timings);
    if (!opened.ok) return opened;
    return ok(this.#lease({ session: opened.value, credential, openedAt: Date.now() }, false));
  }

  async #open(account: Account, timings: Timings): Promise<Result<S>> {
    let opened: Result<S> | undefined;
    try {
      opened = await this.#options.open(account, timings);
      return opened;
    } finally {
      // Also when `open` throws: a turn that is not given back is a session that nobody can use again.
      if (opened?.ok !== true) this.#giveTurnBack();
    }
  }

  /** Waits until one of the account's sessions is free to be used or opened. */
  async #turn(): Promise<Result<void>> {
    if (this.#taken < this.#options.sessions) {
      this.#taken += 1;
      return ok(undefined);
    }
    if (this.#waiting.length >= limits.queuedRequests)
      return err({ kind: 'queue-full', limitedBy: 'postern', retryAfterSeconds: 5 });
    return new Promise((resolve) => {
      const waiter: Waiter = {
        wake: () => {
          clearTimeout(deadline);
          resolve(ok(undefined));
        },
      };
      const deadline = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        resolve(err({ kind: 'deadline-exceeded', phase: 'queue', limitMs: limits.queueMs }));
      }, limits.queueMs);
      this.#waiting.push(waiter);
    });
  }

  #giveTurnBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next.wake();
  }

  #pickIdle(credential: CredentialDigest, wish: Wish<S>): Slot<S> | undefined {
    const usable: Slot<S>[] = [];
    for (const slot of this.#idle) {
      const isAged = Date.now() - slot.openedAt > limits.sessionAgeMs;
      if (!slot.session.isOpen || isAged) this.#drop(slot);
      else if (this.#digester.isSame(slot.credential, credential)) usable.push(slot);
    }
    if (wish.fresh === true) return undefined;
    const chosen = usable.find(({ session }) => wish.prefer?.(session)) ?? usable[0];
    if (chosen !== undefined) this.#wakeUp(chosen);
    return chosen;
  }

  /** An idle session counts against the account's connections at the server; the oldest goes when another is opened. */
  #makeRoom(): void {
    const busy = this.#taken - 1;
    for (const slot of this.#idle) {
      if (busy + this.#idle.size < this.#options.sessions) return;
      this.#drop(slot);
    }
  }

  #lease(slot: Slot<S>, isWarm: boolean): Lease<S> {
    let isEnded = false;
    const end = (keep: boolean): void => {
      if (isEnded) return;
      isEnded = true;
      if (keep && slot.session.isOpen) this.#keep(slot);
      else slot.session.close();
      this.#giveTurnBack();
    };
    return { session: slot.session, isWarm, release: () => end(true), discard: () => end(false) };
  }

  #keep(slot: Slot<S>): void {
    slot.idleTimer = setTimeout(() => this.#drop(slot), this.#options.idleMs);
    this.#idle.add(slot);
  }

  #wakeUp(slot: Slot<S>): void {
    clearTimeout(slot.idleTimer);
    this.#idle.delete(slot);
  }

  #drop(slot: Slot<S>): void {
    this.#wakeUp(slot);
    slot.session.close();
  }
}
