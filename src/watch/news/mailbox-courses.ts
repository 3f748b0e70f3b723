/**
 * What is to be done about each mailbox of a subscription, by what is known of it and how far the server says it is?
 *
 * Nothing, when nothing has moved. What is told of a mailbox as such (`mailbox.reset`) is decided here as far as that can be told
 * without looking into it. Pure.
 */
import type { GrantedPath } from '../../mailbox/session/granted-path.ts';
import type { Progress } from '../../mailbox/session/survey.ts';
import type { ResetReason } from '../event.ts';
import type { Known, KnownMailbox, Settled } from './mailbox-known.ts';
import type { Place } from './mailbox-places.ts';

/** Which changes besides arrivals are to be told. */
export interface Wants {
  readonly updated: boolean;
  readonly deleted: boolean;
}

export interface Reset {
  readonly reason: ResetReason;
  /** How it was known before. */
  readonly mailbox: KnownMailbox;
  readonly newPath: string | null;
}

export interface Course {
  /** As it is known until it is looked into, and from then on if it need not be. */
  readonly known: KnownMailbox;
  /** As it was known; null when it was not. */
  readonly before: KnownMailbox | null;
  readonly reset: Reset | null;
  /** Where to look; null when nothing has moved. */
  readonly look: { readonly path: GrantedPath; readonly progress: Progress } | null;
}

export interface Situation {
  /** Null at the beginning. */
  readonly known: Known | null;
  /** Where to begin at the beginning, if it is not now: a state of the only mailbox. */
  readonly since: Uint8Array | null;
  readonly isAll: boolean;
  readonly places: readonly Place[];
  readonly wants: Wants;
  readonly progressOf: (path: string) => Progress;
  /** Which mailboxes there are; null when they were not listed. */
  readonly listed: ReadonlySet<string> | null;
}

export function coursesOf(situation: Situation): Course[] {
  const known = situation.known?.mailboxes ?? [];
  const pairs = pairsOf(situation, known);
  const paired = new Set([...pairs.values()]);
  const courses = situation.places.flatMap((place) => courseOf(place, pairs.get(place) ?? null, situation) ?? []);
  if (!situation.isAll) return courses;
  const rest = known.filter((mailbox) => !paired.has(mailbox) && situation.listed?.has(mailbox.path) !== true);
  return [...courses, ...rest.map(goneCourse)];
}

/** What is known of which place: by role, by path, and of what has been renamed by its numbers. */
function pairsOf({ places, progressOf, isAll, listed }: Situation, known: readonly KnownMailbox[]) {
  const pairs = new Map<Place, KnownMailbox>();
  for (const place of places) {
    const byRole = place.role === null ? undefined : known.find(({ role }) => role === place.role);
    const found = byRole ?? known.find(({ path }) => path === place.path);
    if (found !== undefined) pairs.set(place, found);
  }
  if (!isAll) return pairs;
  const taken = new Set(pairs.values());
  const missing = known.filter((one) => !one.isGone && !taken.has(one) && listed?.has(one.path) !== true);
  for (const mailbox of missing) {
    const [successor] = places
      .filter((place) => !pairs.has(place) && place.path !== null && isSuccessor(mailbox, progressOf(place.path)))
      .sort((one, other) => nextUid(one, progressOf) - nextUid(other, progressOf));
    if (successor !== undefined) pairs.set(successor, mailbox);
  }
  return pairs;
}

const nextUid = ({ path }: Place, progressOf: Situation['progressOf']): number =>
  (path === null ? null : progressOf(path).uidNext) ?? 0;

/** It has the same numbers under another name. */
const isSuccessor = ({ uidValidity, mark }: KnownMailbox, progress: Progress): boolean =>
  uidValidity !== 0 && progress.uidValidity === uidValidity && progress.uidNext !== null && progress.uidNext >= mark;

