/**
 * How is a set of messages kept in a few thousand octets, however large it is, so that its differences from another are told?
 *
 * An invertible Bloom lookup table (Goodrich and Mitzenmacher 2011) with sums in a finite field. Each message is added to four of
 * the cells: its mark, its mark times its UID, and a checksum. Take away the same of the set that is there now, and what is left
 * are the differences alone. A cell with one difference tells it: the UID is the quotient of its sums. That one is taken
 * out of its other cells, which may leave one in those, and so on. A change of flags counts once, as an arrival or a departure
 * does. It is whole when all cells are empty in the end and a checksum over all messages is right; else nothing is told. Pure.
 */
import { Buffer } from 'node:buffer';
import type { OctetReader, OctetWriter } from '../../core/octets.ts';
import type { Uid } from '../answers.ts';
import { type Difference, type MarkedMessages, without } from './differences.ts';
import { absent, fieldSize } from './mark.ts';

const tables = 4;
/** Measured: about 350 differences can be told (docs/sync.md). */
const cellsPerTable = 125;
const cellCount = tables * cellsPerTable;
const cellBytes = 10;

export class Sketch {
  readonly #marks: Uint32Array;
  readonly #products: Uint32Array;
  readonly #checks: Uint16Array;
  readonly #whole: readonly [number, number];

  private constructor(
    marks: Uint32Array,
    products: Uint32Array,
    checks: Uint16Array,
    whole: readonly [number, number],
  ) {
    this.#marks = marks;
    this.#products = products;
    this.#checks = checks;
    this.#whole = whole;
  }

  static of(messages: MarkedMessages): Sketch {
    const cells = emptyCells();
    for (const [uid, mark] of messages) {
      const product = times(mark, uid);
      const check = checkOf(uid, mark);
      for (let table = 0; table < tables; table++) {
        const cell = cellOf(uid, table);
        cells.marks[cell] = plus(cells.marks[cell] ?? 0, mark);
        cells.products[cell] = plus(cells.products[cell] ?? 0, product);
        cells.checks[cell] = (cells.checks[cell] ?? 0) ^ check;
      }
    }
    return new Sketch(cells.marks, cells.products, cells.checks, wholeOf(messages));
  }

