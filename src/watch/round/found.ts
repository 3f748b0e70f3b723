/**
 * What is to be written after a look at an account?
 *
 * Decided when it is its turn to be written: what has been changed or erased since the look began is left as it is, and found anew by the
 * next one.
 */
import type { MailFailure } from '../../core/failure.ts';
import { isSame } from '../../core/octets.ts';
import type { WatchEvent } from '../event.ts';
import type { NewsOfEach } from '../news/news.ts';
import type { Change, WatchCredential } from '../store/change.ts';
import type { KeptSubscription } from '../store/watch-store.ts';
import type { Subscription } from '../subscription.ts';
import { accountEvents, episodeOf } from './account-events.ts';
import { troubleAfter } from './trouble.ts';

/** What is kept when it is written. */
export interface Present {
  readonly subscriptions: readonly KeptSubscription[];
  readonly credentials: readonly WatchCredential[];
}

/** What the look began with. */
export interface Looked {
  readonly credential: WatchCredential;
  readonly watched: readonly KeptSubscription[];
}

export async function foundChanges(
  { credential, watched }: Looked,
  found: NewsOfEach,
  present: Present,
  nowMs: number,
): Promise<readonly Change[]> {
  const news = watched.flatMap((kept): readonly Change[] => {
    const told = found.get(kept.subscription.id);
    if (told === undefined || !isUntouched(kept, present.subscriptions)) return [];
    const { subscription } = kept;
    return told.ok
      ? [...newsChanges(kept, told.value, nowMs), ...failingChanges(subscription, null, nowMs)]
      : failingChanges(subscription, told.failure, nowMs);
  });
  return [...news, ...(await recovery(credential.id, present, nowMs))];
}

/** Nothing, when there is nothing new. */
export function newsChanges(
  { subscription, known: before, newsAtMs }: Omit<KeptSubscription, 'receiver'>,
  { known, events }: { readonly known: Uint8Array; readonly events: readonly WatchEvent[] },
  nowMs: number,
): readonly Change[] {
  const { id: subscriptionId, createdAtMs } = subscription;
  const added = events.map(
    (event): Change => ({ kind: 'delivery-added', delivery: { subscriptionId, event }, atMs: nowMs }),
  );
  if (added.length === 0 && isSameKnown(known, before)) return [];
  const sinceMs = added.length > 0 ? nowMs : (newsAtMs ?? createdAtMs);
  return [...added, { kind: 'known', subscriptionId, known, newsAtMs: sinceMs }];
}

/** Nothing, when it goes on as it was: an unchanged failure is not written down again with each look. */
function failingChanges(subscription: Subscription, failure: MailFailure | null, nowMs: number): readonly Change[] {
  const { failing: before } = subscription;
  if ((failure?.kind ?? null) === (before?.failure ?? null)) return [];
  const failing = failure === null ? null : { failure: failure.kind, sinceMs: before?.sinceMs ?? nowMs };
  return [{ kind: 'subscription', subscription: { ...subscription, failing } }];
}

/** The account could be looked at. */
export async function recovery(credentialId: string, present: Present, nowMs: number): Promise<readonly Change[]> {
  const credential = present.credentials.find(({ id }) => id === credentialId);
  if (credential === undefined || credential.trouble === null) return [];
  const { trouble } = credential;
  const well: Change = { kind: 'credential', credential: { ...credential, trouble: null } };
  if (!trouble.isTold) return [well];
  const again = episodeOf(credential, trouble);
  return [
    well,
    ...(await accountEvents(lookersOf(credentialId, present), { type: 'account.recovered' }, again, nowMs)),
  ];
}

/** It could not. */
export async function troubleChanges(
  credentialId: string,
  failure: MailFailure,
  pollMs: number,
  present: Present,
  nowMs: number,
): Promise<readonly Change[]> {
  const credential = present.credentials.find(({ id }) => id === credentialId);
  if (credential === undefined) return [];
  const { trouble, isToldNow } = troubleAfter(failure, credential.trouble, pollMs, nowMs);
  const changed: Change = { kind: 'credential', credential: { ...credential, trouble } };
  if (!isToldNow) return [changed];
  const { reason } = trouble;
  const lookers = lookersOf(credentialId, present);
  const told = await accountEvents(lookers, { type: 'account.failed', reason }, episodeOf(credential, trouble), nowMs);
  return [changed, ...told];
}

const lookersOf = (credentialId: string, { subscriptions }: Present) =>
  subscriptions
    .map(({ subscription }) => subscription)
    .filter((subscription) => subscription.credentialId === credentialId && subscription.status === 'active');

/** Whether it is kept as it was: nobody has changed it, erased it, or found what is new in it. */
export function isUntouched({ subscription, known }: KeptSubscription, present: readonly KeptSubscription[]): boolean {
  const now = present.find((kept) => kept.subscription.id === subscription.id);
  return (
    now !== undefined &&
    isSameKnown(now.known, known) &&
    JSON.stringify(now.subscription) === JSON.stringify(subscription)
  );
}

const isSameKnown = (one: Uint8Array | null, other: Uint8Array | null): boolean =>
  one === null || other === null ? one === other : isSame(one, other);
