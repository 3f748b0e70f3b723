/**
 * One subscription in one look: what it wants, what is known for it, and what was found for it so far.
 */
import type { Access } from '../../core/access.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { isSame } from '../../core/octets.ts';
import type { Condition } from '../../mailbox/search/condition.ts';
import { conditionOf } from '../../mailbox/search/query.ts';
import { checkAnswerable } from '../../mailbox/session/find-messages.ts';
import type { ImapSession } from '../../mailbox/session/session.ts';
import type { Survey } from '../../mailbox/session/survey.ts';
import type { EventType, WatchEvent } from '../event.ts';
import { type Course, coursesOf, goneNow, type Reset, type Wants } from './mailbox-courses.ts';
import { resetEvent } from './mailbox-events.ts';
import { type Known, type KnownMailbox, knownFrom, knownOctets } from './mailbox-known.ts';
import { placesOf } from './mailbox-places.ts';
import type { Look, News, Watched } from './news.ts';

export class Asker {
  readonly watched: Watched;
  readonly look: Look;
  readonly wants: Wants;
  /** Null when it asks for none, or for one that cannot be read. */
  readonly condition: Condition | null;
  courses: readonly Course[] = [];
  readonly #before: Known | null;
  readonly #events: WatchEvent[] = [];
  /** As each mailbox is known from now on; null for one that is left out. */
  readonly #known = new Map<Course, KnownMailbox | null>();
  readonly #failures: MailFailure[] = [];
  #failure: MailFailure | null = null;
  #isAll = false;
  #hasMore = false;

  constructor(watched: Watched, look: Look) {
    this.watched = watched;
    this.look = look;
    this.wants = { updated: this.tells('message.updated'), deleted: this.tells('message.deleted') };
    this.#before = watched.known === null ? null : knownFrom(watched.known);
    const { q } = watched.subscription.settings;
    const condition = q === null ? null : conditionOf(q);
    this.condition = condition?.ok === true ? condition.value : null;
    if (condition?.ok === false) this.#failure = condition.failure;
  }

  tells(type: EventType): boolean {
    return this.watched.subscription.settings.events.includes(type);
  }

  /** How many events more. */
  get room(): number {
    return Math.max(0, this.look.mostEvents - this.#events.length);
  }

  get isBeginning(): boolean {
    return this.watched.known === null;
  }

  /** What there is to be done, now that it is known how far its mailboxes are. What needs no look is told. */
  async begin(session: ImapSession, { listed, progressOf }: Survey, paths: ReadonlySet<string> | null): Promise<void> {
    const { subscription, since } = this.watched;
    // Not only when there is mail: whoever subscribes is to know at once that this server can never answer it.
    if (this.condition !== null) this.#failure ??= unanswerable(session, subscription.access, this.condition);
    const places = placesOf(session, subscription, listed);
    if (!places.ok) {
      this.#failure ??= places.failure;
      return;
    }
    this.#isAll = places.value.isAll;
    // A role that nobody has cannot be begun with.
    if (this.isBeginning && places.value.places.some(({ path }) => path === null)) this.#failure ??= notFound;
    const known = this.#before;
    const situation = { ...places.value, known, since: known === null ? since : null, wants: this.wants };
    this.courses = coursesOf({ ...situation, progressOf, listed: paths });
    for (const course of this.courses) await this.#take(course, progressOf(course.known.path).uidValidity ?? 0);
  }

  async #take(course: Course, newUidValidity: number): Promise<void> {
    const { before, known, reset } = course;
    // It was known, but not in a form that can still be read.
    const isLost = !this.isBeginning && this.#before === null;
    const told = reset ?? (isLost ? ({ reason: 'state-lost', mailbox: known, newPath: null } as const) : null);
    if (told !== null && this.room === 0) return this.leave(course, before);
    if (told !== null) this.add(await this.resets(told, newUidValidity));
    this.#known.set(course, known);
  }

  async resets(reset: Reset, newUidValidity = 0): Promise<readonly WatchEvent[]> {
    return this.tells('mailbox.reset') ? [await resetEvent(this.look, reset, newUidValidity)] : [];
  }

  add(events: readonly WatchEvent[]): void {
    this.#events.push(...events);
  }

  /** Whether there is still something to be seen for it in the mailbox of this course. */
  isOpen(course: Course): boolean {
    return this.#failure === null && course.look !== null && (this.#known.get(course) ?? null) === course.known;
  }

  put(course: Course, known: KnownMailbox, events: readonly WatchEvent[], hasMore: boolean): void {
    this.#known.set(course, known);
    this.add(events);
    this.#hasMore ||= hasMore;
  }

  /** For the next look; nothing of it was seen in this one. */
  leave(course: Course, known: KnownMailbox | null = course.known): void {
    this.#known.set(course, known);
    this.#hasMore = true;
  }

  /** The mailbox cannot be looked into. One that is not there is told of once, and other mailboxes go on. */
  async fail(course: Course, failure: MailFailure): Promise<void> {
    const isMissing = failure.kind === 'mailbox-not-found' || failure.kind === 'permission-denied';
    const isNamed = !this.#isAll;
    if (this.isBeginning && isNamed) this.#failure ??= failure;
    if (!isMissing) {
      this.#failures.push(failure);
      return;
    }
    const { known, before } = course;
    const wasGone = before?.isGone === true;
    // Nobody has to be told of a mailbox that has never been looked into.
    const isTold = !wasGone && !this.isBeginning && (isNamed || known.uidValidity !== 0);
    const reset = { reason: 'mailbox-not-found', mailbox: known, newPath: null } as const;
    this.put(course, wasGone ? before : goneNow(known), isTold ? await this.resets(reset) : [], false);
  }

  news(): Result<News> {
    const [failure] = this.#failures;
    const isInVain = failure !== undefined && this.#failures.length === this.courses.length;
    if (this.#failure !== null || isInVain) return err(this.#failure ?? failure ?? notFound);
    const known = knownOctets({ isAll: this.#isAll, mailboxes: this.#mailboxes() });
    const { known: before } = this.watched;
    const isUnchanged = before !== null && isSame(before, known);
    return ok({ known: isUnchanged ? before : known, events: this.#events, hasMore: this.#hasMore });
  }

  #mailboxes(): KnownMailbox[] {
    const all = this.courses.flatMap((course) => this.#known.get(course) ?? []);
    const forgotten = new Set(all.filter(({ isGone }) => isGone).slice(0, -limits.newsGoneMailboxes));
    return all.filter((mailbox) => !forgotten.has(mailbox));
  }
}

function unanswerable(session: ImapSession, access: Access, condition: Condition): MailFailure | null {
  try {
    checkAnswerable(session, access, condition);
    return null;
  } catch (error) {
    if (error instanceof Failed) return error.failure;
    throw error;
  }
}

const notFound = { kind: 'mailbox-not-found' } as const;
