/**
 * What is written of a subscription that cannot be looked for, while its account can?
 */
import { expect, it } from 'vitest';
import { fullAccess } from '../../src/core/access.ts';
import { err, type MailFailure, ok, type Result } from '../../src/core/failure.ts';
import type { News } from '../../src/watch/news/news.ts';
import { ending } from '../../src/watch/round/endings.ts';
import { foundChanges } from '../../src/watch/round/found.ts';
import type { Change, WatchCredential } from '../../src/watch/store/change.ts';
import type { Failing } from '../../src/watch/subscription.ts';
import { keptSubscription } from '../support/kept-subscription.ts';

const known = new Uint8Array([1]);
const quiet = ok({ known, events: [], hasMore: false });
const notGranted: Result<News> = err({ kind: 'mailbox-not-granted' });
const tooBroad: MailFailure = { kind: 'search-too-broad', of: 'messages', limit: 1 };
const before: Failing = { failure: 'mailbox-not-granted', sinceMs: 1_000 };

const reset = ok({
  known: new Uint8Array([2]),
  events: [{ id: 'evt_1', type: 'mailbox.reset', atMs: 5_000, data: { reason: 'mailbox-not-found' }, ref: null }],
  hasMore: false,
} satisfies News);

/** After a look at 5,000 that has come to this. */
function written(failing: Failing | null, news: Result<News>): Promise<readonly Change[]> {
  const kept = { ...keptSubscription({}, { failing }), known };
  const { account, id } = kept.subscription;
  const credential: WatchCredential = {
    id: 'crd_1',
    account: { ...account, credential: { kind: 'password', secret: 'secret' }, access: fullAccess },
    trouble: null,
  };
  const present = { subscriptions: [kept], credentials: [credential] };
  return foundChanges({ credential, watched: [kept] }, new Map([[id, news]]), present, 5_000);
}

it.each<readonly [string, Failing | null, Result<News>, Failing | null]>([
  ['begins to fail', null, notGranted, { failure: 'mailbox-not-granted', sinceMs: 5_000 }],
  [
    'fails in another way, since when it failed first',
    before,
    err(tooBroad),
    { ...before, failure: 'search-too-broad' },
  ],
  ['fails no more, though there is nothing new', before, quiet, null],
])('one that %s is written, once', async (_what, was, news, failing) => {
  const { subscription } = keptSubscription({}, { failing });
  expect(await written(was, news)).toEqual([{ kind: 'subscription', subscription }]);
});

it.each<readonly [string, Failing | null, Result<News>]>([
  ['fails as it did', before, notGranted],
  ['is as well as it was', null, quiet],
])('nothing is written of one that %s', async (_what, was, news) => {
  expect(await written(was, news)).toEqual([]);
});

it('one that is told that its mailbox is gone does not fail', async () => {
  expect((await written(null, reset)).map(({ kind }) => kind)).toEqual(['delivery-added', 'known']);
});

it('what has come until it fails no more is written together with that', async () => {
  const kinds = (await written(before, reset)).map(({ kind }) => kind);
  expect(kinds.toSorted()).toEqual(['delivery-added', 'known', 'subscription']);
});

it('one that has ended for good fails no more', async () => {
  const kept = keptSubscription({}, { failing: before });
  const [change] = await ending([kept], kept.subscription, 'receiver-gone', 5_000);
  expect(change).toMatchObject({ kind: 'subscription', subscription: { status: 'ended', failing: null } });
});
