/**
 * A row of FETCH as the facts that the gateway gets.
 */

import type { FetchedEmail, Uid } from '../answers.ts';
import type { FetchMessageObject } from './imapflow.ts';
import { mimePartOf } from './structure.ts';
import { atom, type CompilableToken, peek } from './tokens.ts';

/**
 * Bytes that own their memory, as RPC and byte streams need: both take all of it along with the view, and a small Buffer
 * may be a window into memory that it shares with other answers. NIL, which some servers send for an empty section, is as
 * good as nothing; imapflow hands it on as something that is no bytes.
 */
export function bytesOf(buffer: unknown): Uint8Array<ArrayBuffer> {
  if (!(buffer instanceof Uint8Array)) return new Uint8Array();
  const memory = buffer.buffer;
  const isWhole = memory instanceof ArrayBuffer && memory.byteLength === buffer.byteLength;
  return isWhole ? new Uint8Array(memory) : new Uint8Array(buffer);
}

/**
 * The octets of a section from `origin` on; null when the row has them not, or has them from elsewhere: a server that answers
 * something else than it was asked for shall not pass for one whose message is short.
 */
export function octetsOf(row: FetchMessageObject, section: string, origin: number): Uint8Array<ArrayBuffer> | null {
  const name = section.toLowerCase();
  const found: unknown = name === '' ? row.source : row.bodyParts?.get(name);
  // imapflow keeps it out of its typings. A server that leaves the origin out has answered for all of it.
  const origins: unknown = Reflect.get(row, 'partialOrigins');
  const told: unknown = origins instanceof Map ? origins.get(name) : undefined;
  return found === undefined || (told !== undefined && told !== origin) ? null : bytesOf(found);
}

export interface Wanted {
  /** The header: not at all, the fields that make an Email, or all of it. */
  readonly header: 'none' | 'fields' | 'all';
  /** What comes after that much of a header is left out. */
  readonly maxHeaderBytes: number;
  readonly structure: boolean;
  /** Gmail's, of a server that has them. */
  readonly labels?: boolean;
}

const emailFields = [
  'From',
  'Sender',
  'Reply-To',
  'To',
  'Cc',
  'Bcc',
  'Subject',
  'Date',
  'Message-ID',
  'In-Reply-To',
  'References',
].map(atom);

/** The FETCH items for `wanted`. */
export function itemsOf({ header, maxHeaderBytes, structure, labels = false }: Wanted): CompilableToken[] {
  const items: CompilableToken[] = [atom('FLAGS'), atom('INTERNALDATE'), atom('RFC822.SIZE')];
  if (structure) items.push(atom('BODYSTRUCTURE'));
  if (labels) items.push(atom('X-GM-LABELS'));
  if (header === 'all') items.push(peek([atom('HEADER')], 0, maxHeaderBytes));
  if (header === 'fields') items.push(peek([atom('HEADER.FIELDS'), emailFields], 0, maxHeaderBytes));
  return items;
}

/** Null for a row that is news about flags rather than the answer to `wanted` (RFC 9051 §7.5.2). */
export function emailOf(row: FetchMessageObject, wanted: Wanted): FetchedEmail | null {
  const { uid, flags, size, internalDate, headers, bodyStructure } = row;
  if (uid === undefined || flags === undefined || size === undefined || internalDate === undefined) return null;
  return {
    uid: uid as Uid,
    flags: [...flags],
    // A date that imapflow could not read comes as its text.
    receivedAt: internalDate instanceof Date ? internalDate : new Date(0),
    size,
    header: wanted.header === 'none' ? null : bytesOf(headers),
    ...(wanted.labels === true ? { labels: [...(row.labels ?? [])] } : {}),
    structure: wanted.structure && bodyStructure !== undefined ? mimePartOf(bodyStructure) : null,
  };
}
