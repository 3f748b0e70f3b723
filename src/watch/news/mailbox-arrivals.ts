/**
 * Which messages have arrived in a mailbox since a subscription has looked?
 *
 * By UID alone, so that nothing can run out: each message gets a higher one than all before it (RFC 9051 §2.3.1.1).
 */
import { limits } from '../../core/limits.ts';
import type { Uid } from '../../mailbox/answers.ts';
import { highestUid, uidsFrom } from '../../mailbox/session/uids-from.ts';
import type { WatchEvent } from '../event.ts';
import { wantedAmong } from './mailbox-changes.ts';
import { messageEvent } from './mailbox-events.ts';
import { isOldMail } from './mailbox-filter.ts';
import type { Stay } from './mailbox-stay.ts';
import type { Visit } from './mailbox-visit.ts';

export async function arrivalsOf(visit: Visit, stay: Stay): Promise<Stay> {
  const { known, bound, errand } = stay;
  if (known.mark === 0) return marked(stay, bound > 0 ? bound : (await highestUid(visit.session)) + 1);
  const uids = await uidsFrom(visit.session, known.mark, bound);
  const end = Math.max(known.mark, bound, (uids.at(-1) ?? 0) + 1);
  if (!errand.asker.tells('message.received')) return marked(stay, end);
  const { events, rest } = await eventsOf(visit, stay, uids);
  const all = { ...stay, events: [...stay.events, ...events] };
  const [next] = rest;
  return next === undefined ? marked(all, end) : { ...all, known: { ...known, mark: next }, isCut: true };
}

const marked = (stay: Stay, mark: number): Stay => ({
  ...stay,
  known: { ...stay.known, mark, isCatchingUp: stay.isCut && stay.known.isCatchingUp },
});

/** As many as there is room for; `rest` are those that were not looked at. */
async function eventsOf(visit: Visit, stay: Stay, uids: readonly Uid[]) {
  const { asker } = stay.errand;
  const { subscription } = asker.watched;
  const room = asker.room - stay.events.length;
  const events: WatchEvent[] = [];
  let at = 0;
  while (at < Math.min(uids.length, limits.newsMessages) && events.length < room) {
    const some = uids.slice(at, at + Math.min(limits.newsEvents, room - events.length));
    at += some.length;
    const seen = await visit.emails(some);
    const young = stay.known.isCatchingUp ? seen : seen.filter((one) => !isOldMail(subscription, one));
    for (const one of await wantedAmong(visit, stay, young)) {
      events.push(await messageEvent(asker.look, 'message.received', stay.known, one));
    }
  }
  return { events, rest: uids.slice(at) };
}
