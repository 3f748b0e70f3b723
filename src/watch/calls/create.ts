/**
 * How does a subscription begin?
 *
 * By a look at the account, so that what is there now is old. It is kept together with its credential and with what that look has found,
 * or not at all.
 */
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { NewSubscription, ToldSubscription, WatchCaller } from '../answers.ts';
import type { News } from '../news/news.ts';
import { isSameAccount } from '../proof/visible.ts';
import { newsChanges } from '../round/found.ts';
import { lookAt } from '../round/look.ts';
import type { Change, WatchCredential } from '../store/change.ts';
import type { KeptSubscription } from '../store/watch-store.ts';
import type { Subscription } from '../subscription.ts';
import { visibleTo } from './admitted.ts';
import { adopted, credentialOf } from './credentials.ts';
import { newSigningSecret, newSubscriptionId } from './new-ids.ts';
import type { Parts } from './parts.ts';
import { toldOf } from './told.ts';

export interface Created {
  readonly subscription: ToldSubscription;
  readonly secret: string;
}

/** Fails as a login or a look does, and with `subscriptions-full`. */
export async function create(
  parts: Parts,
  caller: WatchCaller,
  wish: NewSubscription,
  nowMs: number,
): Promise<Result<Created>> {
  const visible = await visibleTo(parts, caller, nowMs);
  if (!visible.ok) return visible;
  // Before the server is asked for anything.
  roomIn(await parts.store.subscriptions(), caller);
  const fresh = credentialOf(caller.account);
  const credential = (await parts.prover.same(fresh.account, await parts.store.credentials())) ?? fresh;
  const secret = wish.secret ?? newSigningSecret();
  const subscription = subscriptionOf(caller, wish, secret, credential.id, nowMs);
  const news = await firstNews(parts, credential, subscription, wish.since);
  if (!news.ok) return news;
  await parts.store.commit(async () => {
    // First of all: if this is lost from here on, what is written is looked at all the same. In turn, since what empties the storage
    // takes the alarm along.
    await parts.wake(nowMs + limits.watchInsuranceMs);
    const kept = await parts.store.subscriptions();
    // What it was looked at with may have been erased meanwhile, and nothing that was erased comes back.
    const { id: credentialId, changes } = await adopted(parts, fresh, nowMs);
    return [...roomIn(kept, caller), ...changes, ...beginning({ ...subscription, credentialId }, news.value, nowMs)];
  });
  return begun(parts, subscription, secret, news.value);
}

/** Makes room among the caller's own that have ended: a user who is spelled alike may be another. Throws `subscriptions-full`. */
function roomIn(kept: readonly KeptSubscription[], { account }: WatchCaller): readonly Change[] {
  const most = limits.subscriptionsPerAccount;
  if (kept.length < most) return [];
  const over = kept.find(
    ({ subscription }) => subscription.status === 'ended' && isSameAccount(subscription.account, account),
  );
  if (over === undefined) throw new Failed({ kind: 'subscriptions-full', limitedBy: 'postern', most });
  return [{ kind: 'subscription-erased', id: over.subscription.id }];
}

function subscriptionOf(
  { account, lineage }: WatchCaller,
  { settings, origin }: NewSubscription,
  secret: string,
  credentialId: string,
  nowMs: number,
): Subscription {
  const { server, user, access } = account;
  return {
    id: newSubscriptionId(),
    createdAtMs: nowMs,
    status: 'active',
    statusReason: null,
    failing: null,
    settings,
    account: { server, user },
    credentialId,
    access,
    lineage,
    secrets: [{ secret, untilMs: null }],
    origin,
  };
}

async function firstNews(
  { logins }: Parts,
  credential: WatchCredential,
  subscription: Subscription,
  since: Uint8Array | null,
): Promise<Result<News>> {
  const found = await lookAt(logins, credential, [{ subscription, known: null, since }], limits.newsEvents);
  return found.ok ? (found.value.get(subscription.id) ?? err({ kind: 'internal' })) : found;
}

/** As after any look, but that nothing was known before. */
const beginning = (subscription: Subscription, news: News, nowMs: number): readonly Change[] => [
  { kind: 'subscription', subscription },
  ...newsChanges({ subscription, known: null, newsAtMs: null }, news, nowMs),
];

async function begun(parts: Parts, { id }: Subscription, secret: string, news: News): Promise<Result<Created>> {
  const kept = (await parts.store.subscriptions()).find(({ subscription }) => subscription.id === id);
  if (kept === undefined) return err({ kind: 'subscription-not-found' });
  const { credentialId, settings, lineage } = kept.subscription;
  if (credentialId !== null) {
    await parts.looks.learned(credentialId);
    if (news.hasMore) parts.looks.soon(credentialId);
  }
  const isBusy = news.hasMore || news.events.length > 0 || settings.mode === 'live';
  await parts.wake(isBusy ? Date.now() : ((await parts.looks.nextMs()) ?? Date.now()));
  // It may end before anything is looked at, and its credential with it.
  if (lineage !== null) await parts.wake(lineage.expiresAt * 1000);
  return ok({ subscription: await toldOf(parts, kept), secret });
}
