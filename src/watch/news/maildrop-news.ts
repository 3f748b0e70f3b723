/**
 * What is new in a maildrop, for all subscriptions of one credential?
 */
import { err } from '../../core/failure.ts';
import type { MaildropSession } from '../../maildrop/session/session.ts';
import type { Look, NewsOfEach, Watched } from './news.ts';

/** Throws Failed. */
export async function maildropNews(
  _session: MaildropSession,
  watched: readonly Watched[],
  _look: Look,
): Promise<NewsOfEach> {
  return new Map(watched.map(({ subscription }) => [subscription.id, err({ kind: 'internal' })]));
}
