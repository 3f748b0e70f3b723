/**
 * A row of FETCH as a server would write it (RFC 3501 §7.4.2), for messages of one part.
 */
import { Buffer } from 'node:buffer';
import type { ImapScript, Stored } from './imap-script.ts';

/** The items that `asked` names: `(UID FLAGS BODY.PEEK[HEADER]<0.1024>)`. */
export function fetchRow(
  { uid, bytes, flags }: Stored,
  sequence: number,
  asked: string,
  { announcedSize, mostBytes = Number.POSITIVE_INFINITY }: ImapScript,
): Uint8Array[] {
  const whole = Buffer.from(bytes);
  const border = whole.indexOf('\r\n\r\n') + 4;
  const items: (string | Uint8Array)[] = [`UID ${uid}`, `FLAGS (${[...flags].join(' ')})`];
  if (asked.includes('INTERNALDATE')) items.push('INTERNALDATE "23-Nov-2026 10:00:00 +0000"');
  if (asked.includes('RFC822.SIZE')) items.push(`RFC822.SIZE ${announcedSize ?? whole.length}`);
  // Gmail's.
  if (asked.includes('X-GM-MSGID')) items.push(`X-GM-MSGID ${1000 + uid}`);
  if (asked.includes('BODYSTRUCTURE')) {
    items.push(
      `BODYSTRUCTURE ("text" "plain" ("charset" "utf-8") NIL NIL "7bit" ${whole.length - border} 1 NIL NIL NIL NIL)`,
    );
  }
  for (const [, section = '', fields = '', from = '0', length = '0'] of asked.matchAll(
    /BODY\.PEEK\[([A-Z0-9.]*)( \([^)]*\))?\]<(\d+)\.(\d+)>/g,
  )) {
    const source =
      section === '' ? whole : section.startsWith('HEADER') ? whole.subarray(0, border) : whole.subarray(border);
    const piece = source.subarray(Number(from), Number(from) + Math.min(Number(length), mostBytes));
    items.push(Buffer.concat([Buffer.from(`BODY[${section}${fields}]<${from}> {${piece.length}}\r\n`), piece]));
  }
  const spaced = items.flatMap((item, index) => [...(index === 0 ? [] : [' ']), item]);
  return [`* ${sequence} FETCH (`, ...spaced, ')\r\n'].map((piece) =>
    typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece,
  );
}
