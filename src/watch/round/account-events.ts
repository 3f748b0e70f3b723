/**
 * What is told of the account itself?
 *
 * One event for all of an episode: it is called by when that began.
 */
import { accountParts } from '../../core/account-parts.ts';
import type { AccountFailure, WatchEvent } from '../event.ts';
import { eventIdOf } from '../event-id.ts';
import type { Change, Trouble, WatchCredential } from '../store/change.ts';
import type { Subscription } from '../subscription.ts';

/** For those of `subscriptions` that want to know. */
export async function accountEvents(
  subscriptions: readonly Subscription[],
  told: { readonly type: 'account.failed'; readonly reason: AccountFailure } | { readonly type: 'account.recovered' },
  again: string,
  nowMs: number,
): Promise<readonly Change[]> {
  const wanted = subscriptions.filter(({ settings }) => settings.events.includes(told.type));
  return Promise.all(
    wanted.map(async ({ id: subscriptionId, account }): Promise<Change> => {
      const event: WatchEvent = {
        id: await eventIdOf(accountParts(account), told.type, { of: 'account', again }),
        type: told.type,
        atMs: nowMs,
        data: told.type === 'account.failed' ? { reason: told.reason } : {},
        ref: null,
      };
      return { kind: 'delivery-added', delivery: { subscriptionId, event }, atMs: nowMs };
    }),
  );
}

/** What an episode is called. */
export const episodeOf = ({ id }: WatchCredential, { sinceMs }: Trouble): string => `${id} ${sinceMs}`;
