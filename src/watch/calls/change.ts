/**
 * How is a subscription changed?
 *
 * What is new in it begins now, by a look that is stored together with the change; the rest goes on where it was. It looks with the
 * credential that it was made with, until a request says that its own is to take its place.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { SubscriptionChange, ToldSubscription, WatchCaller } from '../answers.ts';
import type { News } from '../news/news.ts';
import { endsWith } from '../proof/visible.ts';
import { accountEvents, episodeOf } from '../round/account-events.ts';
import { unused } from '../round/endings.ts';
import { isUntouched, newsChanges } from '../round/found.ts';
import { lookAt } from '../round/look.ts';
import { isRefusal, knownFailure } from '../round/trouble.ts';
import type { Change, WatchCredential } from '../store/change.ts';
import type { KeptSubscription } from '../store/watch-store.ts';
import type { Subscription } from '../subscription.ts';
import { meant } from './admitted.ts';
import { adopted, credentialOf } from './credentials.ts';
import type { Parts } from './parts.ts';
import { toldOf } from './told.ts';

interface Wanted {
  readonly subscription: Subscription;
  /** That of the request, when it is to take the place of the old one. */
  readonly fresh: WatchCredential | null;
  /** Null when nothing had to be looked at. */
  readonly news: News | null;
}

/** A look that ends meanwhile has moved on what is known. */
const mostTries = 3;
const noSize: MailFailure = {
  kind: 'request-invalid',
  errors: [{ in: 'body', field: 'maxBytes', message: 'Give no less than `minBytes`, or null for any size.' }],
};
const busy = { kind: 'queue-full', limitedBy: 'postern', retryAfterSeconds: 1 } as const;

/** A capsule for an hour would have its mail sent elsewhere for ever. */
const outlivesCapsule: MailFailure = {
  kind: 'request-invalid',
  errors: [
    {
      in: 'body',
      field: 'renewCredential',
      message:
        'Give true: with this capsule a subscription that was made without it is changed only if it ends with it.',
    },
  ],
};

/** Fails as a login or a look does, with `subscription-not-found`, and with `subscription-ended` where only a credential could help. */
export async function change(
  parts: Parts,
  caller: WatchCaller,
  id: string,
  wish: SubscriptionChange,
  nowMs: number,
): Promise<Result<ToldSubscription>> {
  for (let tries = 0; tries < mostTries; tries++) {
    const found = await meant(parts, caller, id, nowMs);
    if (!found.ok) return found;
    const isAimed = Object.keys(wish.settings ?? {}).length > 0;
    if (isAimed && !wish.renewsCredential && !endsWith(found.value.subscription, caller.lineage)) {
      return err(outlivesCapsule);
    }
    const wanted = await wantedOf(parts, caller, found.value, wish);
    if (!wanted.ok) return wanted;
    if (await isStored(parts, found.value, wanted.value, nowMs)) return begun(parts, caller, id);
  }
  return err(busy);
}

async function wantedOf(
  parts: Parts,
  caller: WatchCaller,
  kept: KeptSubscription,
  wish: SubscriptionChange,
): Promise<Result<Wanted>> {
  const subscription = changedOf(kept.subscription, caller, wish);
  if (subscription === null) return err({ kind: 'subscription-ended' });
  const { minBytes, maxBytes } = subscription.settings;
  // Only here is it known what the other one is that was not given.
  if (minBytes !== null && maxBytes !== null && minBytes > maxBytes) return err(noSize);
  const fresh = wish.renewsCredential ? credentialOf(caller.account) : null;
  const credentials = await parts.store.credentials();
  const credential = fresh ?? credentials.find(({ id }) => id === subscription.credentialId) ?? null;
  if (credential === null || !isToBeLookedAt(kept.subscription, subscription)) {
    return ok({ subscription, fresh, news: null });
  }
  const watched = [{ subscription, known: kept.known, since: null }];
  const refused = fresh === null ? await refusedBefore(parts, caller, credential) : null;
  if (refused !== null) return err(refused);
  const found = await lookAt(parts.logins, credential, watched, limits.newsEvents);
  if (!found.ok) {
    if (fresh === null && isRefusal(found.failure)) await parts.looks.refused(credential.id, found.failure);
    return found;
  }
  const news = found.value.get(subscription.id) ?? err({ kind: 'internal' });
  return news.ok ? ok({ subscription, fresh, news: news.value }) : news;
}

