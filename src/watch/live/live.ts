/**
 * Who waits for news, where a subscription wants to be told at once?
 *
 * A session for each mailbox, in memory alone, which makes a look begin as soon as the server tells of anything. When it cannot be had, or is
 * lost, the account is looked at as often as any other: whoever looks begins it anew.
 */
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import { mailboxNameOf } from '../../mailbox/rules.ts';
import { select, tellsOfOthers } from '../../mailbox/session/select.ts';
import type { ImapSession } from '../../mailbox/session/session.ts';
import type { Logins } from '../round/logins.ts';
import { isRefusal } from '../round/trouble.ts';
import type { WatchCredential } from '../store/change.ts';
import type { KeptSubscription, WatchStore } from '../store/watch-store.ts';
import type { Subscription } from '../subscription.ts';

/** A mailbox that is waited on, for the first subscription that asked for it. */
interface Post {
  readonly credential: WatchCredential;
  readonly subscription: Subscription;
  /** As the subscription names it. */
  readonly mailbox: string;
}

export interface LiveCalls {
  /** There is something to be looked for with this credential. */
  readonly onNews: (credentialId: string) => Promise<void>;
  /** To be called again (`follow`) no later than then. */
  readonly wake: (atMs: number) => Promise<void>;
}

interface Held {
  readonly post: Post;
  end: () => void;
}

export class Live {
  readonly #store: Pick<WatchStore, 'subscriptions' | 'credentials'>;
  readonly #logins: Logins;
  readonly #calls: LiveCalls;
  /** Where it was in vain. */
  readonly #restUntilMs = new Map<string, number>();
  readonly #held = new Map<string, Held>();

  constructor(store: Pick<WatchStore, 'subscriptions' | 'credentials'>, logins: Logins, calls: LiveCalls) {
    this.#store = store;
    this.#logins = logins;
    this.#calls = calls;
  }

  /** Begins to wait where somebody wants it, and ends where nobody does any more. To be called whenever something is done. */
  async follow(): Promise<void> {
    const posts = postsOf(await this.#store.subscriptions(), await this.#store.credentials());
    for (const [key, held] of this.#held) if (!posts.has(key)) held.end();
    for (const [key, post] of posts) {
      const isResting = Date.now() < (this.#restUntilMs.get(key) ?? 0);
      if (!this.#held.has(key) && !isResting) this.#hold(key, post);
    }
  }

  /** When there is something to be begun that has to rest until then; null when there is nothing. */
  async nextMs(): Promise<number | null> {
    const posts = postsOf(await this.#store.subscriptions(), await this.#store.credentials());
    const times = [...posts.keys()].flatMap((key) => (this.#held.has(key) ? [] : (this.#restUntilMs.get(key) ?? [])));
    const coming = times.filter((time) => time > Date.now());
    return coming.length === 0 ? null : Math.min(...coming);
  }

  #hold(key: string, post: Post): void {
    const ended = Promise.withResolvers<void>();
    this.#held.set(key, { post, end: ended.resolve });
    void this.#wait(post, ended.promise)
      .then((restMs) => {
        this.#held.delete(key);
        return restMs === null ? undefined : this.#rest(key, Date.now() + restMs);
      })
      .catch((error: unknown) => logEvent('watch.crashed', crashOf(error)));
  }

  async #rest(key: string, untilMs: number): Promise<void> {
    this.#restUntilMs.set(key, untilMs);
    await this.#calls.wake(untilMs);
  }

  /** In one session until it has to be renewed. Answers how long to rest then, null for not at all. Never rejects. */
  async #wait(post: Post, ended: Promise<void>): Promise<number | null> {
    const { id, account } = post.credential;
    const { protocol, host } = account.server;
    try {
      const waited = await this.#waitIn(post, ended);
      if (waited.ok) return waited.value === 'lost' ? limits.liveLostMs : null;
      logEvent('watch.failed', { protocol, host, failure: waited.failure.kind });
      // Whoever looks decides what a refusal means, and when the same credential is shown again.
      if (isRefusal(waited.failure)) await this.#calls.onNews(id);
      return limits.accountOutageMostMs;
    } catch (error) {
      if (error instanceof Failed) logEvent('watch.failed', { protocol, host, failure: error.failure.kind });
      else logEvent('object.crashed', { protocol, host, ...crashOf(error) });
      return limits.liveLostMs;
    }
  }

  async #waitIn({ credential, subscription, mailbox }: Post, ended: Promise<void>): Promise<Result<'over' | 'lost'>> {
    const name = mailboxNameOf(mailbox);
    if (name === null) return err({ kind: 'mailbox-not-found' });
    const opened = await this.#logins.open(credential, `live ${mailbox}`);
    if (!opened.ok) return opened;
    const { protocol, session, close } = opened.value;
    try {
      if (protocol !== 'imap' || !session.has('IDLE') || !tellsOfOthers(session)) {
        return err({ kind: 'unsupported-by-server', feature: 'IDLE' });
      }
      const selected = await select(session, subscription.access, name, {});
      if (!selected.ok) return selected;
      return ok(await this.#listen(session, credential.id, ended));
    } finally {
      close();
    }
  }

  /** Some servers end a session that waits as soon as it does: then whoever came back at once would log in without end. */
  async #listen(session: ImapSession, credentialId: string, ended: Promise<void>): Promise<'over' | 'lost'> {
    const untilMs = Date.now() + limits.liveSessionMs;
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    let told = Promise.withResolvers<void>();
    session.news.listener = () => told.resolve();
    // Whatever has come since the look before this session began is found by another.
    await this.#calls.onNews(credentialId);
    while (!isOver && Date.now() < untilMs && session.isOpen) {
      const restMs = Math.min(limits.idleMs, untilMs - Date.now());
      const isNews = await idleUntil(session, [told.promise, ended], restMs);
      if (!isNews) continue;
      told = Promise.withResolvers<void>();
      session.news.listener = () => told.resolve();
      await this.#calls.onNews(credentialId);
    }
    // Whoever looks now begins it anew, unless it has to rest.
    if (!isOver) await this.#calls.onNews(credentialId);
    return isOver || Date.now() >= untilMs ? 'over' : 'lost';
  }
}

/** True when one of these came before the time was over. */
async function idleUntil(session: ImapSession, until: readonly Promise<void>[], restMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isNews = false;
  const time = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, restMs);
  });
  const told = Promise.race(until).then(() => {
    isNews = true;
  });
  try {
    const isAsked = await session.idle(Promise.race([told, time]));
    // It had enough of it, and may have at once again.
    if (!isAsked) await Promise.race([told, time]);
  } finally {
    clearTimeout(timer);
  }
  return isNews;
}

function postsOf(
  kept: readonly KeptSubscription[],
  credentials: readonly WatchCredential[],
): ReadonlyMap<string, Post> {
  const posts = new Map<string, Post>();
  for (const { subscription } of kept) {
    const { status, settings, credentialId } = subscription;
    const credential = credentials.find(({ id }) => id === credentialId);
    if (status !== 'active' || settings.mode !== 'live' || credential === undefined) continue;
    if (credential.trouble !== null) continue;
    for (const mailbox of settings.mailboxes ?? []) {
      // Of all mailboxes it is the one that mail comes to.
      const named = mailbox === '*' ? 'inbox' : mailbox;
      const key = JSON.stringify([credential.id, named, subscription.access.mailboxes]);
      if (posts.size < limits.liveMailboxes && !posts.has(key))
        posts.set(key, { credential, subscription, mailbox: named });
    }
  }
  return posts;
}
