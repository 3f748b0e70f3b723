/**
 * Which messages are on their way, and which were copied in order to be moved and are not known to have left?
 *
 * Two moves of one message at the same time would each make a copy of it, so they take turns. And where a server lacks MOVE a
 * message is copied first and expunged then. A connection that is lost in between leaves it in both mailboxes; who repeats
 * the move then shall not get a third. What is remembered is as lasting as its owner: if that goes, a repeat copies once
 * more, and nothing is lost.
 */
import { limits } from '../../core/limits.ts';
import type { MessageName } from '../answers.ts';
import { messageIdOf } from '../rules.ts';

export interface Move {
  readonly from: string;
  readonly message: MessageName;
  readonly to: string;
}

/** The moves of one user, exactly as the name is written: to some servers another spelling is another mailbox. */
export interface MovesOfUser {
  /**
   * Runs `work` when no other move of that message is running; `hasWaited` says that one was. To other servers all
   * spellings are one mailbox, so here they wait for each other: to wait in vain costs less than a second copy.
   */
  inTurn<T>(move: Move, work: (hasWaited: boolean) => Promise<T>): Promise<T>;
  /** The copy that was made for this move. */
  copyOf(move: Move): MessageName | null;
  begin(move: Move, copy: MessageName): void;
  end(move: Move): void;
}

/** `inTurn` for several messages at once, always in the same order, so that no two wait for each other. */
export const inTurns = <T>(
  moves: MovesOfUser,
  all: readonly Move[],
  work: (hasWaited: boolean) => Promise<T>,
): Promise<T> =>
  all
    .toSorted((one, other) => one.message.uid - other.message.uid)
    .reduceRight<(hasWaited: boolean) => Promise<T>>(
      (rest, move) => (waited) => moves.inTurn(move, (hasWaited) => rest(waited || hasWaited)),
      work,
    )(false);

export class UnfinishedMoves {
  readonly #copies = new Map<string, MessageName>();
  /** Settles when the last move of a message that has begun is over. */
  readonly #last = new Map<string, Promise<void>>();

  of(user: string): MovesOfUser {
    return {
      inTurn: (move, work) => this.#inTurn(move, work),
      copyOf: (move) => this.#copies.get(keyOf(user, move)) ?? null,
      begin: (move, copy) => this.#begin(keyOf(user, move), copy),
      end: (move) => {
        this.#copies.delete(keyOf(user, move));
      },
    };
  }

  async #inTurn<T>({ from, message }: Move, work: (hasWaited: boolean) => Promise<T>): Promise<T> {
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

  #begin(key: string, copy: MessageName): void {
    this.#copies.set(key, copy);
    const [oldest] = this.#copies.keys();
    if (this.#copies.size > limits.unfinishedMoves && oldest !== undefined) this.#copies.delete(oldest);
  }
}

/** A user and a path may hold anything but CR, LF and NUL. */
const keyOf = (user: string, { from, message, to }: Move): string => [user, from, messageIdOf(message), to].join('\0');
