/**
 * Which of the messages that are searched for come next, in the order that was asked for?
 *
 * A search is asked anew for each page. In the order of arrival, UIDs say where a page begins. In any other, SORT is asked where
 * the last messages of the page before stand now, whether or not they still fit: what others have marked or brought in between
 * shifts nothing.
 */
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { FetchedEmail, FoundPage, Uid } from '../answers.ts';
import type { Condition } from '../search/condition.ts';
import { mostSeen, type Place } from '../search/cursor.ts';
import { fits } from '../search/fits.ts';
import { isExact, orUids, type Program, programOf } from '../search/program.ts';
import { arrivalInsteadOf, isByArrival, type Sort } from '../search/sort.ts';
import { fetchEmails } from './fetch-emails.ts';
import { type PageShape, wantedOf } from './fetch-page.ts';
import { among, checkAnswerable, dialectOf, factsOf, findMessages } from './find-messages.ts';
import { echoOf, searchUids, sortUids } from './search.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';

export interface SearchRequest extends PageShape {
  readonly condition: Condition;
  readonly sort: Sort;
  /** Where the page before has ended; null for the first page. */
  readonly after: Place | null;
}

export async function findPage(
  session: ImapSession,
  { path, uidValidity, access }: SelectedMailbox,
  request: SearchRequest,
  timings: Timings,
): Promise<Result<FoundPage>> {
  const { condition, after, limit } = request;
  if (after !== null && after.uidValidity !== uidValidity) return err({ kind: 'state-gone' });
  checkAnswerable(session, access, condition);
  const isSortSupported = isByArrival(request.sort) || session.has('SORT');
  const sort = isSortSupported ? request.sort : arrivalInsteadOf(request.sort);
  const widest = programOf(condition, 'widest', dialectOf(session));
  const { total, rest } = await timed(timings, 'search', () =>
    isByArrival(sort) ? arrived(session, request, sort, widest) : sorted(session, request, sort, widest),
  );
  const uids = rest.slice(0, limit);
  const emails = await timed(timings, 'fetch', () => fetchEmails(session, uids, wantedOf(request, access)));
  const seen = isByArrival(sort) ? uids.slice(-1) : [...(after?.seen ?? []), ...uids].slice(-mostSeen);
  return ok({
    mailboxPath: path,
    uidValidity,
    total,
    emails: fitting(condition, emails),
    seen: rest.length > limit ? seen : null,
    program: echoOf(session, widest),
    isSortSupported,
  });
}

interface Hits {
  readonly total: number;
  /** Those of this page and all behind it. */
  readonly rest: readonly Uid[];
}

async function arrived(
  session: ImapSession,
  { condition, after }: SearchRequest,
  [{ isDescending }]: Sort,
  widest: Program,
): Promise<Hits> {
  const uids = await findMessages(session, condition, widest);
  const last = after?.seen.at(-1);
  const rest = last === undefined ? uids : uids.filter((uid) => (isDescending ? uid < last : uid > last));
  return { total: uids.length, rest: isDescending ? rest.toReversed() : rest };
}

async function sorted(
  session: ImapSession,
  { condition, after }: SearchRequest,
  sort: Sort,
  widest: Program,
): Promise<Hits> {
  const exactly = async (candidates: readonly Uid[]) =>
    isExact(condition, dialectOf(session)) ? candidates : among(session, condition, candidates);
  if (after === null) {
    const rest = await exactly(await sortUids(session, sort, widest));
    return { total: rest.length, rest };
  }
  const candidates = await searchUids(session, widest);
  // Never in one go: with a set in its program, even of UIDs, it is not told of expunged messages, and Dovecot then completes it
  // before what was sent ahead of it and is to be told.
  const order = await sortUids(session, sort, orUids(widest, after.seen));
  const begin = order.findLastIndex((uid) => after.seen.includes(uid)) + 1;
  // All that the cursor names is expunged: nobody knows any more where the page before has ended.
  if (begin === 0) throw new Failed({ kind: 'state-gone' });
  const hits = new Set(await exactly(candidates));
  return { total: hits.size, rest: order.slice(begin).filter((uid) => hits.has(uid)) };
}

/**
 * What is shown fits what was asked for. A message that somebody has marked in between is left out; sizes and dates never change,
 * so a server that contradicts itself there has not answered this search.
 */
export function fitting(condition: Condition, emails: readonly FetchedEmail[]): FetchedEmail[] {
  const answers = (email: FetchedEmail, flags: readonly string[] | null): boolean =>
    fits(condition, { ...factsOf(email), flags, hasAttachment: null }) !== false;
  if (!emails.every((email) => answers(email, null))) {
    throw new Failed({ kind: 'unsupported-by-server', feature: 'a search that keeps to sizes and dates' });
  }
  return emails.filter((email) => answers(email, email.flags));
}
