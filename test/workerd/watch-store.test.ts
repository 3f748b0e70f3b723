/**
 * What becomes of what a Watcher is told to keep?
 */
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import type { Change } from '../../src/watch/store/change.ts';
import {
  added,
  attempt,
  canaries,
  created,
  credential,
  event,
  known,
  staged,
  subscription,
  tried,
} from './watch-store-home.ts';

const due = { subscriptionId: 'sub_1', nowMs: 1_000_000, most: 10, except: new Set<number>(), types: null };

describe('what was written together', () => {
  it(
    'is there for whoever comes after the object was lost',
    staged(async ({ store }) => {
      await store().commit([...created('sub_1'), added('sub_1', 'a')]);
      const found = store();
      expect(await found.credentials()).toEqual([credential('crd_1')]);
      const [kept] = await found.subscriptions();
      expect(kept).toEqual({
        subscription: subscription('sub_1'),
        known: known(canaries.known),
        newsAtMs: 1_000,
        receiver: null,
      });
      expect((await found.dueOf(due)).map((delivery) => delivery.event)).toEqual([event('a')]);
      expect([found.nextDueMs(), found.counts('sub_1')]).toEqual([5_000, { pending: 1, dead: 0 }]);
    }),
  );

  it(
    'is not there at all when any statement of it fails',
    staged(async ({ store, dump, breakAt }) => {
      const kept = store();
      await kept.commit([...created('sub_1'), added('sub_1', 'a'), added('sub_1', 'b')]);
      const before = dump();
      const counts = kept.counts('sub_1');
      const news: readonly Change[] = [
        { kind: 'known', subscriptionId: 'sub_1', known: known('later'), newsAtMs: 9_000 },
        added('sub_1', 'c'),
        tried(1, 6_000),
        { kind: 'credential-erased', id: 'crd_1' },
        { kind: 'subscription', subscription: { ...subscription('sub_1'), status: 'ended' } },
      ];
      let failures = 0;
      for (let isDone = false; !isDone; ) {
        breakAt(failures + 1);
        isDone = await kept.commit(news).then(
          () => true,
          () => false,
        );
        breakAt(0);
        if (isDone) break;
        failures += 1;
        expect(dump()).toEqual(before);
        expect((await kept.subscriptions()).map((each) => [each.known, each.subscription.status])).toEqual([
          [known('canary-known'), 'active'],
        ]);
        expect([kept.counts('sub_1'), (await kept.credentials()).length]).toEqual([counts, 1]);
      }
      expect(failures).toBeGreaterThan(6);
      expect(dump()).not.toEqual(before);
    }),
  );

  it(
    'is not there either when nothing was kept before',
    staged(async ({ store, dump, breakAt }) => {
      for (let statement = 1; statement < 12; statement += 1) {
        const kept = store();
        breakAt(statement);
        await expect(kept.commit(created('sub_1'))).rejects.toThrow('disk full');
        breakAt(0);
        expect(dump()).toEqual({ kv: [] });
        expect(kept.isEmpty()).toBe(true);
      }
    }),
  );

  it(
    'is written in the order in which it was asked for, and decided on what is there by then',
    staged(async ({ store }) => {
      const kept = store();
      const first = kept.commit(created('sub_1'));
      const second = kept.commit(async () => {
        const found = await kept.subscriptions();
        return found.map((each) => ({
          kind: 'subscription',
          subscription: { ...each.subscription, origin: 'changed' },
        }));
      });
      await Promise.all([first, second]);
      expect((await kept.subscriptions()).map((each) => each.subscription.origin)).toEqual(['changed']);
    }),
  );

  it(
    'does not keep the next one from being written when it fails',
    staged(async ({ store, breakAt }) => {
      const kept = store();
      await kept.commit(created('sub_1'));
      breakAt(1);
      const [failed, done] = await Promise.allSettled([
        kept.commit([added('sub_1', 'a')]),
        kept.commit([added('sub_1', 'b')]),
      ]);
      expect([failed.status, done.status]).toEqual(['rejected', 'fulfilled']);
      expect((await kept.dueOf(due)).map((delivery) => delivery.event.id)).toEqual(['evt_b']);
    }),
  );
});