function courseOf({ path, role }: Place, paired: KnownMailbox | null, situation: Situation): Course | null {
  const before = paired === null || paired.role === role ? paired : { ...paired, role };
  // Nobody can be told of a mailbox that there has never been.
  if (path === null) return before === null ? null : goneCourse(before);
  const progress = situation.progressOf(path);
  if (before === null) return begun(path, role, progress, situation);
  if (before.path !== path) return moved(path, before, progress, situation);
  if (isUntold(progress)) {
    // Without a word from the server one that was gone is not there again.
    return before.isGone ? quiet(before) : { known: before, before, reset: null, look: { path, progress } };
  }
  if (progress.uidValidity !== before.uidValidity) {
    // One that was never seen before cannot have been another.
    const isOther = before.uidValidity !== 0;
    const reset = isOther ? ({ reason: 'uidvalidity-changed', mailbox: before, newPath: null } as const) : null;
    const anew = startedAnew(before, progress, situation.wants);
    return { known: anew, before, reset, look: lookUnlessSettled(path, anew, progress) };
  }
  if (!before.isGone && isSettled(before, progress, situation.wants)) return quiet(before);
  return { known: { ...before, isGone: false }, before, reset: null, look: { path, progress } };
}

const quiet = (before: KnownMailbox): Course => ({ known: before, before, reset: null, look: null });

function goneCourse(before: KnownMailbox): Course {
  if (before.isGone) return quiet(before);
  const reset = { reason: 'mailbox-not-found', mailbox: before, newPath: null } as const;
  return { known: goneNow(before), before, reset, look: null };
}

/** Its mark is kept: it may come back with the same messages. */
export const goneNow = (mailbox: KnownMailbox): KnownMailbox => ({
  ...mailbox,
  isGone: true,
  count: mailbox.count + 1,
  settled: null,
});

/** Where all are meant one that was not there is new, with all that is in it; what was in any other before is old. */
function begun(path: GrantedPath, role: Place['role'], progress: Progress, situation: Situation): Course {
  const { known, isAll, since, wants } = situation;
  const blank = { path, role, uidValidity: 0, mark: 0, isCatchingUp: false, isGone: false, state: null, settled: null };
  const now = { ...startedAnew({ ...blank, count: 0 }, progress, wants), count: 0 };
  const isNew = isAll && known?.isAll === true;
  const mailbox = isNew
    ? { ...now, mark: 1, settled: null }
    : since === null
      ? now
      : { ...now, mark: 0, isCatchingUp: true, settled: null, state: since };
  return { known: mailbox, before: null, reset: null, look: lookUnlessSettled(path, mailbox, progress) };
}

/** The role is another mailbox's, or the same one has another name. */
function moved(path: GrantedPath, before: KnownMailbox, progress: Progress, { wants, listed }: Situation): Course {
  const isRenamed = !before.isGone && listed?.has(before.path) !== true && isSuccessor(before, progress);
  const anew = startedAnew(before, progress, wants);
  const known = isRenamed ? { ...anew, mark: before.mark, settled: null } : anew;
  const reason = isRenamed ? 'mailbox-renamed' : 'mailbox-not-found';
  // That there was none has been told already.
  const reset = before.isGone ? null : ({ reason, mailbox: before, newPath: isRenamed ? path : null } as const);
  return { known: { ...known, path }, before, reset, look: lookUnlessSettled(path, known, progress) };
}

/** What is there now is old. */
export function startedAnew(mailbox: KnownMailbox, progress: Progress, wants: Wants): KnownMailbox {
  const mark = progress.uidNext ?? 0;
  const isReady = mark > 0 && !isUntold(progress) && !wants.updated && !wants.deleted;
  return {
    ...mailbox,
    uidValidity: progress.uidValidity ?? 0,
    mark,
    isCatchingUp: false,
    isGone: false,
    count: mailbox.count + 1,
    settled: isReady ? settledAt(progress, wants) : null,
    state: null,
  };
}

const lookUnlessSettled = (path: GrantedPath, { settled }: KnownMailbox, progress: Progress): Course['look'] =>
  settled === null ? { path, progress } : null;

const isUntold = ({ uidValidity }: Progress): boolean => uidValidity === null || uidValidity === 0;

/** What of it matters. */
export const settledAt = ({ uidNext, messages, modseq }: Progress, wants: Wants): Settled => ({
  uidNext,
  messages: wants.deleted || wants.updated ? messages : null,
  modseq: wants.updated ? modseq : null,
});

/** What the server does not tell may have moved. */
function isSettled({ settled, state }: KnownMailbox, { uidNext, messages, modseq }: Progress, wants: Wants): boolean {
  if (settled === null || uidNext === null || settled.uidNext !== uidNext) return false;
  if (!wants.updated && !wants.deleted) return true;
  if (state === null || messages === null || settled.messages !== messages) return false;
  return !wants.updated || (modseq !== null && settled.modseq === modseq);
}
