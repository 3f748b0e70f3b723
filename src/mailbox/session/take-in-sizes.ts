/**
 * Which messages of the selected mailbox have a certain size, where the server cannot be asked for those alone?
 *
 * All sizes, asked for once, and from then on those of what has come since.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Uid } from '../answers.ts';
import type { FetchMessageObject } from './imapflow.ts';
import type { ImapSession } from './session.ts';
import { atom, sequenceNumber, sequences, uidsFrom } from './tokens.ts';

/** As many as one answer may have, and some. */
const batch = 10_000;

export class AllSizes {
  readonly #session: ImapSession;
  readonly #uids = new Map<number, Set<Uid>>();
  #highest = 0;

  constructor(session: ImapSession) {
    this.#session = session;
  }

  /** Fails with `search-too-broad` where there are too many messages for that. */
  async of(size: number): Promise<readonly Uid[]> {
    if (this.#highest === 0) await this.#askForAll();
    else this.#add(await this.#session.fetch(uidsFrom(this.#highest + 1), [atom('RFC822.SIZE')]));
    return [...(this.#uids.get(size) ?? [])];
  }

  async #askForAll(): Promise<void> {
    const { exists = 0 } = this.#session.mailbox ?? {};
    const limit = limits.imapLongAnswerResponses;
    if (exists > limit) throw new Failed({ kind: 'search-too-broad', of: 'messages', limit });
    // Nothing is removed between one FETCH and the next (RFC 9051 §7.5.1).
    for (let from = 1; from <= exists; from += batch) {
      const to = Math.min(exists, from + batch - 1);
      const some = sequences(sequenceNumber(from), to === exists ? '*' : sequenceNumber(to));
      this.#add(await this.#session.fetch(some, [atom('RFC822.SIZE')]));
    }
  }

  #add(rows: readonly FetchMessageObject[]): void {
    for (const { uid, size } of rows) {
      if (uid === undefined || size === undefined) continue;
      const uids = this.#uids.get(size) ?? new Set();
      this.#uids.set(size, uids.add(uid as Uid));
      this.#highest = Math.max(this.#highest, uid);
    }
  }
}