it(
  'whoever remembers tells the same as whoever reads it all anew, after each change',
  staged(async ({ store }) => {
    const answers = async (from: ReturnType<typeof store>) => [
      await from.subscriptions(),
      await from.credentials(),
      [
        from.nextDueMs(),
        from.nextDueOf('sub_1', null),
        from.firstPending('sub_1'),
        from.counts('sub_1'),
        from.isEmpty(),
      ],
      await from.dueOf(due),
    ];
    const receiver = { failures: 1, failingSinceMs: 2, restUntilMs: 3 };
    const changes: readonly (readonly Change[])[] = [
      created('sub_1'),
      created('sub_2', 500),
      [added('sub_1', 'a'), added('sub_1', 'b'), added('sub_1', 'c')],
      [{ kind: 'known', subscriptionId: 'sub_1', known: known('later'), newsAtMs: 9_000 }],
      [tried(1, 6_000)],
      [tried(2, 6_000, 'dead')],
      [{ kind: 'delivery-again', seq: 1, dueMs: 4_000, event: event('a') }],
      [{ kind: 'receiver', subscriptionId: 'sub_1', receiver }],
      [{ kind: 'subscription', subscription: { ...subscription('sub_1'), status: 'paused' } }],
      [{ kind: 'receiver', subscriptionId: 'sub_1', receiver: null }],
      [{ kind: 'credential', credential: credential('crd_2') }],
      [{ kind: 'credential-erased', id: 'crd_1' }],
      [{ kind: 'deliveries-cancelled', subscriptionId: 'sub_1', atMs: 7_000 }],
      [added('sub_1', 'd')],
      [{ kind: 'subscription-erased', id: 'sub_1' }],
      [{ kind: 'subscription-erased', id: 'sub_2' }],
    ];
    const kept = store();
    const seen = new Set<string>();
    for (const change of changes) {
      await kept.commit(change);
      const told = await answers(kept);
      expect(told).toEqual(await answers(store()));
      seen.add(JSON.stringify(told));
    }
    // Each of them makes a difference.
    expect(seen.size).toBe(changes.length);
  }),
);

describe('what could not be read', () => {
  it(
    'is read anew by the next one',
    staged(async ({ store, breakAt }) => {
      await store().commit(created('sub_1'));
      const kept = store();
      breakAt(1);
      await expect(kept.subscriptions()).rejects.toThrow('disk full');
      expect(await kept.subscriptions()).toHaveLength(1);
    }),
  );
});

