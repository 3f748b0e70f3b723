/**
 * Which messages come next, newest first?
 *
 * Pages are cut by sequence numbers, so that one FETCH of one range gives one page however many messages were removed in
 * between, and continued by UID, so that what arrives or goes meanwhile shifts nothing.
 */
import type { Access } from '../../core/access.ts';
import { err, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { MimePart } from '../../core/mime/part.ts';
import type { Needed } from '../../core/needed.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { FetchedEmail, FetchedPage, MessageName, Uid } from '../answers.ts';
import { emailOf, itemsOf, type Wanted } from './fetched-email.ts';
import { pageState } from './page-state.ts';
import { withPreviews } from './previews.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { atom, type CompilableToken, sequenceNumber, sequences, uidsBelow } from './tokens.ts';

/** What is shown of each message, and of how many. */
export interface PageShape {
  readonly limit: number;
  readonly needed: Pick<Needed, 'header' | 'headerFields' | 'structure' | 'preview' | 'labels'>;
}

export interface PageRequest extends PageShape {
  /** The last message of the page before, or null for the first page. */
  readonly before: MessageName | null;
}

/** How often a page is cut again when messages were removed while it was, or are missing from it. */
const attempts = 3;

export async function fetchPage(
  session: ImapSession,
  selected: SelectedMailbox,
  request: PageRequest,
  timings: Timings,
): Promise<Result<FetchedPage>> {
  const { before } = request;
  if (before !== null && before.uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  return timed(timings, 'fetch', async () => {
    const structures = new Map<Uid, MimePart>();
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const last = before === null ? totalOf(session) : await countBelow(session, before.uid);
      // One BODYSTRUCTURE that cannot be read takes its line along. Then those that can are enough.
      const isLean = attempt === attempts;
      const rows = await fetchRange(session, selected.access, last, isLean ? leanOf(request) : request);
      for (const { email } of rows) if (email.structure !== null) structures.set(email.uid, email.structure);
      // An EXPUNGE can have come between SEARCH and FETCH only, and moves messages from the page before into this one.
      const isBelow = before === null || rows.every(({ email }) => email.uid < before.uid);
      if (isBelow && isWhole(rows, Math.min(request.limit, last))) {
        const whole = isLean ? rows.map((row) => withStructure(row, structures)) : rows;
        const page = pageOf(session, whole, selected, before === null);
        return ok({ ...page, emails: await withPreviews(session, page.emails, request.needed) });
      }
      // What others have expunged is left out of a FETCH before it can be told of (RFC 2180 §4.1).
      await session.noop();
    }
    return err({ kind: 'protocol-violated', detail: 'Its UIDs do not ascend, or it leaves out messages.' });
  });
}

const leanOf = (request: PageRequest): PageRequest => ({
  ...request,
  needed: { ...request.needed, structure: false, preview: false },
});

const withStructure = ({ sequence, email }: Row, structures: ReadonlyMap<Uid, MimePart>): Row => ({
  sequence,
  email: { ...email, structure: email.structure ?? structures.get(email.uid) ?? null },
});

interface Row {
  readonly sequence: number;
  readonly email: FetchedEmail;
}

/** A row that is missing, or that could not be read, shall not go unnoticed: its message would be skipped. */
const isWhole = (rows: readonly Row[], expected: number): boolean =>
  rows.length >= expected &&
  // One UID for two messages would make one of them unreachable.
  new Set(rows.map(({ email }) => email.uid)).size === rows.length &&
  rows.every(({ sequence }, index) => sequence === (rows[0]?.sequence ?? 0) - index);

const totalOf = (session: ImapSession): number => session.mailbox?.exists ?? 0;

async function fetchRange(
  session: ImapSession,
  access: Access,
  last: number,
  { before, limit, needed }: PageRequest,
): Promise<Row[]> {
  if (last === 0) return [];
  const wanted = wantedOf({ limit, needed }, access);
  const first = sequenceNumber(Math.max(1, last - limit + 1));
  const range = sequences(first, before === null ? '*' : sequenceNumber(last));
  const rows: Row[] = [];
  for (const row of await session.fetch(range, itemsOf(wanted, session))) {
    const email = emailOf(row, wanted);
    if (email !== null && row.seq >= first && (before === null || row.seq <= last))
      rows.push({ sequence: row.seq, email });
  }
  // With `*`, what arrived a moment ago comes along, and the oldest are then left for the next page.
  return rows.sort((one, other) => other.sequence - one.sequence).slice(0, limit);
}

export function wantedOf({ limit, needed }: PageShape, access: Access): Wanted {
  const { header, headerFields, structure, preview, labels } = needed;
  // A page is held in memory as a whole, so its messages share what there is for headers.
  const maxHeaderBytes = Math.min(limits.headerBytes, Math.floor(limits.pageHeaderBytes / limit));
  return { header, headerFields, maxHeaderBytes, structure, preview, labels: labels ? access : null };
}

function pageOf(session: ImapSession, rows: readonly Row[], selected: SelectedMailbox, isFirst: boolean): FetchedPage {
  const { path, uidValidity } = selected;
  const total = totalOf(session);
  const emails = rows.map(({ email }) => email);
  const oldest = rows.at(-1);
  const nextBeforeUid = oldest !== undefined && oldest.sequence > 1 ? oldest.email.uid : null;
  const state = isFirst ? pageState(session, selected, emails, total) : null;
  return { mailboxPath: path, uidValidity, total, emails, nextBeforeUid, state };
}

/**
 * How many messages have a lower UID, which is the sequence number of the last of them. By SEARCH and not UID SEARCH:
 * only during the former may the server not tell of removed messages, which would shift the numbers (RFC 9051 §7.5.1).
 */
async function countBelow(session: ImapSession, uid: Uid): Promise<number> {
  if (uid <= 1) return 0;
  const criteria: CompilableToken[] = [atom('UID'), uidsBelow(uid)];
  return (await countByEsearch(session, criteria)) ?? (await countBySearch(session, criteria));
}

/** RFC 4731 §3.1. Null when the server does not do it, or answers without a count although it says it does. */
async function countByEsearch(session: ImapSession, criteria: readonly CompilableToken[]): Promise<number | null> {
  if (!session.has('ESEARCH')) return null;
  let count: number | null = null;
  await session.exec('SEARCH', [atom('RETURN'), [atom('COUNT')], ...criteria], {
    ESEARCH: async ({ attributes = [] }) => {
      const at = attributes.findIndex((token) => String(token?.value).toUpperCase() === 'COUNT');
      const text = String(attributes[at + 1]?.value);
      if (at >= 0 && /^\d{1,10}$/.test(text)) count = Number(text);
    },
  });
  return count;
}

async function countBySearch(session: ImapSession, criteria: readonly CompilableToken[]): Promise<number> {
  let count = 0;
  await session.exec('SEARCH', criteria, {
    // A long answer may come in several lines.
    SEARCH: async ({ numbers, attributes = [] }) => {
      count += numbers?.length ?? attributes.length;
    },
  });
  return count;
}
