/**
 * Which messages of several mailboxes come next, the newest first?
 *
 * Each mailbox is selected and searched, and of the newest that it found just the date is asked for; then those that make the page
 * are read. Inside a mailbox the order is that of arrival, by UID; of two mailboxes the one goes on whose next message was received
 * later. So a page is told by one UID a mailbox, whatever comes and goes.
 */
import type { Access } from '../../core/access.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { FetchedEmail, FoundAcross, MailboxName, Position, Uid } from '../answers.ts';
import type { Condition } from '../search/condition.ts';
import { programOf } from '../search/program.ts';
import { isRefusal } from './attempt.ts';
import { fetchEmails } from './fetch-emails.ts';
import { type PageShape, wantedOf } from './fetch-page.ts';
import type { Wanted } from './fetched-email.ts';
import { checkAnswerable, dialectOf, findMessages } from './find-messages.ts';
import { fitting } from './find-page.ts';
import { checkGranted } from './grant.ts';
import { withField } from './granted-path.ts';
import { listMailboxes } from './list-mailboxes.ts';
import { echoOf } from './search.ts';
import { type SelectedMailbox, select } from './select.ts';
import type { ImapSession } from './session.ts';

export interface AcrossRequest extends PageShape {
  readonly condition: Condition;
  /** Null for all that may be reached, but junk and trash. */
  readonly mailboxes: readonly MailboxName[] | null;
  /** Where the page before has ended, in every mailbox that it searched; null for the first page. */
  readonly after: readonly Position[] | null;
}

type Failure = FoundAcross['failed'][number];

/** What was found in one mailbox. */
interface Source {
  readonly path: string;
  readonly uidValidity: number;
  readonly total: number;
  /** Where the next page begins if it shows nothing of this mailbox. */
  readonly top: number;
  /** The newest first, no more than a page. */
  readonly heads: readonly FetchedEmail[];
  readonly hasMore: boolean;
}

export async function findAcross(
  session: ImapSession,
  access: Access,
  request: AcrossRequest,
  timings: Timings,
): Promise<Result<FoundAcross>> {
  const dialect = dialectOf(session);
  const places = request.after ?? (await placesOf(session, access, request.mailboxes, timings));
  if (places.length > limits.searchMailboxes) {
    return err({ kind: 'search-too-broad', of: 'mailboxes', limit: limits.searchMailboxes });
  }
  // Also those that a cursor names, which anybody can write.
  const allowed = await checkGranted(session, access, places.map(nameOf));
  if (!allowed.ok) return withField(allowed, 'mailboxes');
  const wanted = wantedOf(request, access);
  const sources: Source[] = [];
  const failed: Failure[] = [];
  for (const place of places) {
    const source = await searched(session, access, place, request, timings);
    if (source.ok) {
      // Two names may stand for one mailbox.
      if (!sources.some(({ path }) => path === source.value.path)) sources.push(source.value);
    } else failed.push({ name: nameOf(place), failure: source.failure });
  }
  const [first] = failed;
  if (sources.length === 0 && first !== undefined) return err(first.failure);
  const shown = merged(sources, request.limit);
  return ok({
    total: sources.reduce((sum, { total }) => sum + total, 0),
    emails: await read(session, access, shown, { condition: request.condition, wanted }, timings),
    next: positionsBehind(sources, shown),
    failed,
    program: echoOf(session, programOf(request.condition, 'widest', dialect)),
  });
}

type PlaceInMailbox = MailboxName | Position;

const nameOf = (place: PlaceInMailbox): MailboxName => ('role' in place ? { role: place.role } : { path: place.path });

/** In the order in which mailboxes are listed. */
async function placesOf(
  session: ImapSession,
  access: Access,
  named: readonly MailboxName[] | null,
  timings: Timings,
): Promise<readonly MailboxName[]> {
  if (named !== null) return named;
  const listed = await listMailboxes(session, access, { size: false, myRights: false }, timings);
  if (!listed.ok) throw new Failed(listed.failure);
  // A label is a mailbox there, and all mail is in one.
  const all = listed.value.find(({ role }) => role === 'all');
  if (dialectOf(session).isGmail && all !== undefined) return [{ path: all.path }];
  return listed.value
    .filter(({ isSelectable, role }) => isSelectable && role !== 'junk' && role !== 'trash')
    .map(({ path }) => ({ path }));
}

