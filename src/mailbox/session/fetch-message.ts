/**
 * One message: its header, its structure, and the bytes of what is meant to be read.
 *
 * Two round trips: what the parts are decides which of them to fetch, and how much of them. Attachments stay where they
 * are. `\Seen` stays as it is.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { readableParts } from '../../core/mime/bodies.ts';
import type { MimePart } from '../../core/mime/part.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { FetchedBody, FetchedMessage, MessageName, Uid } from '../answers.ts';
import { encodedBytes, isCut } from './chunks.ts';
import { fetchOne } from './fetch-one.ts';
import { emailOf, itemsOf, octetsOf, type Wanted } from './fetched-email.ts';
import { noLabels } from './labels.ts';
import { fetchWithModseq } from './message-state.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { sectionOf } from './structure.ts';
import { atom, peek } from './tokens.ts';

export interface MessageRequest {
  /** After transfer decoding, for each of the text and the HTML. */
  readonly maxBodyBytes: number;
  /** Gmail's. */
  readonly labels?: boolean;
}

const whole: Wanted = { header: 'all', maxHeaderBytes: limits.headerBytes, structure: true };

export async function fetchMessage(
  session: ImapSession,
  selected: SelectedMailbox,
  name: MessageName,
  { maxBodyBytes, labels = false }: MessageRequest,
  timings: Timings,
): Promise<Result<FetchedMessage>> {
  if (name.uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  if (labels && !session.has('X-GM-EXT-1')) return noLabels;
  const wanted: Wanted = { ...whole, labels };
  return timed(timings, 'fetch', async () => {
    const row = await fetchWithModseq(session, name.uid, itemsOf(wanted));
    if (row === null) return err({ kind: 'message-not-found' });
    const email = emailOf(row, wanted);
    const { header = null, structure = null } = email ?? {};
    if (email === null || structure === null || header === null) {
      return err({ kind: 'protocol-violated', detail: 'It sent a message without all that it was asked for.' });
    }
    const bodies = await fetchBodies(session, name.uid, structure, maxBodyBytes);
    if (!bodies.ok) return bodies;
    const modseq = row.modseq ?? null;
    return ok({ ...email, modseq, mailboxPath: selected.path, header, structure, bodies: bodies.value });
  });
}

interface WantedBody {
  readonly part: MimePart;
  readonly section: string;
  readonly bytes: number;
}

/** Fails with `message-not-found` when the message went away meanwhile. */
async function fetchBodies(
  session: ImapSession,
  uid: Uid,
  root: MimePart,
  maxBodyBytes: number,
): Promise<Result<Map<string, FetchedBody>>> {
  const bodies = new Map<string, FetchedBody>();
  const wantedBodies = shareOut(root, maxBodyBytes);
  const items = wantedBodies
    .filter(({ bytes }) => bytes > 0)
    .map(({ section, bytes }) => peek([atom(section)], 0, bytes));
  const row = items.length === 0 ? null : await fetchOne(session, uid, items);
  if (row === null && items.length > 0) return err({ kind: 'message-not-found' });
  for (const { part, section, bytes: asked } of wantedBodies) {
    const bytes = row === null || asked <= 0 ? new Uint8Array() : octetsOf(row, section, 0);
    if (bytes === null) return err({ kind: 'protocol-violated', detail: 'It left out the text of a message.' });
    bodies.set(part.partId, { bytes, isTruncated: isCut(bytes.length, asked, part.encodedSize) });
  }
  return ok(bodies);
}

/** The text is cut where all of it together reaches the maximum, and so is the HTML; what comes after is not fetched. */
function shareOut(root: MimePart, maxBodyBytes: number): WantedBody[] {
  const left = new Map<string, number>();
  return readableParts(root).map((part) => {
    const share = left.get(part.type) ?? maxBodyBytes;
    const bytes = Math.min(encodedBytes(share, part.encoding), limits.imapLiteralBytes);
    left.set(part.type, Math.max(0, share - part.encodedSize));
    return { part, section: sectionOf(root, part), bytes };
  });
}
