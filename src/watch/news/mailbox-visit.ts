/**
 * What is found in one mailbox, for all subscriptions that have something to look for there?
 *
 * First what has changed for each of them, then what has arrived, as far as the state of the changes knows it: the rest is left for the
 * next look. So nothing that becomes of a message is lost once it has been told as new.
 */
import { Buffer } from 'node:buffer';
import { Failed, type MailFailure, type Result } from '../../core/failure.ts';
import { neededFor } from '../../core/needed.ts';
import type { Uid } from '../../mailbox/answers.ts';
import { isRefusal } from '../../mailbox/session/attempt.ts';
import { type ChangedEmails, changedEmails } from '../../mailbox/session/changed-emails.ts';
import { wantedOf } from '../../mailbox/session/fetch-page.ts';
import type { Wanted } from '../../mailbox/session/fetched-email.ts';
import type { GrantedPath } from '../../mailbox/session/granted-path.ts';
import { lookInto } from '../../mailbox/session/look-into.ts';
import { type SeenEmail, seenEmails } from '../../mailbox/session/seen-emails.ts';
import type { SelectedMailbox } from '../../mailbox/session/select.ts';
import type { ImapSession } from '../../mailbox/session/session.ts';
import { arrivalsOf } from './mailbox-arrivals.ts';
import type { Asker } from './mailbox-asker.ts';
import { changesOf } from './mailbox-changes.ts';
import { type Course, settledAt } from './mailbox-courses.ts';
import { entered, type Stay } from './mailbox-stay.ts';

/** Whoever looks, and what for. */
export interface Errand {
  readonly asker: Asker;
  readonly course: Course;
}

export class Visit {
  readonly session: ImapSession;
  readonly selected: SelectedMailbox;
  readonly #changes = new Map<string, Promise<Result<ChangedEmails>>>();
  readonly #seen = new Map<Uid, SeenEmail>();
  readonly #asked = new Set<Uid>();

  constructor(session: ImapSession, selected: SelectedMailbox) {
    this.session = session;
    this.selected = selected;
  }

  /** As a listing shows messages. */
  #wanted(limit: number): Wanted {
    return wantedOf({ limit, needed: neededFor(undefined) }, this.selected.access);
  }

  /** Once for all who know the same. */
  changes(since: Uint8Array | null, most: number, withEmails: boolean): Promise<Result<ChangedEmails>> {
    const key = `${most} ${withEmails} ${since === null ? '' : Buffer.from(since).toString('base64')}`;
    const wanted = withEmails ? this.#wanted(most) : null;
    const asked = this.#changes.get(key) ?? changedEmails(this.session, this.selected, since, most, wanted);
    this.#changes.set(key, asked);
    return asked;
  }

  /** Those that are there, each read once. */
  async emails(uids: readonly Uid[]): Promise<SeenEmail[]> {
    const unread = uids.filter((uid) => !this.#asked.has(uid));
    for (const one of await seenEmails(this.session, unread, this.#wanted(Math.max(1, unread.length))))
      this.#seen.set(one.uid, one);
    for (const uid of unread) this.#asked.add(uid);
    return uids.flatMap((uid) => this.#seen.get(uid) ?? []);
  }
}

/** Throws Failed when the session is lost. */
export async function visit(session: ImapSession, path: GrantedPath, errands: readonly Errand[]): Promise<void> {
  const [first] = errands;
  if (first === undefined) return;
  const { access } = first.asker.watched.subscription;
  const selected = await lookInto(session, access, path);
  if (!selected.ok) {
    for (const { asker, course } of errands) await asker.fail(course, selected.failure);
    return;
  }
  const here = new Visit(session, selected.value);
  const stays: Stay[] = [];
  for (const errand of errands) {
    await unlessItFails(session, errand, async () => {
      stays.push(await changesOf(here, await entered(here, errand)));
    });
  }
  for (const stay of stays) {
    await unlessItFails(session, stay.errand, async () => leave(here, await arrivalsOf(here, stay)));
  }
}

function leave({ session }: Visit, { errand: { asker, course }, known, events, isCut }: Stay): void {
  const progress = course.look?.progress;
  // STATUS may be ahead of SELECT: what only that has told of was not to be seen here yet.
  const isSeen = (progress?.uidNext ?? 0) <= Math.max(session.moment?.uidNext ?? 0, known.mark);
  const settled = isCut || !isSeen || progress === undefined ? null : settledAt(progress, asker.wants);
  asker.put(course, { ...known, settled }, events, isCut);
}

/** What goes wrong for one goes on for the others, unless it is the session. */
async function unlessItFails(
  session: ImapSession,
  { asker, course }: Errand,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failed) || !session.isOpen || !isOfOne(error.failure)) throw error;
    await asker.fail(course, error.failure);
  }
}

const isOfOne = (failure: MailFailure): boolean => isRefusal(failure) || ofOne.includes(failure.kind);

const ofOne: readonly MailFailure['kind'][] = [
  'state-gone',
  'search-too-broad',
  'unsupported-by-server',
  'mailbox-not-granted',
  'limit-exceeded',
];