/** A mailbox that cannot be searched is told of; whatever ends the session ends the request. */
async function searched(
  session: ImapSession,
  access: Access,
  place: PlaceInMailbox,
  request: AcrossRequest,
  timings: Timings,
): Promise<Result<Source>> {
  try {
    const selected = await select(session, access, nameOf(place), timings);
    return selected.ok ? await sourceIn(session, selected.value, place, request, timings) : selected;
  } catch (error) {
    if (error instanceof Failed && session.isOpen && isOfOneMailbox(error.failure)) return err(error.failure);
    throw error;
  }
}

const isOfOneMailbox = (failure: MailFailure): boolean =>
  isRefusal(failure) || ['state-gone', 'search-too-broad', 'unsupported-by-server'].includes(failure.kind);

async function sourceIn(
  session: ImapSession,
  { path, uidValidity, access }: SelectedMailbox,
  place: PlaceInMailbox,
  { condition, limit }: AcrossRequest,
  timings: Timings,
): Promise<Result<Source>> {
  const below = 'below' in place ? place.below : beyondUids;
  if ('below' in place && place.uidValidity !== uidValidity) return err({ kind: 'state-gone' });
  checkAnswerable(session, access, condition);
  const widest = programOf(condition, 'widest', dialectOf(session));
  const isEmpty = session.mailbox?.exists === 0;
  const uids = isEmpty ? [] : await timed(timings, 'search', () => findMessages(session, condition, widest));
  const rest = uids.filter((uid) => uid < below);
  const newest = rest.slice(-limit).reverse();
  const heads = await timed(timings, 'fetch', () => fetchEmails(session, newest, datesAlone));
  // What arrives from now on has no place in the pages that follow.
  const top = Math.min(below, (uids.at(-1) ?? 0) + 1);
  return ok({ path, uidValidity, total: uids.length, top, heads, hasMore: rest.length > newest.length });
}

const beyondUids = 0xffffffff + 1;
const datesAlone = { header: 'none', maxHeaderBytes: 0, structure: false } as const;

interface Shown<S> {
  readonly source: S;
  readonly uid: Uid;
}

/** The messages of the page, each with where it was found. */
export function merged<S extends { readonly heads: readonly Pick<FetchedEmail, 'uid' | 'receivedAt'>[] }>(
  sources: readonly S[],
  limit: number,
): Shown<S>[] {
  const shown: Shown<S>[] = [];
  const counts = new Map<S, number>();
  const nextOf = (source: S) => source.heads[counts.get(source) ?? 0];
  while (shown.length < limit) {
    const [newest] = sources
      .flatMap((source) => {
        const email = nextOf(source);
        return email === undefined ? [] : [{ source, email }];
      })
      .sort((one, other) => other.email.receivedAt.getTime() - one.email.receivedAt.getTime());
    if (newest === undefined) break;
    shown.push({ source: newest.source, uid: newest.email.uid });
    counts.set(newest.source, (counts.get(newest.source) ?? 0) + 1);
  }
  return shown;
}

/** Null when all that was found is shown. */
function positionsBehind(sources: readonly Source[], shown: readonly Shown<Source>[]): Position[] | null {
  const found = sources.reduce((sum, { heads }) => sum + heads.length, 0);
  if (found <= shown.length && !sources.some(({ hasMore }) => hasMore)) return null;
  return sources.map((source) => ({
    path: source.path,
    uidValidity: source.uidValidity,
    below: shown.findLast((one) => one.source === source)?.uid ?? source.top,
  }));
}

async function read(
  session: ImapSession,
  access: Access,
  shown: readonly Shown<Source>[],
  { condition, wanted }: { readonly condition: Condition; readonly wanted: Wanted },
  timings: Timings,
): Promise<FoundAcross['emails']> {
  const found = new Map<Source, ReadonlyMap<Uid, FetchedEmail>>();
  for (const source of new Set(shown.map((one) => one.source))) {
    const uids = shown.flatMap((one) => (one.source === source ? [one.uid] : []));
    const selected = await select(session, access, { path: source.path }, timings, true);
    // Deleted or numbered anew in between: its messages are not there any more. Anything else would skip them.
    if (!selected.ok && selected.failure.kind !== 'mailbox-not-found') throw new Failed(selected.failure);
    if (!selected.ok || selected.value.uidValidity !== source.uidValidity) continue;
    const emails = await timed(timings, 'fetch', () => fetchEmails(session, uids, wanted));
    found.set(source, new Map(fitting(condition, emails).map((email) => [email.uid, email])));
  }
  return shown.flatMap(({ source, uid }) => {
    const email = found.get(source)?.get(uid);
    return email === undefined ? [] : [{ mailboxPath: source.path, uidValidity: source.uidValidity, email }];
  });
}
