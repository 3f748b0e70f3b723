/**
 * How many rows are read and written, which is what the platform bills? docs/cost.md reckons with these.
 */
import { describe, expect, it } from 'vitest';
import { counted } from '../../scripts/cost-model.ts';
import type { WatchStore } from '../../src/watch/store/watch-store.ts';
import {
  added,
  created,
  credential,
  event,
  known,
  type Rows,
  staged,
  subscription,
  tried,
} from './watch-store-home.ts';

/** What `work` reads and writes. */
async function rowsIn(rows: Rows, work: () => unknown): Promise<Rows> {
  const { read, written } = rows;
  await work();
  return { read: rows.read - read, written: rows.written - written };
}

/** As a Watcher does that has just come to life: all that it asks before, during and after a look. */
async function looked(store: WatchStore, ...ids: readonly string[]): Promise<void> {
  expect([store.isEmpty(), (await store.unlock()).ok]).toEqual([false, true]);
  await Promise.all([store.subscriptions(), store.credentials()]);
  for (const id of ids) store.counts(id);
  store.forgetOld(0);
  expect([await store.subscriptions(), await store.credentials(), store.nextDueMs()]).toHaveLength(3);
}

const due = { subscriptionId: 'sub_1', nowMs: 1_000_000, most: 4, except: new Set<number>(), types: null };

describe('a look that finds nothing', () => {
  it(
    'writes no row, and reads each that there is once',
    staged(async ({ store, rows }) => {
      await store().commit(created('sub_1'));
      expect(await rowsIn(rows, () => looked(store(), 'sub_1'))).toEqual({
        read: counted.look.rowsRead,
        written: counted.look.rowsWritten,
      });
    }),
  );

  it(
    'reads two rows more for each further subscription, and one for each further credential',
    staged(async ({ store, rows }) => {
      await store().commit(created('sub_1'));
      const one = await rowsIn(rows, () => looked(store(), 'sub_1'));
      await store().commit(created('sub_2'));
      const two = await rowsIn(rows, () => looked(store(), 'sub_1', 'sub_2'));
      await store().commit([{ kind: 'credential', credential: credential('crd_2') }]);
      const more = await rowsIn(rows, () => looked(store(), 'sub_1', 'sub_2'));
      expect([two.read - one.read, more.read - two.read]).toEqual([2, 1]);
    }),
  );

  it(
    'reads nothing of what it has read before while the object lives, but looks for what is dead or old',
    staged(async ({ store, rows }) => {
      const kept = store();
      await kept.commit(created('sub_1'));
      await looked(kept, 'sub_1');
      expect(await rowsIn(rows, () => looked(kept, 'sub_1'))).toEqual({ read: 3, written: 0 });
    }),
  );

  it(
    'costs the same when hundreds of deliveries are kept that have come to their end',
    staged(async ({ store, rows }) => {
      await store().commit(created('sub_1'));
      const names = Array.from({ length: 300 }, (_, at) => `e${at}`);
      await store().commit(names.map((name) => added('sub_1', name)));
      await store().commit(names.map((_, at) => tried(at + 1, 6_000)));
      expect((await rowsIn(rows, () => looked(store(), 'sub_1'))).read).toBe(counted.look.rowsRead);
    }),
  );
});

describe('a message', () => {
  it(
    'takes eight rows: what is known, the event and its places, the attempt, and being forgotten',
    staged(async ({ store, rows, home }) => {
      const kept = store();
      await kept.commit(created('sub_1'));
      await looked(kept, 'sub_1');
      // Others are there: how many may not matter.
      await kept.commit(['x', 'y', 'z'].map((name) => added('sub_1', name)));
      await kept.commit([1, 2, 3].map((seq) => tried(seq, 90_000)));
      await kept.subscriptions();
      const found = await rowsIn(rows, () =>
        kept.commit([
          { kind: 'known', subscriptionId: 'sub_1', known: known('later'), newsAtMs: 5_000 },
          { kind: 'delivery-added', delivery: { subscriptionId: 'sub_1', event: event('a') }, atMs: 5_000 },
        ]),
      );
      const sent = await rowsIn(rows, async () => {
        await kept.dueOf(due);
        await kept.commit([tried(4, 6_000)]);
        kept.nextDueMs();
      });
      const forgotten = await rowsIn(rows, () => kept.forgetOld(7_000));
      const all = [found, sent, forgotten];
      expect({
        rowsRead: all.reduce((sum, { read }) => sum + read, 0),
        rowsWritten: all.reduce((sum, { written }) => sum + written, 0),
        bytes: home.storage.sql.databaseSize,
      }).toEqual({
        rowsRead: counted.message.rowsRead,
        rowsWritten: counted.message.rowsWritten,
        bytes: counted.storedBytes,
      });
    }),
  );

  it(
    'takes four kilobytes while its delivery is kept, when its summary has one and a half',
    staged(async ({ store, home }) => {
      await store().commit(created('sub_1'));
      // As ids are in truth.
      const id = 'x'.repeat(40);
      const summary = 'x'.repeat(1_500);
      const deliveries = 200;
      const emptyBytes = home.storage.sql.databaseSize;
      for (let at = 0; at < deliveries; at += 1) {
        const news = { subscriptionId: 'sub_1', event: event(`${at}${id}`, summary) };
        await store().commit([{ kind: 'delivery-added', delivery: news, atMs: 5_000 }]);
        await store().commit([tried(at + 1, 6_000)]);
      }
      const eachBytes = (home.storage.sql.databaseSize - emptyBytes) / deliveries;
      expect(Math.round(eachBytes / 1_024) * 1_024).toBe(counted.deliveryBytes);
    }),
  );

  it(
    'takes three rows for each attempt that fails: the attempt, and when it is due, before and from then on',
    staged(async ({ store, rows }) => {
      const kept = store();
      await kept.commit([...created('sub_1'), added('sub_1', 'a')]);
      expect((await rowsIn(rows, () => kept.commit([tried(1, 6_000, 'pending')]))).written).toBe(3);
    }),
  );
});

it(
  'a change of a subscription or of its trouble is one row',
  staged(async ({ store, rows }) => {
    const kept = store();
    await kept.commit(created('sub_1'));
    const written = (work: () => unknown) => rowsIn(rows, work).then((counts) => counts.written);
    expect([
      await written(() => kept.commit([{ kind: 'subscription', subscription: subscription('sub_1') }])),
      await written(() => kept.commit([{ kind: 'credential', credential: credential('crd_1') }])),
    ]).toEqual([1, 1]);
  }),
);
