/**
 * How do the bytes of a text part become a string? (RFC 8621 §4.1.4, `EmailBodyValue`)
 *
 * Never fails: a charset that is unknown, or bytes that do not belong to it, give the best reading there is and say so.
 * The tables are the platform's (WHATWG Encoding), where `iso-8859-1` is windows-1252, as mail means it.
 */
import { isAscii } from './bytes.ts';

export interface DecodedText {
  readonly value: string;
  readonly isEncodingProblem: boolean;
}

/** Names that mail uses and the WHATWG list does not have. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['cp932', 'shift_jis'],
  ['cp936', 'gbk'],
  ['cp949', 'euc-kr'],
  ['cp950', 'big5'],
  ['cp874', 'windows-874'],
  ['ms936', 'gbk'],
  ['ms949', 'euc-kr'],
  ['ms950', 'big5'],
  ['windows-874', 'windows-874'],
  ['windows-932', 'shift_jis'],
  ['windows-936', 'gbk'],
  ['windows-950', 'big5'],
  ['cp50220', 'iso-2022-jp'],
  ['cp50221', 'iso-2022-jp'],
  ['cp51932', 'euc-jp'],
  ['eucjp', 'euc-jp'],
  ['eucjp-ms', 'euc-jp'],
  ['euckr', 'euc-kr'],
  ['uhc', 'euc-kr'],
  ['utf8mb4', 'utf-8'],
]);

/** What the platform calls the charset that mail calls `label`. */
export const encodingNameOf = (label: string): string =>
  aliases.get(label.trim().toLowerCase()) ?? label.trim().toLowerCase();

/** Decodes the text of a part. `isCut` says that its end is missing, so half a character there is nobody's mistake. */
export function textOf(bytes: Uint8Array, charset: string | null, isCut = false): DecodedText {
  const decoded = decodeCharset(bytes, charset, isCut);
  const value = decoded.value.includes('\r\n') ? decoded.value.replaceAll('\r\n', '\n') : decoded.value;
  return { value, isEncodingProblem: decoded.isEncodingProblem };
}

/** The same without touching line ends: for file names and header fields. */
export function decodeCharset(bytes: Uint8Array, charset: string | null, isCut = false): DecodedText {
  const label = (charset ?? '').trim().toLowerCase();
  // RFC 2045 §5.2: what declares nothing is US-ASCII. What it really is, when it is not, is UTF-8 almost always.
  if (label === '' || label === 'us-ascii' || label === 'ascii') {
    return guess(bytes, isCut, label !== '' && !isAscii(bytes));
  }
  const name = encodingNameOf(label);
  const strict = decode(bytes, name, true, isCut);
  if (strict !== null) return { value: strict, isEncodingProblem: false };
  const lenient = decode(bytes, name, false, isCut);
  return lenient === null ? guess(bytes, isCut, true) : { value: lenient, isEncodingProblem: true };
}

function guess(bytes: Uint8Array, isCut: boolean, isKnownProblem: boolean): DecodedText {
  const utf8 = decode(bytes, 'utf-8', true, isCut);
  if (utf8 !== null) return { value: utf8, isEncodingProblem: isKnownProblem };
  return { value: decode(bytes, 'windows-1252', false, isCut) ?? '', isEncodingProblem: true };
}

/** Null when the charset is unknown or, strictly read, the bytes do not belong to it. */
function decode(bytes: Uint8Array, charset: string, fatal: boolean, isCut: boolean): string | null {
  try {
    // `stream` keeps half a character at the end back instead of reporting it.
    return new TextDecoder(charset, { fatal, ignoreBOM: false }).decode(bytes, { stream: isCut });
  } catch {
    return null;
  }
}

/** At most `maxBytes` octets of UTF-8, never half a character. */
export function truncateUtf8(value: string, maxBytes: number): string {
  // A UTF-16 unit takes three octets at most, so short strings need not be measured.
  if (value.length * 3 <= maxBytes) return value;
  const { read } = new TextEncoder().encodeInto(value, new Uint8Array(Math.max(0, maxBytes)));
  return read === value.length ? value : value.slice(0, read);
}

/**
 * The same for HTML, and not inside a tag either, as RFC 8621 §4.2 asks. `isCut` says that the value lost its end
 * before.
 */
export function truncateHtml(value: string, maxBytes: number, isCut = false): string {
  const cut = truncateUtf8(value, maxBytes);
  if (cut.length === value.length && !isCut) return value;
  const opening = cut.lastIndexOf('<');
  return opening > cut.lastIndexOf('>') ? cut.slice(0, opening) : cut;
}
