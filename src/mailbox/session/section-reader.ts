/**
 * How are the octets of a message or part fetched, however many there are?
 *
 * By partial FETCH (RFC 9051 §6.4.5), a chunk at a time. What ends before it should is a failure, never an end.
 */
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { Pace } from '../../wire/pace.ts';
import type { Uid } from '../answers.ts';
import { isLast } from './chunks.ts';
import { fetchOne } from './fetch-one.ts';
import { octetsOf } from './fetched-email.ts';
import type { ImapSession } from './session.ts';
import { atom, peek } from './tokens.ts';

export interface Section {
  readonly uid: Uid;
  /** `''` for the whole message, else `TEXT` or a part's number. */
  readonly section: string;
  /** Octets as BODYSTRUCTURE tells them; null to ask for RFC822.SIZE. */
  readonly announced: number | null;
}

/** From octet `start` to before octet `end`; null to wherever the server has no more. */
export interface Bounds {
  readonly start: number;
  readonly end: number | null;
}

export type Chunk = Uint8Array<ArrayBuffer> | null;

export class SectionReader {
  readonly #session: ImapSession;
  readonly #section: Section;
  readonly #start: number;
  readonly #pace = new Pace();
  #end: number | null;
  #announced: number | null;
  #total = 0;
  #isDone = false;

  constructor(session: ImapSession, section: Section, { start, end }: Bounds) {
    this.#session = session;
    this.#section = section;
    this.#start = start;
    this.#end = end;
    this.#announced = section.announced;
  }

  /** What the server says is the size of the section, once it was asked. */
  get announced(): number | null {
    return this.#announced;
  }

  /** True when there is nothing more to be read. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Where the section ends has been found out: exactly there, or it is a failure. */
  endAt(end: number): void {
    this.#end = end;
    this.#isDone ||= this.#start + this.#total === end;
  }

  /** The next chunk, or null after the last. Never rejects. */
  async next(): Promise<Result<Chunk>> {
    if (this.#isDone) return ok(null);
    try {
      return await this.#fetch();
    } catch (error) {
      return err(error instanceof Failed ? error.failure : { kind: 'internal' });
    }
  }

  async #fetch(): Promise<Result<Chunk>> {
    const { uid, section } = this.#section;
    const at = this.#start + this.#total;
    const asked = Math.min(limits.fetchChunkBytes, (this.#end ?? Number.POSITIVE_INFINITY) - at);
    const item = peek(section === '' ? [] : [atom(section)], at, asked);
    const items = this.#announced === null && this.#end === null ? [atom('RFC822.SIZE'), item] : [item];
    const startedAt = Date.now();
    const row = await fetchOne(this.#session, uid, items);
    if (row === null) return err({ kind: 'message-not-found' });
    const bytes = octetsOf(row, section, at);
    this.#pace.add(Date.now() - startedAt, bytes?.length ?? 0);
    if (bytes === null) return this.#violation('It sent something else of a message than it was asked for.');
    if (bytes.length > asked) return this.#violation('It sent more of a message than it was asked for.');
    this.#total += bytes.length;
    this.#announced ??= row.size ?? 0;
    const isShort = bytes.length === 0 && (this.#end !== null || this.#total < this.#announced);
    // Nothing more, though more was announced: either that was too much, or the message is gone meanwhile (RFC 2180 §4.1).
    if (isShort && !(await this.#isStillThere())) return err({ kind: 'message-not-found' });
    if (isShort && this.#end !== null) return this.#violation('It has less of a message than it had a moment ago.');
    this.#isDone = this.#isLast(bytes.length, asked);
    return ok(bytes.length === 0 ? null : bytes);
  }

  #isLast(received: number, asked: number): boolean {
    if (this.#end !== null) return this.#start + this.#total === this.#end;
    return isLast({ total: this.#total, received, asked, announced: this.#announced ?? 0 });
  }

  async #isStillThere(): Promise<boolean> {
    await this.#session.noop();
    return (await fetchOne(this.#session, this.#section.uid, [atom('FLAGS')])) !== null;
  }

  #violation(detail: string): Result<never> {
    this.#session.close();
    return err({ kind: 'protocol-violated', detail });
  }
}
