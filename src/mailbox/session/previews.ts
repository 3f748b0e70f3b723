/**
 * What do messages begin with, where the server does not say (PREVIEW, RFC 8970)?
 *
 * The first octets of the text of each, in one round trip more: a FETCH for all messages whose text is the same part, and all of
 * these in one go. What they mean is found out where there is time for it, in the gateway.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { bodiesOf } from '../../core/mime/bodies.ts';
import type { MimePart } from '../../core/mime/part.ts';
import type { FetchedEmail, FetchedPreview, Uid } from '../answers.ts';
import { attempt, isExpungeIssued } from './attempt.ts';
import { isCut } from './chunks.ts';
import { octetsOf, type Wanted } from './fetched-email.ts';
import type { FetchMessageObject } from './imapflow.ts';
import type { ImapSession } from './session.ts';
import { sectionOf } from './structure.ts';
import { atom, type MessageSet, peek, uidSets } from './tokens.ts';

interface Beginning {
  readonly uid: Uid;
  readonly part: MimePart;
  readonly section: string;
  readonly bytes: number;
}

interface Fetch {
  readonly messages: MessageSet;
  readonly section: string;
  readonly bytes: number;
}

/** The same messages, with previews where those are wanted and not told yet. */
export async function withPreviews(
  session: ImapSession,
  emails: readonly FetchedEmail[],
  { preview = false }: Pick<Wanted, 'preview'>,
): Promise<FetchedEmail[]> {
  if (!preview) return [...emails];
  const untold = emails.filter((email) => email.preview === null).flatMap((email) => beginningOf(email) ?? []);
  const beginnings = new Map(untold.map((beginning) => [beginning.uid, beginning]));
  const found = new Map<Uid, FetchedPreview>();
  const fetches = fetchesFor(untold);
  for (let from = 0; from < fetches.length; from += limits.previewCommands) {
    for (const row of await inOneGo(session, fetches.slice(from, from + limits.previewCommands))) {
      const beginning = beginnings.get((row.uid ?? 0) as Uid);
      const bytes = beginning === undefined ? null : octetsOf(row, beginning.section, 0);
      if (beginning === undefined || bytes === null) continue;
      const { uid, part } = beginning;
      found.set(uid, { part, bytes, isTruncated: isCut(bytes.length, beginning.bytes, part.encodedSize) });
    }
  }
  return emails.map((email) => ({ ...email, preview: email.preview ?? found.get(email.uid) ?? nothing }));
}

const nothing: FetchedPreview = { text: '' };

/** Of the first part that is meant to be read; null when there is none. */
function beginningOf({ uid, structure }: FetchedEmail): Beginning | null {
  if (structure === null) return null;
  const { textBody, htmlBody } = bodiesOf(structure);
  const readable = [
    ...textBody.filter(({ type }) => type === 'text/plain'),
    ...htmlBody.filter(({ type }) => type === 'text/html'),
  ];
  // Some programs put a text beside their HTML that is no more than a line end.
  const part = readable.find(({ encodedSize }) => encodedSize > 2) ?? readable[0];
  if (part === undefined) return null;
  const bytes = part.type === 'text/html' ? limits.previewHtmlBytes : limits.previewTextBytes;
  return { uid, part, section: sectionOf(structure, part), bytes };
}

function fetchesFor(beginnings: readonly Beginning[]): Fetch[] {
  const groups = Map.groupBy(beginnings, ({ section, bytes }) => `${section} ${bytes}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { section, bytes } = first;
    return uidSets(group.map(({ uid }) => uid)).map((messages) => ({ messages, section, bytes }));
  });
}

/** All rows together: those of one command may come while another one is answered. */
async function inOneGo(session: ImapSession, [first, ...others]: readonly Fetch[]): Promise<FetchMessageObject[]> {
  if (first === undefined) return [];
  if (others.length === 0) return rowsOf(session, first);
  const [rows, more] = await session.together(
    () => rowsOf(session, first),
    () => inOneGo(session, others),
  );
  return [...rows, ...more];
}

async function rowsOf(session: ImapSession, { messages, section, bytes }: Fetch): Promise<FetchMessageObject[]> {
  const rows = await attempt(() => session.fetch(messages, [peek([atom(section)], 0, bytes)]));
  if (!rows.ok && !isExpungeIssued(rows.failure)) throw new Failed(rows.failure);
  return rows.ok ? rows.value : [];
}
