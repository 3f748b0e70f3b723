/**
 * A message or a part of it as a stream, however large it is.
 *
 * Partial fetches (RFC 9051 §6.4.5), one after the other as the reader takes them: while it reads one chunk the next one
 * is on its way, and no more than that is ever in memory.
 */
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Timings, timed } from '../../core/reply.ts';
import { leasedStream } from '../../wire/leased-stream.ts';
import { Pace } from '../../wire/pace.ts';
import type { Lease } from '../../wire/pool.ts';
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

/**
 * Fetches the first chunk before it answers, so that a missing message is a failure and not a broken stream. Once there
 * is a stream the lease is the stream's to give back. Fails with `message-not-found`.
 */
export async function streamSection(
  lease: Lease<ImapSession>,
  section: Section,
  onFailure: (failure: MailFailure) => void,
  timings: Timings,
): Promise<Result<ReadableStream<Uint8Array>>> {
  const reader = new SectionReader(lease.session, section);
  const first = await timed(timings, 'fetch', () => reader.next());
  return first.ok ? ok(leasedStream(lease, readAhead(reader, first), onFailure)) : first;
}

type Chunk = Uint8Array<ArrayBuffer> | null;

async function* readAhead(reader: SectionReader, first: Result<Chunk>): AsyncGenerator<Uint8Array, void, undefined> {
  let chunk = first;
  for (;;) {
    if (!chunk.ok) throw new Failed(chunk.failure);
    if (chunk.value === null) return;
    // A Result, which nobody need await: a reader that leaves now shall not leave an unhandled rejection behind.
    const next = reader.next();
    yield* pieces(chunk.value);
    chunk = await next;
  }
}

/**
 * What the reader takes is what keeps its stream alive: with a whole chunk at a time, one that reads little but all the time
 * would pass for one that has stopped.
 */
function* pieces(chunk: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const size = limits.streamPieceBytes;
  for (let start = 0; start < chunk.length; start += size) yield chunk.slice(start, start + size);
}

class SectionReader {
  readonly #session: ImapSession;
  readonly #section: Section;
  readonly #pace = new Pace();
  #announced: number | null;
  #total = 0;
  #isDone = false;

  constructor(session: ImapSession, section: Section) {
    this.#session = session;
    this.#section = section;
    this.#announced = section.announced;
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
    const asked = limits.fetchChunkBytes;
    const item = peek(section === '' ? [] : [atom(section)], this.#total, asked);
    const items = this.#announced === null ? [atom('RFC822.SIZE'), item] : [item];
    const startedAt = Date.now();
    const row = await fetchOne(this.#session, uid, items);
    if (row === null) return err({ kind: 'message-not-found' });
    const bytes = octetsOf(row, section, this.#total);
    this.#pace.add(Date.now() - startedAt, bytes?.length ?? 0);
    if (bytes === null) return this.#violation('It sent something else of a message than it was asked for.');
    if (bytes.length > asked) return this.#violation('It sent more of a message than it was asked for.');
    this.#total += bytes.length;
    this.#announced ??= row.size ?? 0;
    // Nothing more, though more was announced: either that was too much, or the message is gone meanwhile (RFC 2180 §4.1).
    if (bytes.length === 0 && this.#total < this.#announced && !(await this.#isStillThere())) {
      return err({ kind: 'message-not-found' });
    }
    this.#isDone = isLast({ total: this.#total, received: bytes.length, asked, announced: this.#announced });
    return ok(bytes.length === 0 ? null : bytes);
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