  write(octets: OctetWriter): void {
    const bytes = Buffer.alloc(8 + cellCount * cellBytes);
    bytes.writeUInt32BE(this.#whole[0], 0);
    bytes.writeUInt32BE(this.#whole[1], 4);
    for (let cell = 0; cell < cellCount; cell++) {
      const at = 8 + cell * cellBytes;
      bytes.writeUInt32BE(this.#marks[cell] ?? 0, at);
      bytes.writeUInt32BE(this.#products[cell] ?? 0, at + 4);
      bytes.writeUInt16BE(this.#checks[cell] ?? 0, at + 8);
    }
    octets.bytes(bytes);
  }

  static read(octets: OctetReader): Sketch {
    const bytes = Buffer.from(octets.bytes(8 + cellCount * cellBytes));
    const cells = emptyCells();
    for (let cell = 0; cell < cellCount; cell++) {
      const at = 8 + cell * cellBytes;
      cells.marks[cell] = bytes.readUInt32BE(at);
      cells.products[cell] = bytes.readUInt32BE(at + 4);
      cells.checks[cell] = bytes.readUInt16BE(at + 8);
    }
    return new Sketch(cells.marks, cells.products, cells.checks, [bytes.readUInt32BE(0), bytes.readUInt32BE(4)]);
  }

  /** From the set of this sketch to `after`, in no order; null when they are too many to be told. */
  differencesTo(after: MarkedMessages): Difference[] | null {
    const left = this.#minus(Sketch.of(after));
    const found = left.#peeled(after);
    if (found === null || !left.#isEmpty) return null;
    const [one, other] = wholeOf(without(after, found));
    return one === this.#whole[0] && other === this.#whole[1] ? found : null;
  }

  #minus(other: Sketch): Sketch {
    return new Sketch(
      this.#marks.map((mark, cell) => minus(mark, other.#marks[cell] ?? 0)),
      this.#products.map((product, cell) => minus(product, other.#products[cell] ?? 0)),
      this.#checks.map((check, cell) => check ^ (other.#checks[cell] ?? 0)),
      this.#whole,
    );
  }

  get #isEmpty(): boolean {
    return [this.#marks, this.#products, this.#checks].every((sums) => sums.every((sum) => sum === 0));
  }

  /** Takes out one difference after the other. Null when a UID comes twice, which is a cell that was read wrong. */
  #peeled(after: MarkedMessages): Difference[] | null {
    const found = new Map<Uid, Difference>();
    const waiting = Array.from({ length: cellCount }, (_, cell) => cell);
    for (let cell = waiting.pop(); cell !== undefined; cell = waiting.pop()) {
      const difference = this.#only(cell, after);
      if (difference === null) continue;
      if (found.has(difference.uid)) return null;
      found.set(difference.uid, difference);
      waiting.push(...this.#takeOut(difference));
    }
    return [...found.values()];
  }

  /** The difference in a cell that has just one; null when it has none or several. */
  #only(cell: number, after: MarkedMessages): Difference | null {
    const mark = this.#marks[cell] ?? 0;
    if (mark === 0) return null;
    // UIDs of the field's size and more are told as none, so that a set with one of those cannot be told.
    const uid = times(this.#products[cell] ?? 0, inverse(mark)) as Uid;
    if (uid === 0 || cellOf(uid, Math.floor(cell / cellsPerTable)) !== cell) return null;
    const now = after.get(uid) ?? absent;
    const difference = { uid, before: plus(now, mark), after: now };
    return changeOf(difference) === this.#checks[cell] ? difference : null;
  }

  #takeOut(difference: Difference): number[] {
    const { uid, before, after } = difference;
    const mark = minus(before, after);
    const product = times(mark, uid);
    const check = changeOf(difference);
    return Array.from({ length: tables }, (_, table) => {
      const cell = cellOf(uid, table);
      this.#marks[cell] = minus(this.#marks[cell] ?? 0, mark);
      this.#products[cell] = minus(this.#products[cell] ?? 0, product);
      this.#checks[cell] = (this.#checks[cell] ?? 0) ^ check;
      return cell;
    });
  }
}

const emptyCells = () => ({
  marks: new Uint32Array(cellCount),
  products: new Uint32Array(cellCount),
  checks: new Uint16Array(cellCount),
});

const plus = (one: number, other: number): number => (one + other) % fieldSize;

const minus = (one: number, other: number): number => (one - other + fieldSize) % fieldSize;

/** Products of 32 bits by 16 bits are exact in a double. */
const times = (one: number, other: number): number =>
  (((one * (other >>> 16)) % fieldSize) * 0x10000 + one * (other & 0xffff)) % fieldSize;

/** By the extended Euclidean algorithm. */
function inverse(value: number): number {
  let [dividend, divisor] = [fieldSize, value];
  let [before, factor] = [0, 1];
  while (divisor !== 0) {
    const quotient = Math.floor(dividend / divisor);
    [dividend, divisor] = [divisor, dividend - quotient * divisor];
    [before, factor] = [factor, before - quotient * factor];
  }
  return before < 0 ? before + fieldSize : before;
}

/** Mixes 32 bits (the finalizer of MurmurHash3). */
function mixed(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

const hashOf = (uid: number, mark: number, seed: number): number => mixed(mixed(mixed(seed) ^ uid) ^ mark);

const cellOf = (uid: number, table: number): number =>
  table * cellsPerTable + (mixed(mixed(table + 1) ^ uid) % cellsPerTable);

const checkOf = (uid: number, mark: number): number => (mark === absent ? 0 : hashOf(uid, mark, 4) & 0xffff);

const changeOf = ({ uid, before, after }: Difference): number => checkOf(uid, before) ^ checkOf(uid, after);

function wholeOf(messages: MarkedMessages): readonly [number, number] {
  let one = 0;
  let other = 0;
  for (const [uid, mark] of messages) {
    one ^= hashOf(uid, mark, 5);
    other ^= hashOf(uid, mark, 6);
  }
  return [one >>> 0, other >>> 0];
}
