/**
 * The bytes of a message that are meant to be read: its text, its HTML, and the headers of messages attached to it.
 *
 * One round trip for all of them, and none when nothing of them is asked for. Not decoded: that is the gateway's work.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { bodiesOf, embeddedMessages, htmlBytesForText, isTextDerived, readableParts } from '../../core/mime/bodies.ts';
import type { MimePart } from '../../core/mime/part.ts';
import type { Needed } from '../../core/needed.ts';
import type { FetchedBody, FetchedMessage, Uid } from '../answers.ts';
import { encodedBytes, isCut } from './chunks.ts';
import { fetchOne } from './fetch-one.ts';
import { octetsOf } from './fetched-email.ts';
import type { FetchMessageObject } from './imapflow.ts';
import type { ImapSession } from './session.ts';
import { sectionOf } from './structure.ts';
import { atom, type CompilableToken, peek } from './tokens.ts';

type FetchedBodies = Pick<FetchedMessage, 'bodies' | 'embedded'>;

interface WantedBody {
  readonly part: MimePart;
  readonly section: string;
  readonly bytes: number;
}

/** Fails with `message-not-found` when the message went away meanwhile. */
export async function fetchBodies(
  session: ImapSession,
  uid: Uid,
  root: MimePart,
  needed: Needed,
  maxBodyBytes: number,
): Promise<Result<FetchedBodies>> {
  const wanted = shareOut(root, needed, maxBodyBytes);
  const messages = needed.embedded ? embeddedMessages(root) : [];
  const items = [
    ...wanted.filter(({ bytes }) => bytes > 0).map(({ section, bytes }) => peek([atom(section)], 0, bytes)),
    ...messages.map(headerItem),
  ];
  const row = items.length === 0 ? null : await fetchOne(session, uid, items);
  if (row === null && items.length > 0) return err({ kind: 'message-not-found' });
  const bodies = new Map<string, FetchedBody>();
  for (const { part, section, bytes: asked } of wanted) {
    const bytes = row === null || asked <= 0 ? new Uint8Array() : octetsOf(row, section, 0);
    if (bytes === null) return err({ kind: 'protocol-violated', detail: 'It left out the text of a message.' });
    bodies.set(part.partId, { bytes, isTruncated: isCut(bytes.length, asked, part.encodedSize) });
  }
  return ok({ bodies, embedded: row === null ? new Map() : headersIn(row, messages) });
}

/** What `EmbeddedEmail` shows. */
const embeddedFields = ['From', 'To', 'Subject', 'Date', 'Message-ID'].map(atom);

const headerItem = ({ partId }: MimePart): CompilableToken =>
  peek([atom(`${partId}.HEADER.FIELDS`), embeddedFields], 0, limits.embeddedHeaderBytes);

/** A server that does not look into attached messages leaves them out, and what it says of the rest is as good. */
function headersIn(row: FetchMessageObject, messages: readonly MimePart[]): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const { partId } of messages) {
    const header = octetsOf(row, `${partId}.HEADER`, 0);
    if (header !== null && header.length > 0) found.set(partId, header);
  }
  return found;
}

/** The text is cut where all of it together reaches the maximum, and so is the HTML; what comes after is not fetched. */
function shareOut(root: MimePart, needed: Needed, maxBodyBytes: number): WantedBody[] {
  const isDerived = needed.text && isTextDerived(bodiesOf(root));
  const left = new Map([
    ['text/plain', maxBodyBytes],
    ['text/html', isDerived ? htmlBytesForText(maxBodyBytes) : maxBodyBytes],
  ]);
  return readableParts(root, needed).map((part) => {
    const share = left.get(part.type) ?? 0;
    const bytes = Math.min(encodedBytes(share, part.encoding), limits.imapLiteralBytes);
    left.set(part.type, Math.max(0, share - part.encodedSize));
    return { part, section: sectionOf(root, part), bytes };
  });
}
