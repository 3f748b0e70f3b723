/**
 * A row of FETCH as the facts that the gateway gets.
 */

import type { Access } from '../../core/access.ts';
import { emailHeaderFieldNames } from '../../core/needed.ts';
import type { FetchedEmail, Uid } from '../answers.ts';
import type { FetchMessageObject } from './imapflow.ts';
import { labelsItemOf } from './labels.ts';
import { previewIn } from './preview-item.ts';
import type { ImapSession } from './session.ts';
import { mimePartOf } from './structure.ts';
import { threadIdIn, threadIdItemOf } from './thread-id.ts';
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
  /** Which fields those are; the ones that make an Email, if nothing is said. */
  readonly headerFields?: readonly string[];
  /** What comes after that much of a header is left out. */
  readonly maxHeaderBytes: number;
  readonly structure: boolean;
  /** What it begins with; `withPreviews` has the rest of it. */
  readonly preview?: boolean;
  /** Gmail's, as far as they may be seen; none for null. */
  readonly labels?: Access | null;
}

/**
 * The FETCH items for `wanted`, and the name of the conversation, which costs nothing where there is one. Throws Failed where
 * there are no labels and they are wanted.
 */
export function itemsOf(wanted: Wanted, session: ImapSession): CompilableToken[] {
  const { header, headerFields = emailHeaderFieldNames, maxHeaderBytes, structure, preview = false } = wanted;
  const items: CompilableToken[] = [atom('FLAGS'), atom('INTERNALDATE'), atom('RFC822.SIZE')];
  const threadId = threadIdItemOf(session);
  if (threadId !== null) items.push(atom(threadId));
  if (preview && session.has('PREVIEW')) items.push(atom('PREVIEW'));
  if (wanted.labels) items.push(labelsItemOf(session, wanted.labels));
  // For a preview as well: a server that has them need not have all.
  if (structure || preview) items.push(atom('BODYSTRUCTURE'));
  if (header === 'all') items.push(peek([atom('HEADER')], 0, maxHeaderBytes));
  if (header === 'fields') items.push(peek([atom('HEADER.FIELDS'), headerFields.map(atom)], 0, maxHeaderBytes));
  return items;
}

/** Null for a row that is news about flags rather than the answer to `wanted` (RFC 9051 §7.5.2). */
export function emailOf(row: FetchMessageObject, wanted: Wanted): FetchedEmail | null {
  const preview = previewIn(row);
  const { uid, flags, size, internalDate, headers, bodyStructure } = row;
  if (uid === undefined || flags === undefined || size === undefined || internalDate === undefined) return null;
  return {
    uid: uid as Uid,
    flags: [...flags],
    // A date that imapflow could not read comes as its text.
    receivedAt: internalDate instanceof Date ? internalDate : new Date(0),
    size,
    header: wanted.header === 'none' ? null : bytesOf(headers),
    ...(wanted.labels ? { labels: [...(row.labels ?? [])] } : {}),
    structure: bodyStructure === undefined ? null : mimePartOf(bodyStructure),
    threadId: threadIdIn(row),
    preview: preview === null ? null : { text: preview },
  };
}
