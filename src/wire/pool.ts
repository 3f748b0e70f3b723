/**
 * Which mail session serves a request?
 *
 * One pool belongs to one account's object. A session is kept warm for a while, is reached only with the credential that
 * opened it, serves one request at a time, and is never kept when anything about it is in doubt. How many there may be is
 * ours to say until the mail server says less.
 */
import type { Account } from '../core/account.ts';
import { err, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { type Timings, timed } from '../core/reply.ts';
import { type CredentialDigest, CredentialDigester, isSameCredential } from './credential.ts';
import { LoginGuard } from './login-guard.ts';
import type { LoginMemory } from './login-memory.ts';
import { type Turn, Turns } from './turns.ts';

export interface Poolable {
  /** False as soon as the connection is known to have ended. */
  readonly isOpen: boolean;
  /** How many sessions the server can serve well, when that is fewer than it allows; null when it does not matter. */
  readonly mostSessions: number | null;
  /** Ends the connection at once, without a word to the server that could change anything there. */
  close(): void;
}

export interface Lease<S> {
  readonly session: S;
  /** True when the session served another request before: it may be stale, or dead without knowing yet. */
  readonly isWarm: boolean;
  /** From then on it serves no further request, so that a changed password stops working. */
  readonly endsAtMs: number;
  /** Gives the session back for the next request. */
  release(): void;
  /** Closes the session: whatever state it is in, nobody shall meet it. */
  discard(): void;
}

export interface Wish<S> {
  /** Never reuse: open a session that sees the server as it is now. */
  readonly fresh?: boolean;
  /** The session will be held for as long as somebody reads. */
  readonly stream?: boolean;
  /**
   * It will be held for as long as nobody else wants it, which is told by this call. Fails with `queue-full` at once when all
   * are taken.
   */
  readonly onWanted?: (() => void) | undefined;
  /** Among several warm sessions, take one of these first. */
  readonly prefer?: (session: S) => boolean;
}

interface Slot<S> {
  readonly session: S;
  readonly credential: CredentialDigest;
  readonly openedAt: number;
  idleTimer?: ReturnType<typeof setTimeout>;
}

/** How often a request stands in line again when the server has refused it one session more. */
const mostAttempts = 3;

/** What a server's plain refusal means that refuses the same credential again and again while sessions with it are open. */
const noneLeft: MailFailure = {
  kind: 'server-limit-reached',
  limitedBy: 'mail-server',
  responseCode: null,
  retryAfterSeconds: 30,
};

/** How servers refuse one session more without saying so. */
const refusals: ReadonlySet<MailFailure['kind']> = new Set([
  'login-refused',
  'login-unavailable',
  'connect-failed',
  'connection-lost',
]);

export interface PoolOptions<S> {
  readonly sessions: number;
  readonly idleMs: number;
  readonly memory: LoginMemory;
  readonly open: (account: Account, timings: Timings) => Promise<Result<S>>;
}

interface Found<S> {
  readonly slot: Slot<S>;
  readonly isWarm: boolean;
}

interface Asked<S> {
  readonly account: Account;
  readonly credential: CredentialDigest;
  readonly wish: Wish<S>;
  readonly timings: Timings;
  readonly sinceMs: number;
}

export class SessionPool<S extends Poolable> {
  readonly #options: PoolOptions<S>;
  readonly #digester: CredentialDigester;
  readonly #guard: LoginGuard;
  readonly #turns: Turns;
  readonly #idle = new Set<Slot<S>>();
  readonly #busy = new Set<Slot<S>>();
  #opening = 0;
  #lastEndMs = 0;
  #lastLimit: { readonly refusal: Result<never>; readonly atMs: number } | null = null;

  constructor(options: PoolOptions<S>) {
    this.#options = options;
    this.#digester = new CredentialDigester(options.memory.salt);
    this.#guard = new LoginGuard(options.memory);
    this.#turns = new Turns(options.sessions);
  }

  /** What tells one credential from another here. */
  digest(account: Account): Promise<CredentialDigest> {
    return this.#digester.digest(account);
  }

  /** A session for `account`, warm or new. Fails as waiting does, as the guard does, or as opening does. */
  async take(account: Account, wish: Wish<S>, timings: Timings): Promise<Result<Lease<S>>> {
    const credential = await this.#digester.digest(account);
    return this.#guard.judge(credential, () => this.#take({ account, credential, wish, timings, sinceMs: Date.now() }));
  }

  /** All that there are, whoever has them. */
  get sessions(): readonly S[] {
    return [...this.#idle, ...this.#busy].map(({ session }) => session);
  }

  /** Ends those that nobody uses and that are of no use any more. */
  retire(isUseless: (session: S) => boolean): void {
    for (const slot of [...this.#idle]) if (isUseless(slot.session)) this.#drop(slot);
  }

  /** Those that are held for as long as nobody wants them are wanted now (`Wish.onWanted`). */
  recall(): void {
    this.#turns.recall();
  }

  async #take(asked: Asked<S>): Promise<Result<Lease<S>>> {
    const untilMs = asked.sinceMs + limits.queueMs;
    const { stream, onWanted } = asked.wish;
    const takeTurn = (isFirst: boolean) =>
      timed(asked.timings, 'queue', () => this.#turns.take({ isStream: stream === true, isFirst, untilMs, onWanted }));
    let turn = await takeTurn(false);
    for (let attempt = 1; turn.ok; attempt++) {
      const taken = await this.#takeIn(turn.value, asked, attempt < mostAttempts);
      if (taken !== 'one too many') return taken;
      turn = await takeTurn(true);
    }
    return turn;
  }

  async #takeIn(turn: Turn, asked: Asked<S>, mayRepeat: boolean): Promise<Result<Lease<S>> | 'one too many'> {
    let isLeased = false;
    try {
      const taken = await this.#slotFor(asked);
      if (taken.ok) {
        isLeased = true;
        return ok(this.#lease(taken.value.slot, turn, taken.value.isWarm));
      }
      if (!this.#isOneTooMany(taken.failure, asked.credential)) return taken;
      // It stands in the way of others still, and says nothing of the password.
      if (!mayRepeat) return taken.failure.kind === 'login-refused' ? err(noneLeft) : taken;
      // Before the turn is given back: whoever has it next would be one too many as well.
      this.#useFewer(asked, taken.failure);
      return 'one too many';
    } finally {
      // Also when something throws: a turn that is not given back is a session that nobody can use again.
      if (!isLeased) turn.giveBack();
    }
  }

  async #slotFor({ account, credential, wish, timings, sinceMs }: Asked<S>): Promise<Result<Found<S>>> {
    const warm = this.#pickIdle(credential, wish);
    if (warm !== undefined) return ok({ slot: warm, isWarm: true });
    // While this waited for its turn, the same credential may have been refused to others.
    const opened = this.#guard.held(credential) ?? this.#refusedSince(sinceMs) ?? (await this.#open(account, timings));
    return opened.ok ? ok({ slot: slotOf(opened.value, credential), isWarm: false }) : opened;
  }

  async #open(account: Account, timings: Timings): Promise<Result<S>> {
    this.#makeRoom();
    this.#opening += 1;
    let opened: Result<S>;
    try {
      opened = await this.#options.open(account, timings);
    } finally {
      this.#opening -= 1;
    }
    if (opened.ok && opened.value.mostSessions !== null) {
      this.#turns.lower(opened.value.mostSessions, Number.POSITIVE_INFINITY);
    }
    if (!opened.ok && opened.failure.kind === 'server-limit-reached') {
      this.#lastLimit = { refusal: opened, atMs: Date.now() };
    }
    return opened;
  }

  /** The sessions of this account besides the one that was just refused. */
  get #others(): number {
    return this.#busy.size + this.#idle.size + this.#opening;
  }

  /**
   * A server that has refused a session while this waited, with none of ours open, is not asked by each of those who wait; unless
   * the one that it may have counted has ended since.
   */
  #refusedSince(sinceMs: number): Result<never> | undefined {
    if (this.#lastLimit === null || this.#busy.size + this.#idle.size > 0) return undefined;
    const { refusal, atMs } = this.#lastLimit;
    return atMs > sinceMs && this.#lastEndMs <= atMs ? refusal : undefined;
  }

  /**
   * Whether a session was refused because of those that are open. Not every server says so: some refuse the password, or
   * the connection; but a password that another session was opened with just now is not wrong.
   */
  #isOneTooMany({ kind }: MailFailure, credential: CredentialDigest): boolean {
    if (kind === 'server-limit-reached') return this.#others > 0;
    return refusals.has(kind) && [...this.#idle, ...this.#busy].some((slot) => isOpenWith(slot, credential));
  }

  /** What is idle and of no use here goes first, since the server counts it too; else there are enough as it is. */
  #useFewer({ credential, wish }: Asked<S>, { kind }: MailFailure): void {
    const useless = [...this.#idle].filter((slot) => wish.fresh === true || !isOpenWith(slot, credential));
    for (const slot of useless) this.#drop(slot);
    if (useless.length > 0) this.#lastLimit = null;
    else this.#turns.lower(this.#others, this.#isUnsure(kind) ? limits.fewerSessionsUnsureMs : limits.fewerSessionsMs);
  }

  /** A network may fail once, and a server may notice late that one of our sessions has ended. */
  #isUnsure(kind: MailFailure['kind']): boolean {
    const hasJustEnded = Date.now() - this.#lastEndMs < limits.lingeringLockMs;
    return hasJustEnded || !['server-limit-reached', 'login-refused'].includes(kind);
  }

  #pickIdle(credential: CredentialDigest, wish: Wish<S>): Slot<S> | undefined {
    const usable: Slot<S>[] = [];
    for (const slot of this.#idle) {
      const isAged = Date.now() - slot.openedAt > limits.sessionAgeMs;
      if (!slot.session.isOpen || isAged) this.#drop(slot);
      else if (isSameCredential(slot.credential, credential)) usable.push(slot);
    }
    if (wish.fresh === true) return undefined;
    const chosen = usable.find(({ session }) => wish.prefer?.(session)) ?? usable[0];
    if (chosen !== undefined) this.#wakeUp(chosen);
    return chosen;
  }

  /** An idle session counts against the account's connections at the server; the oldest goes when another is opened. */
  #makeRoom(): void {
    for (const slot of this.#idle) {
      if (this.#turns.taken - 1 + this.#idle.size < this.#turns.most) return;
      this.#drop(slot);
    }
  }

  #lease(slot: Slot<S>, turn: Turn, isWarm: boolean): Lease<S> {
    this.#busy.add(slot);
    const end = (keep: boolean): void => {
      if (!this.#busy.delete(slot)) return;
      if (keep && slot.session.isOpen) this.#keep(slot);
      else this.#end(slot);
      turn.giveBack();
    };
    const endsAtMs = slot.openedAt + limits.sessionAgeMs;
    return { session: slot.session, isWarm, endsAtMs, release: () => end(true), discard: () => end(false) };
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
    this.#end(slot);
  }

  #end(slot: Slot<S>): void {
    this.#lastEndMs = Date.now();
    slot.session.close();
  }
}

const slotOf = <S>(session: S, credential: CredentialDigest): Slot<S> => ({
  session,
  credential,
  openedAt: Date.now(),
});

const isOpenWith = (slot: Slot<Poolable>, credential: CredentialDigest): boolean =>
  slot.session.isOpen && isSameCredential(slot.credential, credential);