/** What came of the last login with it, where that is not the caller's own, which was good just now: nobody's call is another guess. */
async function refusedBefore(
  { prover }: Parts,
  { account }: WatchCaller,
  credential: WatchCredential,
): Promise<MailFailure | null> {
  const known = knownFailure(credential);
  const isAgain = known !== null && isRefusal(known) && (await prover.same(account, [credential])) === null;
  return isAgain ? known : null;
}

/** Null when it has ended, and has no credential to go on with. */
function changedOf(before: Subscription, caller: WatchCaller, wish: SubscriptionChange): Subscription | null {
  const { renewsCredential } = wish;
  // What has ended keeps no credential: with one it goes on, whatever ended it.
  const status = wish.status ?? (renewsCredential && before.status === 'ended' ? 'active' : before.status);
  if (before.status === 'ended' && status !== 'ended' && !renewsCredential) return null;
  return {
    ...before,
    settings: { ...before.settings, ...wish.settings },
    status,
    statusReason: status === before.status ? before.statusReason : null,
    ...(renewsCredential ? { access: caller.account.access, lineage: caller.lineage } : {}),
  };
}

/** Where there is something to be looked at that was not before: what is there now is to be old. Or to be asked: the server may not know how. */
function isToBeLookedAt({ settings: before }: Subscription, { settings: after, status }: Subscription): boolean {
  const aims = [before, after].map(({ mailboxes, events, q }) => JSON.stringify([mailboxes, events, q]));
  return status !== 'ended' && aims[0] !== aims[1];
}

/** False when it has changed since it was looked up, and nothing is written. */
async function isStored(parts: Parts, kept: KeptSubscription, wanted: Wanted, nowMs: number): Promise<boolean> {
  // First of all: if this is lost from here on, what is written is looked at all the same.
  await parts.wake(nowMs + limits.watchInsuranceMs);
  let isWritten = false;
  await parts.store.commit(async () => {
    const present = await parts.store.subscriptions();
    isWritten = isUntouched(kept, present);
    return isWritten ? changesOf(parts, present, kept, wanted, nowMs) : [];
  });
  return isWritten;
}

async function changesOf(
  parts: Parts,
  present: readonly KeptSubscription[],
  kept: KeptSubscription,
  { subscription, fresh, news }: Wanted,
  nowMs: number,
): Promise<readonly Change[]> {
  const own = fresh === null ? null : await adopted(parts, fresh, nowMs);
  const credentialId = own?.id ?? subscription.credentialId;
  const isLeaving = credentialId !== kept.subscription.credentialId;
  return [
    ...(own?.changes ?? []),
    ...(isLeaving ? await recovered(parts, kept.subscription, nowMs) : []),
    { kind: 'subscription', subscription: { ...subscription, credentialId } },
    ...(news === null ? [] : newsChanges(kept, news, nowMs)),
    ...(isLeaving ? unused(present, new Set([subscription.id])) : []),
    // Whoever says to go on has put it right, and another receiver has not failed.
    ...((subscription.status === 'active' && kept.subscription.status !== 'active') ||
    subscription.settings.url !== kept.subscription.settings.url
      ? [{ kind: 'receiver', subscriptionId: subscription.id, receiver: null } as const]
      : []),
  ];
}

/** What it was told of the old credential is over. */
async function recovered({ store }: Parts, before: Subscription, nowMs: number): Promise<readonly Change[]> {
  const old = (await store.credentials()).find(({ id }) => id === before.credentialId);
  if (old === undefined || old.trouble === null || !old.trouble.isTold) return [];
  return accountEvents([before], { type: 'account.recovered' }, episodeOf(old, old.trouble), nowMs);
}

/** It is looked at anew at once, if at all. */
async function begun(parts: Parts, caller: WatchCaller, id: string): Promise<Result<ToldSubscription>> {
  const kept = (await parts.store.subscriptions()).find(({ subscription }) => subscription.id === id);
  if (kept === undefined) return err({ kind: 'subscription-not-found' });
  await parts.live.follow();
  const { credentialId, status } = kept.subscription;
  const credential = (await parts.store.credentials()).find((each) => each.id === credentialId);
  if (status === 'active' && credential !== undefined) {
    if ((await refusedBefore(parts, caller, credential)) === null) parts.looks.soon(credential.id, true);
    await parts.wake(Date.now());
  }
  return ok(await toldOf(parts, kept));
}
