/**
 * Who listens to a mailbox, and when is it to be looked what has changed for them?
 *
 * Each is told what has changed since the state that it knows; those who know the same are told the same. News of the server
 * are a reason to look, never what is told.
 */
import { Failed, type MailFailure, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { isPassing } from '../../wire/outage.ts';
import { Signal } from '../../wire/signal.ts';
import type { FetchedChanges } from '../answers.ts';
import { hasChanges, type Listener } from './listener.ts';

/** What has changed since a state. */
export type Look = (since: Uint8Array, maxChanges: number) => Promise<Result<FetchedChanges>>;

export class Audience {
  readonly #listeners = new Set<Listener>();
  readonly #signal = new Signal();
  /** Grows whenever something may have changed. */
  #news = 0;
  /** As it was when it was looked last; null when there was more than could be told. */
  #latest: Uint8Array | null = null;
  /** How often in a row nothing was found, although somebody was to be told. */
  #vain = 0;
  #lookedAtMs = 0;
  /** How long that took. */
  #lookMs = 0;

  get size(): number {
    return this.#listeners.size;
  }

  /** How long to leave a server alone that has to tell of a whole mailbox each time. */
  get #costMs(): number {
    return this.#lookMs * 4;
  }

  readonly wake = (): void => this.#signal.ring();

  join(listener: Listener): void {
    this.#listeners.add(listener);
    this.wake();
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener);
    listener.leave();
    this.wake();
  }

  dismiss(failure: MailFailure): void {
    for (const listener of this.#listeners) listener.fail(failure);
    this.#listeners.clear();
  }

  /** The server says that something has changed. */
  readonly alarm = (): void => {
    this.doubt();
    this.wake();
  };

  /** Something may have changed without a word of the server. */
  doubt(): void {
    this.#news += 1;
  }

  /** Tells all who wait, each once. Throws Failed for what may pass. */
  async tell(look: Look): Promise<void> {
    const news = this.#news;
    const startedAtMs = Date.now();
    const isForNew = this.#hasNew;
    const asked = new Set<Listener>();
    let hasFound = false;
    for (;;) {
      const next = [...this.#listeners].find((listener) => this.#isBehind(listener, news) && !asked.has(listener));
      if (next === undefined) break;
      const { known, maxChanges } = next;
      const found = await look(known, maxChanges);
      if (!found.ok && isPassing(found.failure)) throw new Failed(found.failure);
      if (found.ok) this.#latest = found.value.hasMoreChanges ? null : found.value.newState;
      hasFound ||= found.ok && hasChanges(found.value);
      const isAlike = (other: Listener) => other.maxChanges === maxChanges && isSame(other.known, known);
      for (const listener of [...this.#listeners].filter(isAlike)) {
        asked.add(listener);
        if (found.ok) listener.take(found.value, news);
        else if (listener.isWaiting) listener.fail(found.failure);
      }
    }
    this.#lookedAtMs = Date.now();
    this.#lookMs = this.#lookedAtMs - startedAtMs;
    if (hasFound) this.#vain = 0;
    else if (!isForNew) this.#vain += 1;
  }

  /** Until it is to be looked, until nobody listens, until `isOver`, or until that time. */
  async rest(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    for (;;) {
      const dueMs = Math.min(untilMs, this.#dueMs());
      if (this.size === 0 || isOver() || Date.now() >= dueMs) return;
      await this.#signal.wait(dueMs);
    }
  }

  /** Whether it is to be looked now, where no news come by themselves. */
  get isDue(): boolean {
    return Date.now() >= Math.min(this.#dueMs(), this.#pollAtMs);
  }

  /** Until that is so, or until nobody listens. */
  async restLong(): Promise<void> {
    await this.rest(this.#pollAtMs);
  }

  get #pollAtMs(): number {
    return this.#lookedAtMs + Math.max(limits.livePollMs, this.#costMs);
  }

  /** Until that time, or until nobody listens. */
  async pause(untilMs: number): Promise<void> {
    while (this.size > 0 && Date.now() < untilMs) await this.#signal.wait(untilMs);
  }

  #dueMs(): number {
    if (this.#hasNew) return 0;
    if (![...this.#listeners].some((listener) => this.#isBehind(listener, this.#news))) return Number.POSITIVE_INFINITY;
    const pauseMs = Math.max(limits.livePauseMs * 2 ** this.#vain, this.#costMs);
    return this.#lookedAtMs + Math.min(pauseMs, limits.livePauseMostMs);
  }

  get #hasNew(): boolean {
    return [...this.#listeners].some(({ isWaiting, upTo }) => isWaiting && upTo === null);
  }

  /**
   * Also who knows another state than was found last: each look has the server tell of what is new since the look before, and
   * of that never again, whoever it was for.
   */
  #isBehind({ isWaiting, upTo, known }: Listener, news: number): boolean {
    return isWaiting && (upTo !== news || this.#latest === null || !isSame(known, this.#latest));
  }
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((octet, at) => octet === other[at]);
