/**
 * Which bytes does this text have in an older charset?
 *
 * Node only decodes these, so each table is built the other way round: decode every code, then invert. Knows nothing of
 * mail; a character that the charset lacks is a mistake in our own texts and throws.
 */
import { Buffer } from 'node:buffer';
export type Charset = 'us-ascii' | 'utf-8' | 'iso-8859-1' | 'windows-1251' | 'ISO-2022-JP';

type Table = ReadonlyMap<string, readonly number[]>;

const ESC = 0x1b;
const TO_ASCII = [ESC, 0x28, 0x42] as const; // ESC ( B
const TO_JIS_X_0208 = [ESC, 0x24, 0x42] as const; // ESC $ B

const built = new Map<Charset, Table>();

export function encode(text: string, charset: Charset): Buffer {
  if (charset === 'utf-8') return Buffer.from(text, 'utf8');
  const table = tableOf(charset);
  return charset === 'ISO-2022-JP' ? encodeIso2022Jp(text, table) : encodeSingleBytes(text, table, charset);
}

function tableOf(charset: Charset): Table {
  const table = built.get(charset) ?? (charset === 'ISO-2022-JP' ? jisX0208() : singleBytes(charset));
  built.set(charset, table);
  return table;
}

function singleBytes(charset: Charset): Table {
  const table = new Map<string, readonly number[]>();
  const size = charset === 'us-ascii' ? 0x80 : 0x100;
  // The label iso-8859-1 means windows-1252 to a TextDecoder (WHATWG Encoding §4.2), so that one comes from Buffer.
  const decoder = charset === 'windows-1251' ? new TextDecoder(charset) : undefined;
  for (let byte = 0; byte < size; byte++) {
    const char = decoder ? decoder.decode(Uint8Array.of(byte)) : String.fromCharCode(byte);
    if (char !== '\uFFFD') table.set(char, [byte]);
  }
  return table;
}

function jisX0208(): Table {
  const decoder = new TextDecoder('iso-2022-jp');
  const table = new Map<string, readonly number[]>();
  for (let row = 0x21; row <= 0x7e; row++) {
    for (let cell = 0x21; cell <= 0x7e; cell++) {
      const char = decoder.decode(Uint8Array.of(...TO_JIS_X_0208, row, cell, ...TO_ASCII));
      if (char.length === 1 && char !== '\uFFFD' && !table.has(char)) table.set(char, [row, cell]);
    }
  }
  return table;
}

function encodeSingleBytes(text: string, table: Table, charset: Charset): Buffer {
  return Buffer.from([...text].flatMap((char) => codeOf(char, table, charset)));
}

/** Starts and ends in ASCII, and is in ASCII at every line end (RFC 1468). */
function encodeIso2022Jp(text: string, table: Table): Buffer {
  const bytes: number[] = [];
  let inAscii = true;
  for (const char of text) {
    const isAscii = char < '\x80';
    if (isAscii !== inAscii) bytes.push(...(isAscii ? TO_ASCII : TO_JIS_X_0208));
    bytes.push(...(isAscii ? [char.charCodeAt(0)] : codeOf(char, table, 'ISO-2022-JP')));
    inAscii = isAscii;
  }
  if (!inAscii) bytes.push(...TO_ASCII);
  return Buffer.from(bytes);
}

function codeOf(char: string, table: Table, charset: Charset): readonly number[] {
  const code = table.get(char);
  if (!code) throw new Error(`${charset} has no '${char}'`);
  return code;
}
