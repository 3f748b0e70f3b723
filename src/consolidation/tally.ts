/**
 * What has a consolidation done so far, and how far has it come with a maildrop?
 */
import type { SpooledMessage } from '../maildrop/answers.ts';
import type { HandOverHead } from '../maildrop/hand-over.ts';
import { idOf, serversUidl } from '../maildrop/rules.ts';

/** Of the whole call. */
export class Tally {
  stored = 0;
  thereAlready = 0;
  deleted = 0;
  failed = 0;
  /** Whether something was left that was to be done. */
  isComplete = true;
}

/** Of one maildrop, which may take several sessions. */
export class Progress {
  readonly from: number;
  readonly #head: HandOverHead;
  #index = 0;
  #bytesDone = 0;

  constructor(from: number, head: HandOverHead) {
    this.from = from;
    this.#head = head;
  }

  get start(): object {
    const { total, count, bytesTotal } = this.#head;
    return { type: 'start', from: this.from, total, count, bytesTotal };
  }

  /** How many of the messages that there were at the start are still to come. */
  get left(): number {
    return this.#head.count - this.#index;
  }

  /** What a line says of the next message; `done` of how many octets there are, once it is. */
  next(message: SpooledMessage): { readonly about: object; readonly done: object } {
    const { count, bytesTotal } = this.#head;
    const about = { from: this.from, ...namesOf(message), size: message.size, index: this.#index, count };
    this.#index += 1;
    this.#bytesDone += message.size;
    return { about, done: { bytesDone: this.#bytesDone, bytesTotal } };
  }
}

export const namesOf = (message: SpooledMessage): { id: string; uidl: string | null } => ({
  id: idOf(message),
  uidl: serversUidl(message),
});
