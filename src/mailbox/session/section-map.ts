/**
 * How many octets does a section decode to, and which stand where?
 *
 * Told by the server for what is as it was meant, and checked there; of an encoded part nobody knows before it was read once.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type PartMap, PartMapper, plainMap } from '../../core/mime/part-map.ts';
import { isEncoded } from '../../core/mime/transfer.ts';
import { attempt } from './attempt.ts';
import { exactLength, isExact } from './exact-length.ts';
import type { Measure } from './measures.ts';
import { type Chunk, type Section, SectionReader } from './section-reader.ts';
import type { ImapSession } from './session.ts';

export interface Measured {
  readonly session: ImapSession;
  readonly section: Section;
  /** How its octets are to be decoded. */
  readonly encoding: string;
  readonly measure: Measure;
}

/** The length when `reader` has read `first`; null when only the end will tell. Throws Failed. */
export async function lengthBehind(measured: Measured, reader: SectionReader, first: Chunk): Promise<number | null> {
  if (reader.isDone) return keep(measured, mapOfAll(measured.encoding, first)).length;
  return measured.measure.get()?.length ?? (await confirmed(measured, reader.announced));
}

/** The same when nothing is to be read; of an encoded part it is read as long as it is one chunk. Throws Failed. */
export async function lengthOf(measured: Measured): Promise<number | null> {
  const { session, section, encoding, measure } = measured;
  const known = measure.get();
  if (known !== null) return known.length;
  if (!isEncoded(encoding)) return confirmed(measured, section.announced);
  if (section.announced === null || section.announced >= limits.fetchChunkBytes) return null;
  const reader = new SectionReader(session, section, { start: 0, end: null });
  const first = await reader.next();
  if (!first.ok) throw new Failed(first.failure);
  return reader.isDone ? keep(measured, mapOfAll(encoding, first.value)).length : null;
}

/** Where its octets are; null for an encoded part that could not be read through in time. Throws Failed. */
export async function mapOf(measured: Measured): Promise<PartMap | null> {
  const { session, section, encoding, measure } = measured;
  const known = measure.get();
  if (known !== null) return known;
  const map = isEncoded(encoding)
    ? await survey(measured)
    : plainMap(await exactLength(session, section, section.announced ?? 0));
  return map === null ? null : keep(measured, map);
}

async function confirmed(measured: Measured, told: number | null): Promise<number | null> {
  const { session, section, encoding } = measured;
  if (told === null || isEncoded(encoding)) return null;
  // A server that refuses to be asked may give the octets all the same.
  const exact = await attempt(() => isExact(session, section, told));
  if (!exact.ok || !exact.value) return null;
  return keep(measured, plainMap(told)).length;
}

function keep({ measure }: Measured, map: PartMap): PartMap {
  measure.set(map);
  return map;
}

function mapOfAll(encoding: string, bytes: Chunk): PartMap {
  if (!isEncoded(encoding)) return plainMap(bytes?.length ?? 0);
  const mapper = new PartMapper(encoding);
  if (bytes !== null) mapper.push(bytes);
  return mapper.end();
}

async function survey({ session, section, encoding }: Measured): Promise<PartMap | null> {
  const untilMs = Date.now() + limits.surveyMs;
  const reader = new SectionReader(session, section, { start: 0, end: null });
  const mapper = new PartMapper(encoding);
  while (Date.now() < untilMs) {
    const chunk = await reader.next();
    if (!chunk.ok) throw new Failed(chunk.failure);
    if (chunk.value === null) return mapper.end();
    mapper.push(chunk.value);
  }
  return null;
}
