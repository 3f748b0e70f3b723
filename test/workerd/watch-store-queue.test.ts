/**
 * Which deliveries are there, which are due, and how long are they kept?
 */
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import type { Delivery } from '../../src/watch/delivery/delivery.ts';
import type { Change } from '../../src/watch/store/change.ts';
import type { WatchStore } from '../../src/watch/store/watch-store.ts';
import { added, created, event, staged, tried } from './watch-store-home.ts';

const idsOf = (deliveries: readonly Delivery[]): readonly string[] => deliveries.map(({ event }) => event.id.slice(4));
const due = (subscriptionId = 'sub_1') => ({
  subscriptionId,
  nowMs: 100_000,
  most: 10,
  except: new Set<number>(),
  types: null,
});

const queued = async (store: WatchStore, ...names: readonly string[]): Promise<void> =>
  store.commit([...created('sub_1'), ...names.map((name) => added('sub_1', name))]);

describe('an event', () => {
  it(
    'is added once for each subscription, whatever has become of it meanwhile',
    staged(async ({ store }) => {
      const kept = store();
      await kept.commit([...created('sub_1'), ...created('sub_2'), added('sub_1', 'a'), added('sub_2', 'a')]);
      await kept.commit([added('sub_1', 'a')]);
      await kept.commit([tried(1, 6_000)]);
      await kept.commit([added('sub_1', 'a'), added('sub_2', 'a')]);
      expect([kept.counts('sub_1').pending, kept.counts('sub_2').pending]).toEqual([0, 1]);
      const page = await kept.page('sub_1', { limit: 9, before: null, status: null });
      expect(page.deliveries.map(({ status }) => status)).toEqual(['delivered']);
    }),
  );

  it(
    'of a subscription that is not there is not added, nor anything else',
    staged(async ({ store, dump }) => {
      await queued(store(), 'a');
      const before = dump();
      await store().commit([
        added('sub_9', 'b'),
        { kind: 'known', subscriptionId: 'sub_9', known: new Uint8Array(1), newsAtMs: 1 },
        { kind: 'receiver', subscriptionId: 'sub_9', receiver: { failures: 1, failingSinceMs: 1, restUntilMs: 1 } },
      ]);
      expect(dump()).toEqual(before);
    }),
  );

  it(
    'loses its summary when that does not fit into a row, and is there all the same',
    staged(async ({ store }) => {
      await queued(store());
      const large = event('a', 'x'.repeat(limits.storedEventBytes));
      await store().commit([{ kind: 'delivery-added', delivery: { subscriptionId: 'sub_1', event: large }, atMs: 1 }]);
      const [delivery] = await store().dueOf(due());
      expect(delivery?.event).toEqual({ ...large, data: { ...large.data, message: { id: '1.7' } } });
    }),
  );
});

describe('what is due', () => {
  it(
    'is the oldest first, and none that is under way, waits longer, has ended or is of another type',
    staged(async ({ store }) => {
      const kept = store();
      await queued(kept, 'a', 'b', 'c', 'd', 'e');
      await kept.commit([tried(1, 6_000), { ...tried(2, 6_000, 'pending'), dueMs: 100_001 }, tried(4, 6_000, 'dead')]);
      expect(idsOf(await kept.dueOf(due()))).toEqual(['c', 'e']);
      expect(idsOf(await kept.dueOf({ ...due(), except: new Set([3]), most: 1 }))).toEqual(['e']);
      expect(idsOf(await kept.dueOf({ ...due(), nowMs: 100_001, most: 2 }))).toEqual(['b', 'c']);
      expect(await kept.dueOf({ ...due(), types: ['account.failed', 'account.recovered'] })).toEqual([]);
      expect(idsOf(await kept.dueOf({ ...due(), types: ['message.received'] }))).toEqual(['c', 'e']);
      expect(kept.firstPending('sub_1')).toEqual({ seq: 2, dueMs: 100_001 });
      expect(kept.counts('sub_1')).toEqual({ pending: 3, dead: 1 });
      expect([kept.nextDueMs(), kept.nextDueOf('sub_1', null), kept.nextDueOf('sub_1', ['account.failed'])]).toEqual([
        5_000,
        5_000,
        null,
      ]);
      expect([kept.nextDueOf('sub_1', ['message.received']), kept.nextDueOf('sub_2', null)]).toEqual([5_000, null]);
    }),
  );

  it(
    'is told with what was tried',
    staged(async ({ store }) => {
      const kept = store();
      await queued(kept, 'a');
      await kept.commit([tried(1, 6_000, 'pending')]);
      expect(await kept.dueOf(due())).toEqual([
        {
          seq: 1,
          id: 'dlv_a',
          subscriptionId: 'sub_1',
          status: 'pending',
          createdAtMs: 5_000,
          dueMs: 7_000,
          attemptCount: 1,
          attempts: [expect.objectContaining({ atMs: 6_000, answer: 'canary-answer' })],
          event: event('a'),
        },
      ]);
    }),
  );
});

