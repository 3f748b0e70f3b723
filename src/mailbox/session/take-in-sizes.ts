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
  /** By UID: kept the other way round, the sizes of 300,000 messages took 80 MB and not 14. */
  readonly #sizes = new Map<Uid, number>();
  #highest = 0;

  constructor(session: ImapSession) {
    this.#session = session;
  }

  /** Fails with `search-too-broad` where there are too many messages for that. */
  async of(size: number): Promise<readonly Uid[]> {
    if (this.#highest === 0) await this.#askForAll();
    else this.#add(await this.#session.fetch(uidsFrom(this.#highest + 1), [atom('RFC822.SIZE')]));
    const uids: Uid[] = [];
    for (const [uid, known] of this.#sizes) if (known === size) uids.push(uid);
    return uids;
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
      this.#sizes.set(uid as Uid, size);
      this.#highest = Math.max(this.#highest, uid);
    }
  }
}
