/**
 * What does a Watcher do when it wakes up?
 *
 * It looks with every credential that is due and sends every event that is due, both at the same time, until nothing is left to be done or
 * its time is over. The next wake-up is set before anything else, so that nothing is forgotten when it is lost on the way.
 */
import { limits } from '../../core/limits.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import type { Courier } from '../delivery/courier.ts';
import type { WatchStore } from '../store/watch-store.ts';
import { capsuleEndings } from './endings.ts';
import type { Looks } from './looks.ts';

interface RoundsOptions {
  readonly store: WatchStore;
  readonly looks: Looks;
  readonly courier: Courier;
  /** Ids of capsules that are not good any more. */
  readonly revoked: ReadonlySet<string>;
  readonly now: () => number;
}

export class Rounds {
  readonly #options: RoundsOptions;
  #forgotAtMs: number | null = null;
  /** Null when nothing is being sent. */
  #sending: Promise<void> | null = null;
  /** After what could not be read or written: it would be the same at once. */
  #sendsAgainMs = 0;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** Until nothing is left to be done, or it is `untilMs`; what has begun by then goes on, and the next round meets it. */
  async run(untilMs: number): Promise<void> {
    const { looks, now } = this.#options;
    await this.#endLapsed();
    this.#forget();
    for (;;) {
      await looks.begin();
      const sending = this.#send(untilMs);
      const { running, told } = looks;
      const nextMs = (await looks.nextMs()) ?? untilMs;
      // Whoever sends needs no more than to be told when a look has found something.
      await firstOf([told, ...(running.length > 0 ? running : [sending])], Math.min(nextMs, untilMs) - now());
      const isAtRest = looks.running.length === 0 && this.#sending === null;
      const isLookDue = ((await looks.nextMs()) ?? untilMs) <= now();
      if (now() >= untilMs || (isAtRest && running.length === 0 && !isLookDue)) return;
    }
  }

  /** When there is something to be done; null when there is nothing any more. */
  async nextMs(): Promise<number | null> {
    const { store, looks, courier } = this.#options;
    if (store.isEmpty()) return null;
    const forgetMs = (this.#forgotAtMs ?? 0) + limits.watchForgetMs;
    const dueMs = await courier.nextMs();
    const sendMs = dueMs === null ? null : Math.max(dueMs, this.#sendsAgainMs);
    const times = [await looks.nextMs(), sendMs, await this.#nextLapseMs(), forgetMs];
    return Math.min(...times.filter((time) => time !== null));
  }

  /** To be called as often as there may be something new: whoever sends already hears of it. */
  #send(untilMs: number): Promise<void> {
    const sending: Promise<void> = this.#options.courier
      .run(untilMs)
      .catch((error: unknown) => {
        logEvent('watch.crashed', crashOf(error));
        this.#sendsAgainMs = this.#options.now() + limits.accountOutageMs;
      })
      .finally(() => {
        if (this.#sending === sending) this.#sending = null;
      });
    this.#sending = sending;
    return sending;
  }

  async #endLapsed(): Promise<void> {
    const { store, revoked, now } = this.#options;
    const endings = async () => capsuleEndings(await store.subscriptions(), revoked, now());
    if ((await endings()).length > 0) await store.commit(endings);
  }

  async #nextLapseMs(): Promise<number | null> {
    const kept = await this.#options.store.subscriptions();
    const ends = kept.flatMap(({ subscription: { status, lineage } }) =>
      status === 'ended' || lineage === null ? [] : [lineage.expiresAt * 1000],
    );
    return ends.length === 0 ? null : Math.min(...ends);
  }

  #forget(): void {
    const nowMs = this.#options.now();
    if (this.#forgotAtMs !== null && nowMs - this.#forgotAtMs < limits.watchForgetMs) return;
    const forgotten = this.#options.store.forgetOld(nowMs - limits.deliveriesKeptMs);
    // It stops after some hundred; the rest is for the next round.
    this.#forgotAtMs = forgotten === 0 ? nowMs : null;
  }
}

/** As soon as one of them has ended, or the time is over. */
async function firstOf(going: readonly Promise<void>[], waitMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const time = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(waitMs, 0));
  });
  await Promise.race([...going, time]);
  clearTimeout(timer);
}
