/**
 * What do `Content-Type` and its like say? (RFC 2045 §5.1, RFC 2231)
 *
 * A value in lower case and its parameters, with comments taken out, continuations joined and percent octets decoded.
 * Linear in its input, and lenient: a missing quote or semicolon gives what a reader would guess.
 */
import { decodeCharset } from './text.ts';

export interface Structured {
  /** In lower case. */
  readonly value: string;
  /** Names in lower case; the first of equal names counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

const isBlank = (char: string | undefined) => char === ' ' || char === '\t' || char === '\r' || char === '\n';

export function structuredOf(text: string): Structured {
  const found: [string, string][] = [];
  const skipBlanks = blankSkipper(text);
  let at = skipBlanks(0);
  const start = at;
  while (at < text.length && text[at] !== ';' && text[at] !== '(' && !isBlank(text[at])) at++;
  const value = text.slice(start, at).toLowerCase();
  while (at < text.length) {
    at = skipBlanks(at);
    if (text[at] === ';') {
      at++;
      continue;
    }
    const nameStart = at;
    while (at < text.length && text[at] !== '=' && text[at] !== ';') at++;
    if (text[at] !== '=') continue;
    const name = text.slice(nameStart, at).trim().toLowerCase();
    const parameter = parameterValue(text, skipBlanks(at + 1));
    at = parameter.end;
    if (name !== '') found.push([name, parameter.value]);
  }
  return { value, parameters: joinParameters(found) };
}

/**
 * Goes past white space and comments, which may nest. After a comment that never ends none is looked for any more: to
 * search the end for each of a thousand opening parentheses would take time with the square of their number.
 */
function blankSkipper(text: string): (from: number) => number {
  let hasComments = true;
  return (from) => {
    let at = from;
    for (;;) {
      while (isBlank(text[at])) at++;
      if (text[at] !== '(' || !hasComments) return at;
      const end = commentEnd(text, at);
      hasComments = end >= 0;
      at = hasComments ? end : at + 1;
    }
  };
}

function commentEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return at + 1;
  }
  return -1;
}

function parameterValue(text: string, start: number): { value: string; end: number } {
  if (text[start] === '"') return quotedString(text, start);
  const semicolon = text.indexOf(';', start);
  const end = semicolon < 0 ? text.length : semicolon;
  return { value: withoutComment(text.slice(start, end)).trim(), end };
}

function quotedString(text: string, start: number): { value: string; end: number } {
  const pieces: string[] = [];
  let from = start + 1;
  let at = from;
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\' && at + 1 < text.length) {
      pieces.push(text.slice(from, at));
      from = ++at;
    }
    at++;
  }
  pieces.push(text.slice(from, at));
  return { value: pieces.join(''), end: at + 1 };
}

/** `us-ascii (Plain text)` ends in a comment; `Invoice (1).pdf`, written without quotes, is a name. */
function withoutComment(value: string): string {
  const trimmed = value.trimEnd();
  const opening = trimmed.endsWith(')') ? trimmed.indexOf('(') : -1;
  const isComment = opening > 0 && isBlank(trimmed[opening - 1]) && commentEnd(trimmed, opening) === trimmed.length;
  return isComment ? trimmed.slice(0, opening) : trimmed;
}

interface Section {
  readonly number: number;
  readonly isEncoded: boolean;
  readonly value: string;
}

/**
 * Joins RFC 2231's sections: `name*0*`, `name*1`, `name*`. Also for parameters that came apart already, as IMAP's
 * BODYSTRUCTURE gives them. A parameter in that form is better than the plain one beside it, which is there for old
 * readers.
 */
export function joinParameters(given: Iterable<readonly [string, string]>): Map<string, string> {
  const plain = new Map<string, string>();
  const sections = new Map<string, Section[]>();
  for (const [rawName, value] of given) {
    const name = rawName.toLowerCase();
    const form = /^([^*]+)\*(?:(\d{1,4})(\*?))?$/.exec(name);
    const base = form?.[1];
    if (form === null || base === undefined) {
      if (!plain.has(name)) plain.set(name, value);
      continue;
    }
    const section = { number: Number(form[2] ?? 0), isEncoded: form[2] === undefined || form[3] === '*', value };
    const known = sections.get(base);
    if (known === undefined) sections.set(base, [section]);
    else known.push(section);
  }
  for (const [name, parts] of sections) plain.set(name, joinSections(parts));
  return plain;
}

function joinSections(sections: Section[]): string {
  const ordered = sections.toSorted((a, b) => a.number - b.number);
  let charset = 'utf-8';
  let joined = '';
  // Neighbours are decoded together: a character may be cut between two sections.
  let encoded = '';
  const decodeEncoded = () => {
    joined += encoded === '' ? '' : decodePercent(encoded, charset);
    encoded = '';
  };
  for (const [index, section] of ordered.entries()) {
    if (section.isEncoded) {
      const declared = index === 0 ? /^([^']*)'[^']*'/.exec(section.value) : null;
      if (declared?.[1]) charset = declared[1];
      encoded += section.value.slice(declared?.[0].length ?? 0);
    } else {
      decodeEncoded();
      joined += section.value;
    }
  }
  decodeEncoded();
  return joined;
}

function decodePercent(text: string, charset: string): string {
  const raw = new TextEncoder().encode(text);
  const bytes = new Uint8Array(raw.length);
  let length = 0;
  for (let at = 0; at < raw.length; at++) {
    const hex = raw[at] === 0x25 ? String.fromCharCode(raw[at + 1] ?? 0, raw[at + 2] ?? 0) : '';
    const isEscape = /^[0-9a-f]{2}$/i.test(hex);
    bytes[length++] = isEscape ? Number.parseInt(hex, 16) : (raw[at] ?? 0);
    if (isEscape) at += 2;
  }
  return decodeCharset(bytes.subarray(0, length), charset).value;
}
