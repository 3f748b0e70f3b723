/**
 * What is written down of a message that was taken in?
 *
 * Before its last octets leave, that it may be in the mailbox from now on; and before anybody is told that it is there, where. So
 * whatever is lost at whatever instant, who comes back knows what was begun. Kept as answers to requests with an Idempotency-Key
 * are (`wire/kept-answers.ts`): for a day at least, by a salted digest of the message and the mailbox.
 */
import type { Kept, KeptAnswers, KeptRequest } from '../../wire/kept-answers.ts';
import type { MessageName } from '../answers.ts';
import type { Place } from './arrivals.ts';

interface Intent {
  /** It was to stay where it came from. */
  readonly isKept: boolean;
}

export interface Doubtful extends Intent {
  /** Where it may be: among what has come since. */
  readonly place: Place;
  readonly sinceMs: number;
}

export interface Stored extends Intent {
  readonly message: MessageName;
  /** The server has made something else of it, as far as is known. */
  readonly isAltered: boolean;
}

export class TakeInRecord {
  readonly #request: KeptRequest<Doubtful, Stored>;
  readonly #isKept: boolean;

  constructor(
    answers: KeptAnswers,
    scope: { readonly user: string; readonly path: string },
    sha256: string,
    isKept: boolean,
  ) {
    this.#request = answers.request(['take-in', scope.user, scope.path], sha256);
    this.#isKept = isKept;
  }

  /** False when the same message is being taken into the same mailbox. Else it is to be ended. */
  begin(): boolean {
    return this.#request.begin();
  }

  end(): void {
    this.#request.end();
  }

  get state(): Kept<Doubtful, Stored>['state'] | null {
    return this.#request.find()?.state ?? null;
  }

  async doubt(place: Place): Promise<void> {
    await this.#keep({ kind: 'doubt', doubt: { place, sinceMs: Date.now(), isKept: this.#isKept } });
  }

  async stored(message: MessageName, wasAltered = false): Promise<void> {
    const { state } = this;
    const isAltered = wasAltered || (state?.kind === 'done' && state.answer.isAltered);
    const wasKept = state === null || (state.kind === 'done' ? state.answer : state.doubt).isKept;
    await this.#keep({ kind: 'done', answer: { message, isAltered, isKept: this.#isKept && wasKept } });
  }

  /** For another day: as long as somebody asks, what was known is not forgotten. */
  async renew(): Promise<void> {
    const { state } = this;
    if (state !== null) await this.#keep(state);
  }

  /** The server has said that it has not stored it. */
  forget(): void {
    this.#request.forget();
  }

  async #keep(state: Kept<Doubtful, Stored>['state']): Promise<void> {
    await this.#request.keep('', state);
  }
}
