/**
 * Which messages of a mailbox have been marked otherwise, or are gone, since a subscription has looked?
 */
import { Failed } from '../../core/failure.ts';
import type { Uid } from '../../mailbox/answers.ts';
import type { ChangedEmail, ChangedEmails } from '../../mailbox/session/changed-emails.ts';
import { fittingUids } from '../../mailbox/session/fitting-uids.ts';
import type { SeenEmail } from '../../mailbox/session/seen-emails.ts';
import type { WatchEvent } from '../event.ts';
import { deletedEvent, messageEvent } from './mailbox-events.ts';
import { isWanted } from './mailbox-filter.ts';
import type { Stay } from './mailbox-stay.ts';
import type { Visit } from './mailbox-visit.ts';

/** Half of what may be told is left for what has arrived. */
const mostOf = (room: number): number => Math.max(1, Math.floor(room / 2));

export async function changesOf(visit: Visit, stay: Stay): Promise<Stay> {
  const { asker } = stay.errand;
  if (!asker.wants.updated && !asker.wants.deleted) return stay;
  const most = mostOf(asker.room - stay.events.length);
  const found = stay.known.state === null ? null : await visit.changes(stay.known.state, most, asker.wants.updated);
  if (found === null) return withState(visit, stay);
  if (found.ok) return told(visit, stay, found.value);
  if (found.failure.kind !== 'state-gone') throw new Failed(found.failure);
  const reset = { reason: 'state-lost', mailbox: stay.known, newPath: null } as const;
  const events = [...stay.events, ...(await asker.resets(reset))];
  return withState(visit, { ...stay, events, known: { ...stay.known, count: stay.known.count + 1 } });
}

/** From now on. */
async function withState(visit: Visit, stay: Stay): Promise<Stay> {
  const begun = await visit.changes(null, 1, false);
  if (!begun.ok) throw new Failed(begun.failure);
  const { changes, firstUnknown } = begun.value;
  return { ...stay, bound: firstUnknown, known: { ...stay.known, state: changes.newState } };
}

async function told(visit: Visit, stay: Stay, { changes, updated, firstUnknown }: ChangedEmails): Promise<Stay> {
  const { asker } = stay.errand;
  const { mark, count } = stay.known;
  // What has arrived since is told as that, whatever has become of it.
  const isKnown = ({ uid }: { readonly uid: Uid }): boolean => uid < mark;
  const marked = asker.wants.updated ? await wantedAmong(visit, stay, updated.filter(isKnown)) : [];
  const gone = asker.wants.deleted ? changes.destroyed.filter((uid) => isKnown({ uid })) : [];
  const events: WatchEvent[] = [...stay.events];
  for (const one of marked) events.push(await updatedEvent(stay, one));
  for (const uid of gone) events.push(await deletedEvent(asker.look, stay.known, uid));
  const known = { ...stay.known, state: changes.newState, count: marked.length > 0 ? count + 1 : count };
  return { ...stay, events, bound: firstUnknown, known, isCut: changes.hasMoreChanges };
}

/** Where the server counts changes it is the same event whoever finds it. Marks of flags come back. */
function updatedEvent({ errand: { asker }, known }: Stay, one: ChangedEmail): Promise<WatchEvent> {
  const again = one.version.startsWith('m') ? one.version : `${one.version} ${known.count}`;
  return messageEvent(asker.look, 'message.updated', known, one, again);
}

/** Of those that are there, those that the subscription is about. */
export async function wantedAmong<Seen extends SeenEmail>(
  { session }: Visit,
  { errand: { asker } }: Stay,
  seen: readonly Seen[],
): Promise<Seen[]> {
  const { condition } = asker;
  const { settings, access } = asker.watched.subscription;
  const wanted = seen.filter((one) => isWanted(settings, one));
  const emails = wanted.flatMap(({ email }) => email ?? []);
  if (condition === null || emails.length === 0) return condition === null ? wanted : [];
  const fitting = await fittingUids(session, access, condition, emails);
  return wanted.filter(({ uid }) => fitting.has(uid));
}
