/**
 * Which fields does a header block have? (RFC 5322 §2.2)
 *
 * One pass over the bytes; a value is decoded only when somebody asks for it. A line that is no field (the `From ` line
 * of an mbox, a torn field) is passed over, and the fields after it still count.
 */
import { octet } from './bytes.ts';
import { decodeCharset } from './text.ts';

interface Field {
  /** In lower case. */
  readonly name: string;
  /** As it stands there. */
  readonly spelledName: string;
  readonly value: Uint8Array;
}

export class HeaderFields {
  private readonly fields: readonly Field[];

  /** Reads up to the empty line that ends the block, or to the end. */
  constructor(block: Uint8Array) {
    this.fields = fieldsOf(block);
  }

  /** The first field of that name, unfolded; null when there is none. `name` in lower case. */
  first(name: string): string | null {
    const field = this.fields.find((candidate) => candidate.name === name);
    return field === undefined ? null : unfolded(field.value);
  }

  /** All of that name, in order. */
  all(name: string): string[] {
    return this.fields.filter((candidate) => candidate.name === name).map((field) => unfolded(field.value));
  }

  /** The same as they stand behind the colon (RFC 8621 §4.1.2.1): folded, in UTF-8, without the line end. */
  allRaw(name: string): string[] {
    return this.fields.filter((candidate) => candidate.name === name).map((field) => rawValue(field.value));
  }

  /** Every field, in order. */
  entries(): { readonly name: string; readonly value: string }[] {
    return this.fields.map(({ spelledName, value }) => ({ name: spelledName, value: rawValue(value) }));
  }
}

function fieldsOf(block: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < block.length && !isEmptyLine(block, at)) {
    const end = fieldEnd(block, at);
    const field = fieldAt(block, at, end);
    if (field !== null) fields.push(field);
    at = end;
  }
  return fields;
}

function isEmptyLine(block: Uint8Array, at: number): boolean {
  return block[at] === octet.lf || (block[at] === octet.cr && block[at + 1] === octet.lf);
}

function isBlank(byte: number | undefined): boolean {
  return byte === octet.space || byte === octet.tab;
}

/** After the line that `at` begins and after those that continue it: only space and tab continue a field. */
function fieldEnd(block: Uint8Array, at: number): number {
  let end = at;
  do {
    const lf = block.indexOf(octet.lf, end);
    end = lf < 0 ? block.length : lf + 1;
  } while (isBlank(block[end]));
  return end;
}

function fieldAt(block: Uint8Array, start: number, end: number): Field | null {
  // In this field alone: many lines without a colon would have the rest of the block looked through for each of them.
  const length = block.subarray(start, end).indexOf(octet.colon);
  if (length < 0) return null;
  const colon = start + length;
  let nameEnd = colon;
  // RFC 5322 §4.5: white space before the colon is obsolete but means nothing.
  while (nameEnd > start && isBlank(block[nameEnd - 1])) nameEnd--;
  // Longer than any field name: a line of the body, or of nobody knows what.
  if (nameEnd === start || nameEnd - start > 100) return null;
  const spelledName = String.fromCharCode(...block.subarray(start, nameEnd));
  return { name: spelledName.toLowerCase(), spelledName, value: block.subarray(colon + 1, end) };
}

/** RFC 6532 allows UTF-8 in fields; what is not UTF-8 comes from before it, and is windows-1252 more often than not. */
function unfolded(value: Uint8Array): string {
  return decodeCharset(value, null).value.replace(/\r?\n/g, '').trim();
}

function rawValue(value: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
    .decode(value)
    .replace(/\r?\n$/, '')
    .replaceAll('\0', '');
}
