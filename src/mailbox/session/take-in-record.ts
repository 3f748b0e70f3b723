/**
 * What is written down of a message that was taken in?
 *
 * Before its last octets leave, that it may be in the mailbox from now on; and before anybody is told that it is there, where. So
 * whatever is lost at whatever instant, who comes back knows what was begun. Kept as answers to requests with an Idempotency-Key
 * are (`wire/kept-answers.ts`): for a day at least, by a salted digest of the message and the mailbox.
 */
import type { Kept, KeptAnswers, KeptRequest } from '../../wire/kept-answers.ts';
import type { MessageName } from '../answers.ts';
import type { Place, WrittenPlace } from './arrivals.ts';

interface Intent {
  /** It was to stay where it came from. */
  readonly isKept: boolean;
  /** The message that it was made of, as a salted digest (`Parcel.source`); null for one that was found. */
  readonly source: string | null;
}

export interface Doubtful extends Intent {
  /** Where it may be: among what has come since. */
  readonly place: WrittenPlace;
  readonly sinceMs: number;
}

export interface Stored extends Intent {
  readonly message: MessageName;
  /** The server has made something else of it, as far as is known. */
  readonly isAltered: boolean;
}

export class TakeInRecord {
  readonly #request: KeptRequest<Doubtful, Stored>;
  readonly #source: string;
  readonly #isKept: boolean;

  constructor(
    answers: KeptAnswers,
    scope: { readonly user: string; readonly path: string },
    { sha256, source }: { readonly sha256: string; readonly source: string },
    isKept: boolean,
  ) {
    this.#request = answers.request(['take-in', scope.user, scope.path], sha256);
    this.#source = answers.hash(source).digest('base64url');
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
    const sinceMs = Date.now();
    await this.#keep({ kind: 'doubt', doubt: { place, sinceMs, isKept: this.#isKept, source: this.#source } });
  }

  /** Whether that one was made of this very message. */
  isCopy({ uidValidity, uid }: MessageName): boolean {
    const { state } = this;
    if (state?.kind !== 'done' || state.answer.source !== this.#source) return false;
    return state.answer.message.uid === uid && state.answer.message.uidValidity === uidValidity;
  }

  async added(message: MessageName, wasAltered: boolean): Promise<void> {
    await this.#stored(message, wasAltered, this.#source);
  }

  /** It is there already. What was in doubt has come, and what is where it was added is what was added. */
  async found(message: MessageName): Promise<void> {
    const { state } = this;
    const known = state?.kind === 'done' ? state.answer : null;
    const isThat = known?.message.uid === message.uid && known.message.uidValidity === message.uidValidity;
    const added = state?.kind === 'doubt' ? this.#addedBy(state.doubt, message) : null;
    await this.#stored(message, false, isThat ? known.source : added);
  }

  /** Whose it is that has come since there was doubt; null for what may have been there before. */
  #addedBy({ place, source }: Doubtful, { uidValidity, uid }: MessageName): string | null {
    const isLater = place.uidNext !== null && uid >= place.uidNext && place.uidValidity === uidValidity;
    return isLater ? source : null;
  }

  async #stored(message: MessageName, wasAltered: boolean, source: string | null): Promise<void> {
    const { state } = this;
    const isAltered = wasAltered || (state?.kind === 'done' && state.answer.isAltered);
    const wasKept = state === null || (state.kind === 'done' ? state.answer : state.doubt).isKept;
    await this.#keep({ kind: 'done', answer: { message, isAltered, isKept: this.#isKept && wasKept, source } });
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
