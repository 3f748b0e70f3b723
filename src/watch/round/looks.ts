/**
 * Which accounts' credentials are to be looked with, and when?
 *
 * One look at a time with each, whoever wants it. What a look finds is stored before anybody is told of it.
 */
import type { MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import type { NewsOfEach } from '../news/news.ts';
import type { Prover } from '../proof/prover.ts';
import type { Change, WatchCredential } from '../store/change.ts';
import type { KeptSubscription, WatchStore } from '../store/watch-store.ts';
import { foundChanges, type Looked, type Present, troubleChanges } from './found.ts';
import { keepFound } from './keep-found.ts';
import type { Logins } from './logins.ts';
import { lookAt } from './look.ts';
import { pauseMs } from './timetable.ts';
import { isRefusal } from './trouble.ts';

interface LooksOptions {
  readonly store: WatchStore;
  readonly logins: Logins;
  readonly prover: Prover;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to before 1. */
  readonly random: () => number;
}

/** A credential, and all active subscriptions that look with it. */
interface Planned {
  readonly credential: WatchCredential;
  readonly active: readonly KeptSubscription[];
}

export class Looks {
  readonly #options: LooksOptions;
  /** By the credential's id; one that is not there is due. */
  readonly #nextMs = new Map<string, number>();
  /** What was said to be next before a look began: it is, if nothing else happens. */
  readonly #foreseenMs = new Map<string, number>();
  /** None begins again before, whatever became of the last one: what is not written, or not even begun, would be tried without a pause. */
  readonly #notBeforeMs = new Map<string, number>();
  readonly #lookedAtMs = new Map<string, number>();
  /** With which somebody wants a look that begins after now; true for one that has just been proven to be good. */
  readonly #wanted = new Map<string, boolean>();
  #told = Promise.withResolvers<void>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: LooksOptions) {
    this.#options = options;
  }

  /** Those that go on; none of them rejects. */
  get running(): readonly Promise<void>[] {
    return [...this.#running.values()];
  }

  /** Begins those that are due. */
  async begin(): Promise<void> {
    const nowMs = this.#options.now();
    for (const planned of await this.#plan()) {
      const { id } = planned.credential;
      if (this.#running.has(id) || this.#nextOf(planned) > nowMs) continue;
      this.#wanted.delete(id);
      const foreseenMs = this.#foreseenMs.get(id);
      this.#foreseenMs.delete(id);
      if (foreseenMs !== undefined && foreseenMs > nowMs) this.#nextMs.set(id, foreseenMs);
      else this.#rest(planned, nowMs);
      // As soon as one that has failed is tried again at the earliest (`troubleAfter`).
      const leastMs = Math.min(pauseMs(planned.active, nowMs, 0.5), limits.accountOutageMs);
      this.#notBeforeMs.set(id, nowMs + leastMs);
      const running = this.#look(planned)
        .catch((error: unknown) => logEvent('watch.crashed', crashOf(error)))
        .finally(() => this.#running.delete(id));
      this.#running.set(id, running);
    }
  }

  /** When the next one is due; null when there is nobody to look for. */
  async nextMs(): Promise<number | null> {
    const times = (await this.#plan()).map((planned) => this.#nextOf(planned));
    return times.length === 0 ? null : Math.min(...times);
  }

  /** The same, as if those that are due now had begun already. */
  async foreseenMs(): Promise<number | null> {
    const nowMs = this.#options.now();
    const times = (await this.#plan()).map((planned) => {
      const nextMs = this.#nextOf(planned);
      if (nextMs > nowMs) return nextMs;
      const loginDelayMs = this.#options.logins.loginDelayMs(planned.credential.account);
      const foreseenMs = nowMs + Math.max(pauseMs(planned.active, nowMs, this.#options.random()), loginDelayMs);
      this.#foreseenMs.set(planned.credential.id, foreseenMs);
      return foreseenMs;
    });
    return times.length === 0 ? null : Math.min(...times);
  }

  /** When it is due with this credential, as far as that is known. */
  nextWith({ id, trouble }: WatchCredential): number | null {
    return trouble?.nextTryMs ?? this.#nextMs.get(id) ?? null;
  }

  lookedWith(credentialId: string): number | null {
    return this.#lookedAtMs.get(credentialId) ?? null;
  }

  /** At once, as soon as the one that goes on has ended. `isProven`: a caller has just been let in with it, whatever was told of it before. */
  soon(credentialId: string, isProven = false): void {
    this.#wanted.set(credentialId, isProven || this.#wanted.get(credentialId) === true);
    this.#told.resolve();
    this.#told = Promise.withResolvers();
  }

  /** Resolves when somebody wants one. */
  get told(): Promise<void> {
    return this.#told.promise;
  }

  /** Somebody else has just looked with it, and found that it is good. */
  async learned(credentialId: string): Promise<void> {
    const nowMs = this.#options.now();
    this.#lookedAtMs.set(credentialId, nowMs);
    this.#options.prover.learn(credentialId, true, nowMs);
    const planned = (await this.#plan()).find(({ credential }) => credential.id === credentialId);
    if (planned !== undefined) this.#rest(planned, nowMs);
  }

  /** Somebody else was refused with it: nobody asks again before it is its time. */
  async refused(credentialId: string, failure: MailFailure): Promise<void> {
    const nowMs = this.#options.now();
    this.#options.prover.learn(credentialId, false, nowMs);
    await this.#options.store.commit(async () => {
      return troubleChanges(credentialId, failure, limits.accountOutageMs, await this.present(), nowMs);
    });
  }

  async present(): Promise<Present> {
    const { store } = this.#options;
    return { subscriptions: await store.subscriptions(), credentials: await store.credentials() };
  }

  async #plan(): Promise<readonly Planned[]> {
    const { subscriptions, credentials } = await this.present();
    return credentials
      .map((credential) => ({ credential, active: subscriptions.filter((kept) => isFor(kept, credential)) }))
      .filter(({ active }) => active.length > 0);
  }

  #nextOf({ credential }: Planned): number {
    // Not before it has ended, and that is noticed.
    if (this.#running.has(credential.id))
      return Math.max(this.#nextMs.get(credential.id) ?? 0, this.#options.now() + 1000);
    return Math.max(this.#dueOf(credential), this.#options.logins.restsUntilMs(credential.account));
  }

  #dueOf({ id, trouble }: WatchCredential): number {
    // Who is locked out after so many refusals is locked out for all, whoever wants to know something soon.
    const isRefused = trouble !== null && trouble.reason !== 'unreachable';
    const isProven = this.#wanted.get(id);
    if (isProven === true || (isProven === false && !isRefused)) return 0;
    if (trouble === null) return this.#nextMs.get(id) ?? 0;
    return Math.max(trouble.nextTryMs, this.#notBeforeMs.get(id) ?? 0);
  }

  #rest({ credential, active }: Planned, nowMs: number): void {
    this.#nextMs.set(credential.id, nowMs + pauseMs(active, nowMs, this.#options.random()));
  }

  async #look({ credential, active }: Planned): Promise<void> {
    const { store, logins, now } = this.#options;
    // What its receiver has no room for stays in the mailbox.
    const watched = active.filter(({ subscription: { id } }) => store.counts(id).pending < limits.pendingEvents);
    if (watched.length === 0) return;
    const asked = watched.map(({ subscription, known }) => ({ subscription, known, since: null }));
    const found = await lookAt(logins, credential, asked, limits.newsEvents);
    const nowMs = now();
    // The maildrop was ours meanwhile, for messages that events are about: that says nothing of the account.
    if (!found.ok && isOurQueue(found.failure)) return;
    if (!found.ok) return this.#failed({ credential, watched }, found.failure, nowMs);
    this.#lookedAtMs.set(credential.id, nowMs);
    this.#options.prover.learn(credential.id, true, nowMs);
    await this.#found({ credential, watched }, found.value, nowMs);
  }

  async #found(looked: Looked, found: NewsOfEach, nowMs: number): Promise<void> {
    const changes = await foundChanges(looked, found, await this.present(), nowMs);
    if (changes.length === 0) return;
    const isStored = await keepFound(this.#options.store, looked, found, nowMs);
    const { id } = looked.credential;
    if (isStored && [...found.values()].some((news) => news.ok && news.value.hasMore)) return this.soon(id);
    const planned = (await this.#plan()).find(({ credential }) => credential.id === id);
    if (planned !== undefined) this.#rest(planned, nowMs);
  }

  async #failed({ credential, watched }: Looked, failure: MailFailure, nowMs: number): Promise<void> {
    if (isRefusal(failure)) this.#options.prover.learn(credential.id, false, nowMs);
    const pollMs = pauseMs(watched, nowMs, 0.5);
    await this.#options.store.commit(async (): Promise<readonly Change[]> => {
      return troubleChanges(credential.id, failure, pollMs, await this.present(), nowMs);
    });
  }
}

const isOurQueue = (failure: MailFailure): boolean =>
  failure.kind === 'queue-full' || (failure.kind === 'deadline-exceeded' && failure.phase === 'queue');

const isFor = ({ subscription }: KeptSubscription, { id }: WatchCredential): boolean =>
  subscription.status === 'active' && subscription.credentialId === id;
