/**
 * How does a header field look on the wire?
 *
 * Folding, encoded words (RFC 2047), parameters (RFC 2231), addresses and dates (RFC 5322). Values are lines of ASCII
 * with single spaces; folding happens last, at spaces.
 */
import { type Charset, encode } from './charsets.ts';

export type Header = readonly [name: string, value: string];

export interface Person {
  readonly name?: string;
  readonly address: string;
}

/** RFC 5322 §3.4: `Walkers: a@x.example, b@x.example;` */
export interface Group {
  readonly group: string;
  readonly members: readonly Person[];
}

export type ParameterStyle = 'quoted' | 'extended' | 'continued' | 'encoded-word';

const LINE_CHARS = 77; // and the space that a continuation starts with: 78 (RFC 5322 §2.1.1)
const WORD_CHARS = 64; // RFC 2047 §2 allows 75; less leaves room for 'Subject: ' on the first line
const PIECE_CHARS = 40; // of a continued parameter

export function headerLines(headers: readonly Header[]): string {
  return headers.map(([name, value]) => `${fold(`${name}: ${value}`)}\r\n`).join('');
}

function fold(field: string): string {
  const lines: string[] = [];
  let line = '';
  for (const token of field.split(' ')) {
    // A line of the field name alone is legal but trips old parsers: keep the first token beside it.
    const isOnlyName = lines.length === 0 && line.endsWith(':') && !line.includes(' ');
    if (line !== '' && !isOnlyName && line.length + 1 + token.length > LINE_CHARS) {
      lines.push(line);
      line = token;
    } else {
      line = line === '' ? token : `${line} ${token}`;
    }
  }
  return [...lines, line].join('\r\n ');
}

/** ASCII stays as it is, anything else becomes encoded words. */
export function headerText(text: string): string {
  return isAscii(text) ? text : encodedWords(text, 'utf-8', 'B');
}

/** As many words as the text needs, never split inside a character (RFC 2047 §5). */
export function encodedWords(text: string, charset: Charset, encoding: 'B' | 'Q'): string {
  const word = (piece: string): string => {
    const bytes = encode(piece, charset);
    return `=?${charset === 'utf-8' ? 'UTF-8' : charset}?${encoding}?${encoding === 'B' ? bytes.toString('base64') : q(bytes)}?=`;
  };
  const words: string[] = [];
  let piece = '';
  for (const char of text) {
    if (piece !== '' && word(piece + char).length > WORD_CHARS) {
      words.push(word(piece));
      piece = '';
    }
    piece += char;
  }
  return [...words, word(piece)].join(' ');
}

function q(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    if (byte === 0x20) return '_';
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9!*+/-]/.test(char) ? char : `=${hex(byte)}`;
  }).join('');
}

/** `; name="value"` in one of the ways that mail programs write it. */
export function parameter(name: string, value: string, style: ParameterStyle): string {
  if (style === 'quoted') return `; ${name}="${value.replace(/["\\]/g, '\\$&')}"`;
  // Forbidden inside quotes (RFC 2047 §5), and sent by half the world all the same.
  if (style === 'encoded-word') return `; ${name}="${encodedWords(value, 'utf-8', 'B')}"`;
  if (style === 'extended') return `; ${name}*=UTF-8''${percent(value)}`;
  const pieces: string[] = [''];
  for (const char of value) {
    const last = pieces.at(-1) ?? '';
    if (last.length + percent(char).length > PIECE_CHARS) pieces.push(percent(char));
    else pieces[pieces.length - 1] = last + percent(char);
  }
  return pieces.map((piece, index) => `; ${name}*${index}*=${index === 0 ? "UTF-8''" : ''}${piece}`).join('');
}

function percent(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9.-]/.test(char) ? char : `%${hex(byte)}`;
    })
    .join('');
}

export function addresses(recipients: readonly (Person | Group)[]): string {
  return recipients
    .map((one) => ('group' in one ? `${phrase(one.group)}: ${addresses(one.members)};` : mailboxOf(one)))
    .join(', ');
}

function mailboxOf(person: Person): string {
  return person.name === undefined ? person.address : `${phrase(person.name)} <${person.address}>`;
}

function phrase(name: string): string {
  if (!isAscii(name)) return encodedWords(name, 'utf-8', 'Q');
  return /^[\w -]*$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/** `zone` as in '+0100': the sender's wall clock, the same instant. */
export function dateText(instant: Date, zone: string): string {
  const minutes = Number(zone.slice(0, 3)) * 60 + Number(zone.slice(0, 1) + zone.slice(3));
  return new Date(instant.getTime() + minutes * 60_000).toUTCString().replace('GMT', zone);
}

function isAscii(text: string): boolean {
  return [...text].every((char) => char < '\x80');
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
