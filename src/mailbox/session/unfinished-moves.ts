/**
 * Which messages are on their way, and which were copied in order to be moved and are not known to have left?
 *
 * Two moves of one message at the same time would each make a copy of it, so they take turns. And where a server lacks MOVE a message is copied first and expunged then. A connection that is lost in between leaves it in
 * both mailboxes; who repeats the move then shall not get a third. What is remembered is as lasting as its owner: if
 * that goes, a repeat copies once more, and nothing is lost.
 */
import { limits } from '../../core/limits.ts';
import type { MessageName } from '../answers.ts';
import { messageIdOf } from '../rules.ts';

export interface Move {
  readonly from: string;
  readonly message: MessageName;
  readonly to: string;
}

export class UnfinishedMoves {
  readonly #copies = new Map<string, MessageName>();
  /** Settles when the last move of a message that has begun is over. */
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `work` when no other move of that message is running; `hasWaited` says that one was. */
  async inTurn<T>({ from, message }: Move, work: (hasWaited: boolean) => Promise<T>): Promise<T> {
    const key = [from, messageIdOf(message)].join('\0');
    const last = this.#last.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(key, promise);
    try {
      await last;
      return await work(last !== undefined);
    } finally {
      if (this.#last.get(key) === promise) this.#last.delete(key);
      resolve();
    }
  }

  /** The copy that was made for this move. */
  copyOf(move: Move): MessageName | null {
    return this.#copies.get(keyOf(move)) ?? null;
  }

  begin(move: Move, copy: MessageName): void {
    this.#copies.set(keyOf(move), copy);
    const [oldest] = this.#copies.keys();
    if (this.#copies.size > limits.unfinishedMoves && oldest !== undefined) this.#copies.delete(oldest);
  }

  end(move: Move): void {
    this.#copies.delete(keyOf(move));
  }
}

/** A path may hold anything but CR, LF and NUL. */
const keyOf = ({ from, message, to }: Move): string => [from, messageIdOf(message), to].join('\0');
