/**
 * What is new in a maildrop, for all subscriptions of one credential?
 *
 * By the names of its messages, which one round trip tells; headers are read of what has come. Nothing is marked, as long as the session
 * is not ended by QUIT.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import type { NumberedMessage } from '../../maildrop/session/listing.ts';
import type { MaildropSession } from '../../maildrop/session/session.ts';
import { differencesSince } from '../../maildrop/sync/differences.ts';
import { octetsOf } from '../../maildrop/sync/state.ts';
import { isFrom, isOfSize } from './filter.ts';
import { type Arrivals, arrivalsIn } from './maildrop-arrivals.ts';
import { type KnownMaildrop, knownFrom, octetsOfKnown } from './maildrop-known.ts';
import { areRenamed, resetNews, type Seen } from './maildrop-reset.ts';
import { Sights } from './maildrop-sights.ts';
import { deletedEvent, isOldMail, receivedEvent, wants } from './maildrop-telling.ts';
import type { Look, News, NewsOfEach, Watched } from './news.ts';

/** Throws Failed when the session is lost, or the server refuses for now. */
export async function maildropNews(
  session: MaildropSession,
  watched: readonly Watched[],
  look: Look,
): Promise<NewsOfEach> {
  const seen: Seen = { messages: await session.messages(), sights: new Sights(session), look };
  const news = new Map<string, Result<News>>();
  for (const each of watched) news.set(each.subscription.id, await newsFor(each, seen));
  return news;
}

/** Fails with `state-gone` when a state was given to begin with, and it cannot be told what has come since. */
async function newsFor(watched: Watched, seen: Seen): Promise<Result<News>> {
  const { messages, look } = seen;
  const { subscription, known, since } = watched;
  if (known === null && (await isUnreadable(subscription, seen))) return lacksTop;
  if (known === null && since === null) {
    const state = octetsOf(messages);
    return ok({
      known: octetsOfKnown({ newsAtMs: look.nowMs, isCatchingUp: false, state }),
      events: [],
      hasMore: false,
    });
  }
  const given = since === null ? null : { newsAtMs: subscription.createdAtMs, isCatchingUp: true, state: since };
  const before = known === null ? given : knownFrom(known);
  const differences = before === null ? null : differencesSince(before.state, messages);
  if (before === null || differences === null) {
    if (known === null) return err({ kind: 'state-gone' });
    return ok(await resetNews('state-lost', watched, before?.newsAtMs ?? null, seen));
  }
  if (known !== null && differences.created.length + differences.destroyedCount === 0) {
    return ok({ known, events: [], hasMore: false });
  }
  const arrivals = arrivalsIn(differences, messages.length);
  if (arrivals.mayBeRenamed && (await areRenamed(arrivals, before.newsAtMs, seen))) {
    return ok(await resetNews('uidvalidity-changed', watched, before.newsAtMs, seen));
  }
  return told(arrivals, before, watched, seen);
}

const lacksTop = err({ kind: 'unsupported-by-server', feature: 'TOP' });

/** Whether it goes by what this server does not show. Whoever subscribes is to know at once, as far as there is a message to ask about. */
async function isUnreadable({ settings }: Watched['subscription'], { messages, sights }: Seen): Promise<boolean> {
  if (settings.from.length === 0) return false;
  await sights.of(messages.slice(-1));
  return sights.lacksTop;
}

async function told(
  { come, gone }: Arrivals<NumberedMessage>,
  { newsAtMs, isCatchingUp }: KnownMaildrop,
  { subscription }: Watched,
  { messages, sights, look }: Seen,
): Promise<Result<News>> {
  const { settings } = subscription;
  const toTell = wants(subscription, 'message.received') ? come.filter(({ size }) => isOfSize(settings, size)) : [];
  const goneToTell = wants(subscription, 'message.deleted') ? gone : [];
  const goneNow = goneToTell.slice(0, look.mostEvents);
  const now = toTell.slice(0, look.mostEvents - goneNow.length);
  const later = new Set(toTell.slice(now.length));
  const goneLater = goneToTell.slice(goneNow.length);
  const seen = await sights.of(now);
  if (settings.from.length > 0 && sights.lacksTop) return lacksTop;
  const isNew = (sight: (typeof seen)[number]) =>
    isFrom(settings, sight.senders) && (isCatchingUp || !isOldMail(subscription, sight));
  const hasMore = later.size + goneLater.length > 0;
  const state = octetsOf([...messages.filter((message) => !later.has(message)), ...goneLater]);
  return ok({
    known: octetsOfKnown({
      newsAtMs: hasMore ? newsAtMs : look.nowMs,
      isCatchingUp: isCatchingUp && hasMore,
      state,
    }),
    events: await Promise.all([
      ...goneNow.map((name) => deletedEvent(name, look)),
      ...seen.filter(isNew).map((sight) => receivedEvent(sight, look)),
    ]),
    hasMore,
  });
}
