/**
 * Which rows tell of messages before a change, and which after it?
 *
 * A FETCH and a STORE sent in one go are executed in that order (RFC 9051 §5.5 names just these two), but servers answer both
 * before they complete the first, so that which command is running says nothing. The FETCH therefore asks for something that
 * no STORE tells of, INTERNALDATE, and by that its rows are known.
 */
import { FetchRows } from './fetch-rows.ts';
import type { FetchMessageObject } from './imapflow.ts';
import type { RowSink } from './session.ts';
import { atom, type CompilableToken } from './tokens.ts';

export class RowsAround implements RowSink {
  readonly #before = new FetchRows();
  readonly #after = new FetchRows();

  /** What makes the rows of a FETCH those before. */
  static readonly items: readonly CompilableToken[] = [atom('UID'), atom('FLAGS'), atom('INTERNALDATE')];

  get isContradictory(): boolean {
    return this.#before.isContradictory || this.#after.isContradictory;
  }

  add(row: FetchMessageObject, removals: number): void {
    const isBefore = row.internalDate !== undefined;
    if (isBefore) this.#before.add(row, removals);
    const { seq, uid } = row;
    // Of those before nothing but whose number it is: what a STORE tells may come without a UID.
    if (!isBefore) this.#after.add(row, removals);
    else if (uid !== undefined) this.#after.add({ seq, uid }, removals);
  }

  get before(): FetchMessageObject[] {
    return this.#before.merged();
  }

  /** What was told besides: of the STORE, and news that came at any time. */
  get after(): FetchMessageObject[] {
    return this.#after.merged();
  }
}