describe('what is known for a subscription', () => {
  it(
    'is the very same octets until it changes, whatever else does',
    staged(async ({ store }) => {
      const kept = store();
      await kept.commit(created('sub_1'));
      const [before] = await kept.subscriptions();
      await kept.commit([added('sub_1', 'a')]);
      await kept.commit([
        { kind: 'receiver', subscriptionId: 'sub_1', receiver: { failures: 1, failingSinceMs: 2, restUntilMs: 3 } },
      ]);
      const [after] = await kept.subscriptions();
      expect(after?.known).toBe(before?.known);
      expect(after?.receiver).toEqual({ failures: 1, failingSinceMs: 2, restUntilMs: 3 });
    }),
  );

  it(
    'may be larger than a row of the platform, and smaller again',
    staged(async ({ store }) => {
      await store().commit(created('sub_1'));
      const large = new Uint8Array(3 * limits.knownPieceBytes + 5).map((_, at) => at % 251);
      await store().commit([{ kind: 'known', subscriptionId: 'sub_1', known: large, newsAtMs: 1 }]);
      const [first] = await store().subscriptions();
      expect(first?.known?.length).toBe(large.length);
      expect(first?.known?.every((octet, at) => octet === large[at])).toBe(true);
      await store().commit([{ kind: 'known', subscriptionId: 'sub_1', known: known('small'), newsAtMs: 2 }]);
      const [second] = await store().subscriptions();
      expect([second?.known, second?.newsAtMs]).toEqual([known('small'), 2]);
    }),
  );

  it(
    'is refused when it is larger than all that there is room for, by itself or together with that of others',
    staged(async ({ store }) => {
      await store().commit([...created('sub_1'), ...created('sub_2')]);
      const commit = (subscriptionId: string, pieces: number) => {
        const octets = new Uint8Array(pieces * limits.knownPieceBytes);
        return store().commit([{ kind: 'known', subscriptionId, known: octets, newsAtMs: 1 }]);
      };
      const refusal = { failure: { kind: 'limit-exceeded', limit: 'knownPieces' } };
      await expect(commit('sub_1', limits.knownPieces + 1)).rejects.toMatchObject(refusal);
      await commit('sub_1', 4);
      await expect(commit('sub_2', limits.knownPieces - 1)).rejects.toMatchObject(refusal);
      const kept = await store().subscriptions();
      expect(kept.map((each) => each.known?.length)).toEqual([4 * limits.knownPieceBytes, canaries.known.length]);
    }),
  );
});

describe('what was erased', () => {
  it(
    'leaves nothing of its subscription, and all of the others',
    staged(async ({ store, dump }) => {
      await store().commit([...created('sub_1'), ...created('sub_2'), added('sub_1', 'a'), added('sub_2', 'b')]);
      await store().commit([
        { kind: 'receiver', subscriptionId: 'sub_1', receiver: { failures: 1, failingSinceMs: 1, restUntilMs: 1 } },
      ]);
      await store().commit([{ kind: 'subscription-erased', id: 'sub_1' }]);
      expect(JSON.stringify(dump())).not.toContain('sub_1');
      const kept = store();
      expect((await kept.subscriptions()).map((each) => each.subscription.id)).toEqual(['sub_2']);
      expect([kept.counts('sub_1').pending, kept.counts('sub_2').pending]).toEqual([0, 1]);
    }),
  );

  it(
    'leaves no row at all when it was the last one, credentials and the data key included',
    staged(async ({ store, dump }) => {
      const kept = store();
      await kept.commit([...created('sub_1'), added('sub_1', 'a')]);
      await kept.commit([{ kind: 'subscription-erased', id: 'sub_1' }]);
      expect(Object.values(dump()).flat()).toEqual([]);
      expect([kept.isEmpty(), await kept.credentials(), await kept.subscriptions()]).toEqual([true, [], []]);
      await kept.eraseRest();
      expect(dump()).toEqual({ kv: [] });
    }),
  );

  it(
    'takes nothing with it that somebody has begun meanwhile',
    staged(async ({ store }) => {
      const kept = store();
      await kept.commit(created('sub_1'));
      await kept.commit([{ kind: 'subscription-erased', id: 'sub_1' }]);
      await Promise.all([kept.commit(created('sub_2')), kept.eraseRest()]);
      expect((await store().subscriptions()).map((each) => each.subscription.id)).toEqual(['sub_2']);
    }),
  );

  it(
    'is not brought back by what was on its way for it',
    staged(async ({ store, dump }) => {
      const kept = store();
      await kept.commit([...created('sub_1'), ...created('sub_2'), added('sub_1', 'a')]);
      const erased = kept.commit([
        { kind: 'subscription-erased', id: 'sub_1' },
        { kind: 'credential-erased', id: 'crd_1' },
      ]);
      const late = kept.commit([
        ...created('sub_1'),
        added('sub_1', 'b'),
        tried(1, 6_000),
        { kind: 'receiver', subscriptionId: 'sub_1', receiver: { failures: 1, failingSinceMs: 1, restUntilMs: 1 } },
        { kind: 'deliveries-cancelled', subscriptionId: 'sub_1', atMs: 7_000 },
      ]);
      await Promise.all([erased, late]);
      expect(JSON.stringify(dump())).not.toMatch(/sub_1|crd_1/);
    }),
  );

  it(
    'is not brought back after everything was erased, which makes room for something new',
    staged(async ({ store, dump }) => {
      const kept = store();
      await kept.commit([...created('sub_1'), added('sub_1', 'a')]);
      await kept.commit([{ kind: 'subscription-erased', id: 'sub_1' }]);
      await kept.eraseRest();
      await kept.commit([tried(1, 6_000)]);
      await kept.commit([...created('sub_1')]);
      await kept.commit([{ kind: 'known', subscriptionId: 'sub_1', known: known('late'), newsAtMs: 1 }]);
      expect(dump()).toEqual({ kv: [] });
      await kept.commit([
        { kind: 'credential', credential: credential('crd_2') },
        { kind: 'subscription', subscription: subscription('sub_2') },
      ]);
      expect((await store().subscriptions()).map((each) => each.subscription.id)).toEqual(['sub_2']);
    }),
  );

  it(
    'gives its place to no other delivery while something may be on its way for it',
    staged(async ({ store }) => {
      const kept = store();
      await kept.commit([...created('sub_1'), ...created('sub_2'), added('sub_1', 'a')]);
      await kept.commit([{ kind: 'subscription-erased', id: 'sub_1' }]);
      await kept.commit([added('sub_2', 'b')]);
      await kept.commit([tried(1, 6_000)]);
      expect((await kept.dueOf({ ...due, subscriptionId: 'sub_2' })).map(({ event }) => event.id)).toEqual(['evt_b']);
    }),
  );
});