describe('a delivery that was cancelled', () => {
  const cancelled: Change = { kind: 'deliveries-cancelled', subscriptionId: 'sub_1', atMs: 6_000 };
  const statusOf = async (store: WatchStore) => (await store.delivery('sub_1', 'dlv_a'))?.status;

  it(
    'stays so when an attempt that was under way has failed',
    staged(async ({ store }) => {
      const kept = store();
      await queued(kept, 'a');
      await kept.commit([cancelled]);
      await kept.commit([tried(1, 7_000, 'pending')]);
      expect([await statusOf(kept), kept.nextDueMs()]).toEqual(['cancelled', null]);
    }),
  );

  it(
    'was delivered after all when that attempt has arrived',
    staged(async ({ store }) => {
      const kept = store();
      await queued(kept, 'a');
      await kept.commit([cancelled]);
      await kept.commit([tried(1, 7_000)]);
      expect(await statusOf(kept)).toBe('delivered');
    }),
  );
});

describe('a delivery that is sent again', () => {
  it(
    'waits anew, with its message as it is now and all that was tried',
    staged(async ({ store }) => {
      const kept = store();
      await queued(kept, 'a');
      await kept.commit([tried(1, 6_000)]);
      await kept.commit([{ kind: 'delivery-again', seq: 1, dueMs: 8_000, event: event('a', 'as it is now') }]);
      const [delivery] = await kept.dueOf(due());
      expect(delivery).toMatchObject({
        status: 'pending',
        dueMs: 8_000,
        attemptCount: 0,
        event: event('a', 'as it is now'),
      });
      expect(delivery?.attempts).toHaveLength(1);
      expect(kept.forgetOld(1_000_000)).toBe(0);
    }),
  );

  it(
    'is never sent as another event',
    staged(async ({ store }) => {
      const kept = store();
      await queued(kept, 'a');
      await kept.commit([tried(1, 6_000)]);
      await kept.commit([{ kind: 'delivery-again', seq: 1, dueMs: 8_000, event: event('b') }]);
      expect(await kept.dueOf(due())).toEqual([]);
    }),
  );
});

describe('the list of deliveries', () => {
  it(
    'has them newest first, page by page, of one subscription and of one status',
    staged(async ({ store }) => {
      const kept = store();
      await queued(kept, 'a', 'b', 'c', 'd', 'e');
      await kept.commit([...created('sub_2'), added('sub_2', 'x')]);
      await kept.commit([tried(1, 6_000), tried(3, 6_000, 'dead'), tried(4, 6_000, 'dead'), tried(5, 6_000, 'dead')]);
      const first = await kept.page('sub_1', { limit: 2, before: null, status: null });
      expect([idsOf(first.deliveries), first.nextBefore]).toEqual([['e', 'd'], 4]);
      const second = await kept.page('sub_1', { limit: 3, before: first.nextBefore, status: null });
      expect([idsOf(second.deliveries), second.nextBefore]).toEqual([['c', 'b', 'a'], null]);
      const dead = await kept.page('sub_1', { limit: 2, before: null, status: 'dead' });
      expect([idsOf(dead.deliveries), dead.nextBefore]).toEqual([['e', 'd'], 4]);
      const more = await kept.page('sub_1', { limit: 2, before: dead.nextBefore, status: 'dead' });
      expect([idsOf(more.deliveries), more.nextBefore]).toEqual([['c'], null]);
      const pending = await kept.page('sub_1', { limit: 5, before: null, status: 'pending' });
      expect(idsOf(pending.deliveries)).toEqual(['b']);
    }),
  );

  it(
    'has none that belongs to another subscription, by whatever id',
    staged(async ({ store }) => {
      const kept = store();
      await queued(kept, 'a');
      await kept.commit(created('sub_2'));
      expect([await kept.delivery('sub_2', 'dlv_a'), (await kept.delivery('sub_1', 'dlv_a'))?.seq]).toEqual([null, 1]);
      expect((await kept.page('sub_2', { limit: 5, before: null, status: null })).deliveries).toEqual([]);
    }),
  );

  it(
    'can be asked for a stretch of time',
    staged(async ({ store }) => {
      const kept = store();
      await kept.commit([
        ...created('sub_1'),
        added('sub_1', 'a', 10),
        added('sub_1', 'b', 20),
        added('sub_1', 'c', 30),
      ]);
      await kept.commit([tried(2, 6_000)]);
      const found = (range: { fromMs: number; toMs: number; status: 'pending' | null }, most = 9) =>
        kept.inRange('sub_1', range, most).then(idsOf);
      expect(await found({ fromMs: 10, toMs: 20, status: null })).toEqual(['a', 'b']);
      expect(await found({ fromMs: 11, toMs: 90, status: 'pending' })).toEqual(['c']);
      expect(await found({ fromMs: 0, toMs: 90, status: null }, 2)).toEqual(['a', 'b']);
    }),
  );
});

describe('old deliveries', () => {
  it(
    'are forgotten when they have ended long ago, so many at a time, and none that waits',
    staged(async ({ store }) => {
      const kept = store();
      const names = Array.from({ length: limits.deliveriesForgotten + 5 }, (_, at) => `e${at}`);
      await queued(kept, ...names, 'later', 'waiting');
      await kept.commit(names.map((_, at) => tried(at + 1, 6_000)));
      await kept.commit([tried(names.length + 1, 50_000)]);
      expect([kept.forgetOld(6_010), kept.forgetOld(6_011), kept.forgetOld(6_011), kept.forgetOld(6_011)]).toEqual([
        0,
        limits.deliveriesForgotten,
        5,
        0,
      ]);
      const page = await kept.page('sub_1', { limit: 9, before: null, status: null });
      expect(idsOf(page.deliveries)).toEqual(['waiting', 'later']);
    }),
  );
});
