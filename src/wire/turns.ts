/**
 * Whose turn is it to use one of an account's sessions?
 *
 * In the order of arrival, no more at once than there may be sessions, and nobody waits for ever. Streams, which last as
 * long as their readers take, leave one session to those who want a quick answer. Who only listens has no hurry: it takes
 * what is free, and gives it up when somebody waits who is not served otherwise.
 */
import { err, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

export const queueFull: MailFailure = { kind: 'queue-full', limitedBy: 'postern', retryAfterSeconds: 5 };

export interface Wait {
  readonly isStream: boolean;
  /** Called once when the turn is to be given back soon. It counts as a stream's, and is not waited for. */
  readonly onWanted?: (() => void) | undefined;
  /** Before those who are waiting: for one whose turn came and led to nothing. */
  readonly isFirst: boolean;
  readonly untilMs: number;
}

/** To be given back, once. */
export interface Turn {
  giveBack(): void;
}

interface Waiter {
  readonly isStream: boolean;
  readonly wake: () => void;
}

/** For a while there may be no more than this. */
interface Cap {
  readonly most: number;
  readonly untilMs: number;
}

export class Turns {
  readonly #most: number;
  /** None of them is as low as another and shorter. */
  #caps: readonly Cap[] = [];
  #taken = 0;
  #streams = 0;
  readonly #waiting: Waiter[] = [];
  /** Of those who would give their turn up, and were not asked to yet; the oldest first. */
  readonly #yielding = new Set<() => void>();

  constructor(most: number) {
    this.#most = most;
  }

  /** How many there may be at once, as far as is known now. */
  get most(): number {
    return Math.min(this.#most, ...this.#caps.flatMap(({ most, untilMs }) => (Date.now() < untilMs ? [most] : [])));
  }

  get taken(): number {
    return this.#taken;
  }

  /** For so long there may be no more than `most`, and one at least. */
  lower(most: number, forMs: number): void {
    const cap: Cap = { most: Math.max(1, most), untilMs: Date.now() + forMs };
    const others = this.#caps.filter((other) => other.most < cap.most || other.untilMs > cap.untilMs);
    this.#caps = [...others, cap];
    // Those who wait meanwhile need nobody to give a turn back then.
    if (forMs < limits.queueMs) setTimeout(() => this.#wakeAll(), forMs + 1);
  }

  /** Fails with `queue-full` or `deadline-exceeded` (queue). */
  async take({ isStream, isFirst, untilMs, onWanted }: Wait): Promise<Result<Turn>> {
    if (onWanted !== undefined) return this.#isFree(true) ? ok(this.#yieldingTurn(onWanted)) : err(queueFull);
    if (this.#isFree(isStream)) return ok(this.#turn(isStream));
    if (this.#waiting.length >= limits.queuedRequests) return err(queueFull);
    this.#askToYield(isStream);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        isStream,
        wake: () => {
          clearTimeout(deadline);
          resolve(ok(this.#turn(isStream)));
        },
      };
      const deadline = setTimeout(
        () => {
          this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
          resolve(err({ kind: 'deadline-exceeded', phase: 'queue', limitMs: limits.queueMs }));
        },
        Math.max(0, untilMs - Date.now()),
      );
      if (isFirst) this.#waiting.unshift(waiter);
      else this.#waiting.push(waiter);
    });
  }

  /** All who would give their turn up are asked to. */
  recall(): void {
    const asked = [...this.#yielding];
    this.#yielding.clear();
    for (const onWanted of asked) onWanted();
  }

  /** Whoever wants a quick answer gets it from those who work, if any do. */
  #askToYield(isStream: boolean): void {
    const [onWanted] = this.#yielding;
    if (onWanted === undefined || (!isStream && this.#taken > this.#streams)) return;
    this.#yielding.delete(onWanted);
    onWanted();
  }

  #yieldingTurn(onWanted: () => void): Turn {
    const turn = this.#turn(true);
    this.#yielding.add(onWanted);
    return {
      giveBack: () => {
        this.#yielding.delete(onWanted);
        turn.giveBack();
      },
    };
  }

  #isFree(isStream: boolean): boolean {
    return this.#taken < this.most && (!isStream || this.#streams < Math.max(1, this.most - 1));
  }

  /** Counted at once, so that nobody else takes it before a waiter has run. */
  #turn(isStream: boolean): Turn {
    this.#taken += 1;
    if (isStream) this.#streams += 1;
    let isGivenBack = false;
    return {
      giveBack: () => {
        if (isGivenBack) return;
        isGivenBack = true;
        this.#taken -= 1;
        if (isStream) this.#streams -= 1;
        this.#wakeAll();
        // Those who worked were waited for, and may have been the last of them.
        if (this.#waiting.some((waiter) => !waiter.isStream)) this.#askToYield(false);
      },
    };
  }

  #wakeNext(): boolean {
    const next = this.#waiting.findIndex(({ isStream }) => this.#isFree(isStream));
    if (next >= 0) this.#waiting.splice(next, 1)[0]?.wake();
    return next >= 0;
  }

  #wakeAll(): void {
    while (this.#wakeNext());
  }
}
