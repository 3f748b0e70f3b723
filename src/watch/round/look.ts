/**
 * How is an account looked at once, with one of its credentials?
 *
 * In a session of its own, under a deadline. A look changes nothing, neither there nor here: what it found is for others to store.
 */
import { accountParts } from '../../core/account-parts.ts';
import { within } from '../../core/deadline.ts';
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import { mailboxNews } from '../news/mailbox-news.ts';
import { maildropNews } from '../news/maildrop-news.ts';
import type { NewsOfEach, Watched } from '../news/news.ts';
import type { WatchCredential } from '../store/change.ts';
import type { Logins, MailSession } from './logins.ts';

/** Fails as the login does, or when the session is lost. */
export async function lookAt(
  logins: Logins,
  credential: WatchCredential,
  watched: readonly Watched[],
  mostEvents: number,
): Promise<Result<NewsOfEach>> {
  const startMs = Date.now();
  const { server } = credential.account;
  const { protocol, host } = server;
  try {
    const opened = await logins.open(credential, 'look');
    if (!opened.ok) return failed(opened);
    const { close, ...session } = opened.value;
    try {
      const look = { account: accountParts(credential.account), nowMs: startMs, mostEvents };
      const found = await within(limits.watchLookMs, 'request', newsOf(session, watched, look));
      // Those that fail by themselves do not keep the others.
      for (const news of found.values()) if (!news.ok) failed(news);
      const events = [...found.values()].reduce((sum, news) => sum + (news.ok ? news.value.events.length : 0), 0);
      logEvent('watch.looked', {
        protocol,
        host,
        subscriptions: watched.length,
        events,
        elapsedMs: Date.now() - startMs,
      });
      return ok(found);
    } finally {
      close();
    }
  } catch (error) {
    if (error instanceof Failed) return failed(err(error.failure));
    logEvent('object.crashed', { protocol, host, ...crashOf(error) });
    return err({ kind: 'internal' });
  }

  function failed(refusal: ReturnType<typeof err>): ReturnType<typeof err> {
    logEvent('watch.failed', { protocol, host, failure: refusal.failure.kind });
    return refusal;
  }
}

const newsOf = (
  { protocol, session }: MailSession,
  watched: readonly Watched[],
  look: Parameters<typeof mailboxNews>[2],
): Promise<NewsOfEach> =>
  protocol === 'imap' ? mailboxNews(session, watched, look) : maildropNews(session, watched, look);
