/**
 * Is a mailbox, now that it is selected, still the one that was known?
 */
import { Failed } from '../../core/failure.ts';
import { firstUnknownUid } from '../../mailbox/sync/first-unknown.ts';
import { stateFrom } from '../../mailbox/sync/state.ts';
import type { ResetReason, WatchEvent } from '../event.ts';
import { startedAnew } from './mailbox-courses.ts';
import type { KnownMailbox } from './mailbox-known.ts';
import type { Errand, Visit } from './mailbox-visit.ts';

/** What one subscription has from a mailbox so far. */
export interface Stay {
  readonly errand: Errand;
  readonly known: KnownMailbox;
  readonly events: readonly WatchEvent[];
  /** What has this UID and what comes behind is left for the next look; 0 when it is not known. */
  readonly bound: number;
  /** Whether something is left for the next look. */
  readonly isCut: boolean;
}

/** Throws Failed `state-gone` when it was to begin with a state that cannot be read. */
export async function entered({ session, selected }: Visit, errand: Errand): Promise<Stay> {
  const { uidValidity } = selected;
  const uidNext = session.moment?.uidNext ?? 0;
  const known = { ...errand.course.known, isGone: false };
  const stay: Stay = { errand, known: { ...known, uidValidity }, events: [], bound: uidNext, isCut: false };
  if (known.uidValidity !== 0 && known.uidValidity !== uidValidity) return anew(stay, known, 'uidvalidity-changed');
  if (known.isCatchingUp && known.mark === 0) return { ...stay, known: begunWith(stay) };
  // It has lost its count. What it says of the messages that there are is no better.
  if (uidNext > 0 && known.mark > uidNext) return anew(stay, known, 'state-lost');
  return stay;
}

/** What is there now is old. */
async function anew(stay: Stay, known: KnownMailbox, reason: ResetReason): Promise<Stay> {
  const { asker } = stay.errand;
  const { uidValidity } = stay.known;
  const progress = { uidValidity, uidNext: stay.bound === 0 ? null : stay.bound, messages: null, modseq: null };
  const events = await asker.resets({ reason, mailbox: known, newPath: null }, uidValidity);
  return { ...stay, known: startedAnew(known, progress, asker.wants), events };
}

function begunWith({ errand: { asker }, known }: Stay): KnownMailbox {
  const { path, uidValidity, state } = known;
  const since = state === null ? null : stateFrom(state, { mailboxPath: path, uidValidity });
  if (since === null) throw new Failed({ kind: 'state-gone' });
  const needsState = asker.wants.updated || asker.wants.deleted;
  return { ...known, mark: firstUnknownUid(since), state: needsState ? state : null };
}
