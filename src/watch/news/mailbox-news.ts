/**
 * What is new in the mailboxes of an account, for all subscriptions that look with one credential?
 */
import type { ImapSession } from '../../mailbox/session/session.ts';
import type { Look, NewsOfEach, Watched } from './news.ts';

/** Throws Failed when the session is lost. A look that finds nothing costs one round trip, or two. */
export async function mailboxNews(
  _session: ImapSession,
  _watched: readonly Watched[],
  _look: Look,
): Promise<NewsOfEach> {
  return new Map();
}