describe('an object in which nothing was ever kept', () => {
  it(
    'stays untouched by whoever asks',
    staged(async ({ store, dump }) => {
      const kept = store();
      expect(await kept.unlock()).toEqual({ ok: true, value: undefined });
      expect([await kept.subscriptions(), await kept.credentials(), await kept.dueOf(due)]).toEqual([[], [], []]);
      expect([kept.nextDueMs(), kept.firstPending('x'), kept.counts('x'), kept.isEmpty(), kept.forgetOld(9)]).toEqual([
        null,
        null,
        { pending: 0, dead: 0 },
        true,
        0,
      ]);
      expect(await kept.page('x', { limit: 5, before: null, status: null })).toEqual({
        deliveries: [],
        nextBefore: null,
      });
      expect(await kept.delivery('x', 'dlv_y')).toBeNull();
      expect(dump()).toEqual({ kv: [] });
    }),
  );
});

it(
  'a subscription that was kept before it could be said to fail does not fail',
  staged(async ({ store }) => {
    const older = subscription('sub_1');
    Reflect.deleteProperty(older, 'failing');
    await store().commit([...created('sub_1'), { kind: 'subscription', subscription: older }]);
    expect((await store().subscriptions())[0]?.subscription).toEqual(subscription('sub_1'));
  }),
);

describe('attempts', () => {
  it(
    'are all kept, however many are stored at the same time, up to the last ones',
    staged(async ({ store }) => {
      const kept = store();
      await kept.commit([...created('sub_1'), added('sub_1', 'a')]);
      const times = Array.from({ length: limits.attemptsKept + 3 }, (_, at) => 10_000 + at);
      await Promise.all(times.map((atMs) => kept.commit([tried(1, atMs, 'pending')])));
      const delivery = await store().delivery('sub_1', 'dlv_a');
      expect(delivery?.attempts.map(({ atMs }) => atMs)).toEqual(times.slice(-limits.attemptsKept));
      expect(delivery?.attempts[0]).toEqual(attempt(times.slice(-limits.attemptsKept)[0] ?? 0));
    }),
  );
});
