/**
 * Which messages were copied in order to be moved, and are not known to have left their old mailbox?
 *
 * Where a server lacks MOVE a message is copied first and expunged then. A connection that is lost in between leaves it in
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
