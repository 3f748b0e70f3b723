/**
 * How does a mailbox's name on the wire become a path, and a path a name again?
 *
 * Names travel in modified UTF-7 (RFC 3501 §5.1.3), or in UTF-8 where that is on (RFC 6855, IMAP4rev2). Servers also list
 * names that are neither; such a path keeps the bytes behind a mark, so that whatever was listed can be named exactly as it
 * was. Pure; a name on the wire is a string of octets.
 */
import { Buffer } from 'node:buffer';

export type NameEncoding = 'utf-7' | 'utf-8';

/** A noncharacter: no name has it, and a name that does is kept as bytes too. */
export const rawMark = '\uFFFF';

/** One path for each name, and one name for each path. */
export function pathOfName(name: string, encoding: NameEncoding): string {
  // The one name whose case does not matter (RFC 9051 §5.1). Not toUpperCase(): it makes an I of more letters than one.
  if (/^inbox$/i.test(name)) return 'INBOX';
  return textOf(name, encoding) ?? rawMark + name;
}

export function nameOfPath(path: string, encoding: NameEncoding): string {
  if (path.startsWith(rawMark)) return path.slice(rawMark.length);
  return encoding === 'utf-8' ? Buffer.from(path, 'utf8').toString('latin1') : toUtf7(path);
}

/** The same mailbox always under the same path, however a caller has put it. */
export const normalPath = (path: string, encoding: NameEncoding): string =>
  pathOfName(nameOfPath(path, encoding), encoding);

/** Where a name lies: its last component, for people to read, and the name that holds it, or null at the top. */
export function placeOf(
  name: string,
  delimiter: string,
  encoding: NameEncoding,
): { readonly label: string; readonly parent: string | null } {
  // Some servers end a name that only holds others with the delimiter.
  const whole = delimiter !== '' && name.length > 1 && name.endsWith(delimiter) ? name.slice(0, -1) : name;
  const at = delimiter === '' ? -1 : whole.lastIndexOf(delimiter);
  const last = whole.slice(at + 1);
  const label = textOf(last, encoding) ?? Buffer.from(last, 'latin1').toString('utf8');
  return { label, parent: at > 0 ? whole.slice(0, at) : null };
}

/** Null unless the text becomes these very octets again. */
function textOf(name: string, encoding: NameEncoding): string | null {
  const text = encoding === 'utf-8' ? Buffer.from(name, 'latin1').toString('utf8') : fromUtf7(name);
  const isExact = nameOfPath(text, encoding) === name && text.isWellFormed() && !text.includes(rawMark);
  return isExact && !/[\r\n\0]/.test(text) ? text : null;
}

const toUtf7 = (text: string): string =>
  text.replace(/&|[^\x20-\x7e]+/g, (run) => (run === '&' ? '&-' : `&${base64OfUtf16(run)}-`));

function base64OfUtf16(text: string): string {
  const base64 = Buffer.from(text, 'utf16le').swap16().toString('base64');
  return base64.replaceAll('=', '').replaceAll('/', ',');
}

const fromUtf7 = (name: string): string =>
  name.replace(/&([^-]*)-/g, (_, base64: string) => {
    if (base64 === '') return '&';
    const bytes = Buffer.from(base64.replaceAll(',', '/'), 'base64');
    return bytes
      .subarray(0, bytes.length - (bytes.length % 2))
      .swap16()
      .toString('utf16le');
  });
