/**
 * Which message does a row of FETCH tell about?
 *
 * A server may tell of one message in several rows, mix in news about others, and remove messages in between, from where on
 * sequence numbers mean other messages (RFC 9051 §7.5.1). The UID is what counts; a row without one belongs to the message
 * whose UID was told under the same number, and is nobody's otherwise.
 */
import { type FetchMessageObject, mergeFetchRows } from './imapflow.ts';

interface Message {
  sequence: number;
  /** After how many removals that was its number. */
  removals: number;
  readonly rows: FetchMessageObject[];
}

/** RFC 9051 §9, `nz-number` */
const highestUid = 0xffffffff;

export class FetchRows {
  readonly #messages = new Map<number, Message>();
  /** Of this numbering: whose a sequence number is, and rows that came before that was told. */
  readonly #uids = new Map<number, number>();
  readonly #unnamed = new Map<number, FetchMessageObject[]>();
  #removals = 0;
  #isContradictory = false;

  /** True when one UID was given to two messages, or two to one: then nobody knows what belongs to which. */
  get isContradictory(): boolean {
    return this.#isContradictory;
  }

  /** `removals`: how many times the server has removed messages, by now. */
  add(row: FetchMessageObject, removals: number): void {
    if (removals !== this.#removals) {
      this.#removals = removals;
      this.#uids.clear();
      this.#unnamed.clear();
    }
    const uid = uidOf(row);
    if (uid !== null) this.#addTo(uid, row);
    else this.#addUnnamed(row);
  }

  #addTo(uid: number, row: FetchMessageObject): void {
    const { seq } = row;
    const message = this.#messages.get(uid) ?? { sequence: seq, removals: this.#removals, rows: [] };
    const isMoved = message.removals === this.#removals && message.sequence !== seq;
    if (isMoved || (this.#uids.get(seq) ?? uid) !== uid || uid > highestUid) this.#isContradictory = true;
    message.rows.push(...(this.#unnamed.get(seq) ?? []), row);
    this.#unnamed.delete(seq);
    this.#uids.set(seq, uid);
    this.#messages.set(uid, Object.assign(message, { sequence: seq, removals: this.#removals }));
  }

  #addUnnamed(row: FetchMessageObject): void {
    const uid = this.#uids.get(row.seq);
    const message = uid === undefined ? undefined : this.#messages.get(uid);
    if (message !== undefined) message.rows.push(row);
    else this.#unnamed.set(row.seq, [...(this.#unnamed.get(row.seq) ?? []), row]);
  }

  /** One row a message. */
  merged(): FetchMessageObject[] {
    return [...this.#messages.values()].map(({ rows }) => mergeFetchRows(rows));
  }
}

/** imapflow leaves out what it cannot read, whatever its typings say. */
const uidOf = ({ uid }: Partial<FetchMessageObject>): number | null => uid ?? null;
