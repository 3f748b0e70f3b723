/**
 * How are the names of all messages written down so that they can be read again, in as few octets as can be?
 *
 * Taken apart into shapes, of which a server has one or two, and columns of numbers; of those the steps from one to the next, in
 * ascending order; all of it deflated. The order of the maildrop is not kept: a set of names has one spelling. Pure.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { OctetReader, OctetWriter, Unreadable } from '../../core/octets.ts';
import { countIn, type Digits, kindsOfDigits, putTogether, takenApart } from './uidl-shape.ts';

/** Names that are looked at to see what the server counts with. */
const sampled = 200;

/** Null where they take more than `mostOctets`. */
export function exactOctets(names: readonly string[], mostOctets: number): Uint8Array | null {
  const step = Math.max(1, Math.floor(names.length / sampled));
  const sample = names.filter((_, index) => index % step === 0);
  const lengths = kindsOfDigits.map((_, kind) => writtenWith(kind, sample).length);
  const least = Math.min(...lengths);
  // Where there are more of them the steps are shorter by so many bits, and nothing else is; an octet is for what deflates better.
  const leastEach = least / sample.length - Math.log2(step) / 8 - 1;
  if (leastEach * names.length > mostOctets) return null;
  const octets = writtenWith(lengths.indexOf(least), names);
  return octets.length <= mostOctets ? octets : null;
}

/** Throws Unreadable. */
export function exactNames(octets: Uint8Array): string[] {
  const reader = new OctetReader(inflated(octets));
  const kind = kindsOfDigits[reader.octet()];
  if (kind === undefined) throw new Unreadable();
  const shapes = listOf(reader.small(), () => shapeFrom(reader.bytes(reader.small())));
  const counts = shapes.map(() => reader.small());
  const names: string[] = [];
  for (const [index, shape] of shapes.entries()) {
    const count = counts[index] ?? 0;
    const columns = listOf(countIn(shape), () => columnFrom(reader, count));
    for (let row = 0; row < count; row++) {
      names.push(putTogether({ shape, numbers: columns.map((column) => column[row] ?? 0) }, kind));
    }
  }
  if (!reader.isAtEnd) throw new Unreadable();
  return names;
}

function writtenWith(kind: number, names: readonly string[]): Uint8Array {
  const tables = [...tablesOf(names, kindsOfDigits[kind])].sort(([one], [other]) => (one < other ? -1 : 1));
  const octets = new OctetWriter();
  octets.octet(kind);
  octets.small(tables.length);
  for (const [shape] of tables) {
    octets.small(shape.length);
    for (const character of shape) octets.octet(character.charCodeAt(0));
  }
  for (const [, rows] of tables) octets.small(rows.length);
  for (const [shape, rows] of tables) {
    const sorted = rows.toSorted(byNumbers);
    for (let column = 0; column < countIn(shape); column++) writeColumn(octets, sorted, column);
  }
  return deflateRawSync(octets.whole(), { level: 9 });
}

type Row = readonly number[];

function tablesOf(names: readonly string[], kind: Digits | undefined): Map<string, Row[]> {
  const tables = new Map<string, Row[]>();
  if (kind === undefined) return tables;
  for (const name of names) {
    const { shape, numbers } = takenApart(name, kind);
    const rows = tables.get(shape);
    if (rows === undefined) tables.set(shape, [numbers]);
    else rows.push(numbers);
  }
  return tables;
}

function byNumbers(one: Row, other: Row): number {
  for (const [column, number] of one.entries()) {
    const difference = number - (other[column] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function writeColumn(octets: OctetWriter, rows: readonly Row[], column: number): void {
  let last = 0;
  for (const row of rows) {
    const value = row[column] ?? 0;
    const step = value - last;
    octets.small(step < 0 ? -2 * step - 1 : 2 * step);
    last = value;
  }
}

function columnFrom(reader: OctetReader, count: number): number[] {
  let value = 0;
  return listOf(count, () => {
    const step = reader.small(Number.MAX_SAFE_INTEGER);
    value += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    return value;
  });
}

const shapeFrom = (octets: Uint8Array): string => Array.from(octets, (octet) => String.fromCharCode(octet)).join('');

function listOf<T>(count: number, next: () => T): T[] {
  const list: T[] = [];
  while (list.length < count) list.push(next());
  return list;
}

function inflated(octets: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(octets);
  } catch {
    // Whatever zlib has to say of it: these octets were never written here.
    throw new Unreadable();
  }
}
