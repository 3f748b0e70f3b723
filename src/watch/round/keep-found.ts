/**
 * How is it kept what a look has found?
 *
 * All of it together, what is known with its events. Where that cannot be written, subscription by subscription: one of which more would
 * have to be remembered than may be does not keep the others from being told.
 */
import { Failed } from '../../core/failure.ts';
import { logEvent } from '../../core/log.ts';
import type { NewsOfEach } from '../news/news.ts';
import type { WatchStore } from '../store/watch-store.ts';
import { foundChanges, type Looked } from './found.ts';

type Store = Pick<WatchStore, 'commit' | 'subscriptions' | 'credentials'>;

/** False when something of it could not be kept, and will be found again. Decided when it is its turn (`foundChanges`). */
export async function keepFound(store: Store, looked: Looked, found: NewsOfEach, nowMs: number): Promise<boolean> {
  const write = (part: Looked): Promise<void> =>
    store.commit(async () => {
      const present = { subscriptions: await store.subscriptions(), credentials: await store.credentials() };
      return foundChanges(part, found, present, nowMs);
    });
  try {
    await write(looked);
    return true;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
  }
  const { protocol, host } = looked.credential.account.server;
  for (const kept of looked.watched) {
    try {
      await write({ ...looked, watched: [kept] });
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      logEvent('watch.failed', { protocol, host, failure: error.failure.kind });
    }
  }
  return false;
}
