/**
 * A message or a part of it, all of its octets or some, as a stream, however large it is.
 *
 * While the reader of the stream takes one chunk the next one is on its way, and no more than that is ever in memory.
 */
import { extentOf } from '../../core/byte-range.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { pieceOf } from '../../core/mime/part-map.ts';
import { isEncoded } from '../../core/mime/transfer.ts';
import { type Timings, timed } from '../../core/reply.ts';
import { leasedStream } from '../../wire/leased-stream.ts';
import type { Lease } from '../../wire/pool.ts';
import type { BytesWish, StreamedMessage } from '../answers.ts';
import type { Measure } from './measures.ts';
import { lengthBehind, lengthOf, type Measured, mapOf } from './section-map.ts';
import { type Chunk, type Section, SectionReader } from './section-reader.ts';
import type { ImapSession } from './session.ts';

export interface Source {
  readonly lease: Lease<ImapSession>;
  readonly measure: Measure;
  readonly onFailure: (failure: MailFailure) => void;
  readonly timings: Timings;
}

/**
 * What is wanted of a section. The first chunk is fetched before the answer, so that a missing message is a failure and not a
 * broken stream. Once there is a stream the lease is the stream's to give back. Throws Failed.
 */
export async function serve(
  source: Source,
  section: Section,
  encoding: string,
  wish: BytesWish,
): Promise<Result<StreamedMessage>> {
  const { lease, measure, timings } = source;
  const measured: Measured = { session: lease.session, section, encoding, measure };
  switch (wish.kind) {
    case 'presence':
      return withoutBody(source, null);
    case 'length':
      return withoutBody(source, await timed(timings, 'fetch', () => lengthOf(measured)));
    case 'whole':
      return whole(source, measured);
    case 'range': {
      const map = await timed(timings, 'fetch', () => mapOf(measured));
      if (map === null) return whole(source, measured);
      const extent = extentOf(wish.range, map.length);
      if (extent === null) return err({ kind: 'range-not-satisfiable', length: map.length });
      const { start, end, skip } = pieceOf(map, extent);
      const reader = new SectionReader(lease.session, section, { start, end });
      const first = await timed(timings, 'fetch', () => reader.next());
      return first.ok ? ok({ length: map.length, extent, skip, body: streamOf(source, reader, first) }) : first;
    }
  }
}

function withoutBody({ lease }: Source, length: number | null): Result<StreamedMessage> {
  lease.release();
  return ok({ length, extent: null, skip: 0, body: null });
}

async function whole(source: Source, measured: Measured): Promise<Result<StreamedMessage>> {
  const reader = new SectionReader(measured.session, measured.section, { start: 0, end: null });
  const first = await timed(source.timings, 'fetch', () => reader.next());
  if (!first.ok) return first;
  const length = await timed(source.timings, 'fetch', () => lengthBehind(measured, reader, first.value));
  if (length !== null && !isEncoded(measured.encoding)) reader.endAt(length);
  return ok({ length, extent: null, skip: 0, body: streamOf(source, reader, first) });
}

const streamOf = ({ lease, onFailure }: Source, reader: SectionReader, first: Result<Chunk>) =>
  leasedStream(lease, readAhead(reader, first), onFailure);

/** All that `reader` has, `first` being what it gave first; the next chunk is asked for while one is read. Throws Failed. */
export async function* readAhead(
  reader: SectionReader,
  first: Result<Chunk>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
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
