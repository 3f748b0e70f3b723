/**
 * What is told when the messages of a maildrop cannot be told from those that were known?
 *
 * That it has to be listed anew; and of its messages only those that are dated behind the last look, so that nothing is told by the
 * thousand because a server gave new names to its mail.
 */
import { createHash } from 'node:crypto';
import { limits } from '../../core/limits.ts';
import type { NumberedMessage } from '../../maildrop/session/listing.ts';
import { octetsOf } from '../../maildrop/sync/state.ts';
import type { ResetReason } from '../event.ts';
import type { Arrivals } from './maildrop-arrivals.ts';
import { octetsOfKnown } from './maildrop-known.ts';
import type { Sight, Sights } from './maildrop-sights.ts';
import { resetEvent, wants } from './maildrop-telling.ts';
import type { Look, News, Watched } from './news.ts';

/** What is seen in one look, for all. */
export interface Seen {
  readonly messages: readonly NumberedMessage[];
  readonly sights: Sights;
  readonly look: Look;
}

/**
 * Whether those that have come, where none is left that was known, are the same under other names: a server had received some of them
 * before the last look. Somebody who takes all mail and deletes it leaves none either; then what is there is young. Where no server has
 * dated them it is told by their number: what a sender says proves nothing.
 */
export async function areRenamed(
  { come, goneCount }: Arrivals<NumberedMessage>,
  newsAtMs: number,
  { sights, look }: Seen,
): Promise<boolean> {
  const received = (await sights.of(come.slice(0, look.mostEvents))).filter(
    ({ dated }) => dated?.datedBy === 'received',
  );
  if (received.length === 0) return come.length >= goneCount;
  return received.some((sight) => ageOf(sight, newsAtMs, look) === 'old');
}

/** `newsAtMs` as in KnownMaildrop; null when it is not known. */
export async function resetNews(
  reason: ResetReason,
  { subscription, known }: Watched,
  newsAtMs: number | null,
  { messages, sights, look }: Seen,
): Promise<News> {
  const latest = newsAtMs === null ? [] : await sights.of(messages.slice(-look.mostEvents));
  const young = latest.filter((sight) => newsAtMs !== null && ageOf(sight, newsAtMs, look) === 'young');
  // As if they had come behind all others: the next look tells of them.
  const left = new Set(young.map(({ message }) => message));
  const state = octetsOf(messages.filter((message) => !left.has(message)));
  const hasMore = left.size > 0;
  const digest = createHash('sha256')
    .update(known ?? '')
    .digest('base64url');
  return {
    known: octetsOfKnown({ newsAtMs: (hasMore ? newsAtMs : null) ?? look.nowMs, isCatchingUp: false, state }),
    events: wants(subscription, 'mailbox.reset') ? [await resetEvent(reason, digest, look)] : [],
    hasMore,
  };
}

function ageOf({ dated }: Sight, newsAtMs: number, { nowMs }: Look): 'old' | 'young' | 'unknown' {
  const ms = dated === null ? Number.NaN : Date.parse(dated.date);
  if (Number.isNaN(ms) || ms > nowMs + limits.oldMailMarginMs) return 'unknown';
  return ms < newsAtMs - limits.lateMailMs ? 'old' : 'young';
}
