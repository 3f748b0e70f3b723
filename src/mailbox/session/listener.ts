/**
 * What does one caller know of a mailbox, and what does it wait for?
 *
 * Nothing is queued for it: it has the state that it was told last, and what has changed since is found out when it asks for
 * more. So one that reads slowly costs nothing, and gets many changes as one.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { FetchedChanges } from '../answers.ts';

type Told = Result<FetchedChanges> | null;

export class Listener {
  readonly maxChanges: number;
  /** To be called whenever there may be something to do for it. */
  readonly #wants: () => void;
  /** What its caller has. */
  #state: Uint8Array;
  /** A later one, when nothing has changed up to it. */
  #known: Uint8Array;
  /** With which news that was the whole truth; null when it never was. */
  #upTo: number | null = null;
  #failure: MailFailure | null = null;
  #waiting: { readonly tell: (told: Told) => void; readonly timer: ReturnType<typeof setTimeout> } | null = null;

  constructor(state: Uint8Array, maxChanges: number, wants: () => void) {
    this.#state = state;
    this.#known = state;
    this.maxChanges = maxChanges;
    this.#wants = wants;
  }

  /** From where it is to be looked what has changed. */
  get known(): Uint8Array {
    return this.#known;
  }

  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** Null when it was never told all that there is. */
  get upTo(): number | null {
    return this.#upTo;
  }

  /** What has changed; null when nothing has for so long. One call at a time. */
  next(withinMs: number): Promise<Told> {
    if (this.#failure !== null) return Promise.resolve(err(this.#failure));
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#tell(null), withinMs);
      this.#waiting = { tell: resolve, timer };
      this.#wants();
    });
  }

  /** What has changed since what it knows, as it was with these news. */
  take(changes: FetchedChanges, news: number): void {
    // One that does not wait just now is to be asked about again, from what it knows.
    if (this.#waiting === null) return;
    this.#known = changes.newState;
    this.#upTo = changes.hasMoreChanges ? null : news;
    // Otherwise its caller keeps what it has: each answer goes on from the one before.
    if (!hasChanges(changes)) return;
    const oldState = this.#state;
    this.#state = changes.newState;
    this.#tell(ok({ ...changes, oldState }));
  }

  /** It will be told nothing else. */
  fail(failure: MailFailure): void {
    this.#failure = failure;
    this.#tell(err(failure));
  }

  /** Nobody waits any more. */
  leave(): void {
    this.#tell(null);
  }

  #tell(told: Told): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    clearTimeout(waiting.timer);
    waiting.tell(told);
  }
}

export const hasChanges = ({ created, updated, destroyed, hasMoreChanges }: FetchedChanges): boolean =>
  hasMoreChanges || created.length + updated.length + destroyed.length > 0;
