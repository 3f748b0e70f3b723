/**
 * Who can read what a Watcher keeps?
 */
import { describe, expect, it } from 'vitest';
import type { Keyring } from '../../src/core/seal.ts';
import { metaKey } from '../../src/watch/store/tables.ts';
import { added, canaries, created, keyring, newKey, oldKey, staged, tried } from './watch-store-home.ts';

const none = { kind: 'misconfigured', variable: 'CAPSULE_KEYS' } as const;
const due = { subscriptionId: 'sub_1', nowMs: 1_000_000, most: 10, except: new Set<number>(), types: null };

/** A text as it may stand in a row: as it is, in hex, and in base64 and base64url wherever it begins. */
function formsOf(text: string): readonly string[] {
  const octets = new TextEncoder().encode(text);
  const inBase64 = [0, 1, 2].map((before) => {
    const encoded = btoa(String.fromCharCode(...new Uint8Array(before), ...octets));
    // Its first and last characters depend on what stands beside it.
    return encoded.slice(before === 0 ? 0 : before + 1, Math.floor(((before + octets.length) * 8) / 6));
  });
  const inBase64url = inBase64.map((encoded) => encoded.replaceAll('+', '-').replaceAll('/', '_'));
  const inHex = [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  return [text, encodeURIComponent(text), inHex, ...inBase64, ...inBase64url];
}

describe('whoever reads the storage', () => {
  it(
    'finds no credential, address or text of a message there, in any form',
    staged(async ({ store, dump }) => {
      await store().commit([...created('sub_1'), added('sub_1', 'a'), added('sub_1', 'b')]);
      await store().commit([tried(1, 6_000), tried(2, 6_000, 'pending')]);
      const text = JSON.stringify(dump());
      expect(text).toContain('evt_a');
      const found = Object.values(canaries).filter((canary) => formsOf(canary).some((form) => text.includes(form)));
      expect(found).toEqual([]);
    }),
  );

  it('would be found out by that search in each of those forms', () => {
    const said = `before ${canaries.subject} behind`;
    const [plain = '', , hex = '', ...encoded] = formsOf(canaries.subject);
    expect(said).toContain(plain);
    expect([...new TextEncoder().encode(said)].map((octet) => octet.toString(16)).join('')).toContain(hex);
    for (const before of ['', 'x', 'xy']) {
      const base64 = btoa(before + said);
      expect(encoded.some((form) => base64.includes(form))).toBe(true);
    }
  });

  it(
    'cannot open the data key in another object',
    staged(async ({ store, home }) => {
      await store().commit(created('sub_1'));
      const stolen = home.storage.kv.get(metaKey);
      await staged(async (other) => {
        other.home.storage.kv.put(metaKey, stolen);
        expect(await other.store().unlock()).toEqual({ ok: false, failure: none });
      })();
    }),
  );
});

describe('whoever writes into the storage', () => {
  it.each([
    [
      'the subscriptions',
      'subscription',
      `UPDATE subscription SET sealed = (SELECT sealed FROM subscription WHERE id = 'sub_2')`,
    ],
    [
      'what is known',
      'subscription',
      `UPDATE known SET sealed = (SELECT sealed FROM known WHERE subscription_id = 'sub_2')`,
    ],
    [
      'a credential',
      'credential',
      `UPDATE credential SET sealed = (SELECT sealed FROM subscription WHERE id = 'sub_2')`,
    ],
    [
      'an event',
      'delivery',
      `UPDATE delivery SET event = (SELECT event FROM delivery WHERE subscription_id = 'sub_2')`,
    ],
    ['attempts', 'delivery', 'UPDATE delivery SET attempts = event'],
    [
      'a delivery',
      'delivery',
      `UPDATE delivery SET event_id = 'evt_z', subscription_id = 'sub_1' WHERE subscription_id = 'sub_2'`,
    ],
  ])('cannot put %s into the place of others', async (_what, read, statement) => {
    await staged(async ({ store, home }) => {
      await store().commit([...created('sub_1'), ...created('sub_2'), added('sub_1', 'a'), added('sub_2', 'b')]);
      home.storage.sql.exec(statement);
      const kept = store();
      const reading = {
        subscription: () => kept.subscriptions(),
        credential: () => kept.credentials(),
        delivery: () => kept.dueOf(due),
      };
      const wanted = read === 'subscription' || read === 'credential' ? read : 'delivery';
      await expect(reading[wanted]()).rejects.toMatchObject({ failure: { kind: 'internal' } });
    })();
  });

  it(
    'cannot leave out a part of what is known',
    staged(async ({ store, home }) => {
      await store().commit(created('sub_1'));
      const octets = new Uint8Array(2_500_000);
      await store().commit([{ kind: 'known', subscriptionId: 'sub_1', known: octets, newsAtMs: 1 }]);
      home.storage.sql.exec('DELETE FROM known WHERE piece = 2');
      await expect(store().subscriptions()).rejects.toMatchObject({ failure: { kind: 'internal' } });
    }),
  );
});

describe("when the operator's keys change", () => {
  const rotated: Keyring = [newKey, oldKey];

  it(
    'the data key is sealed anew under the newest when it is used, and no row is',
    staged(async ({ store, dump }) => {
      await store().commit([...created('sub_1'), added('sub_1', 'a')]);
      const { kv: before, ...rows } = dump();
      expect(await store(rotated).unlock()).toMatchObject({ ok: true });
      const { kv: after, ...rowsAfter } = dump();
      expect(rowsAfter).toEqual(rows);
      expect(after).not.toEqual(before);
      expect(await store([newKey]).subscriptions()).toHaveLength(1);
      expect((await store([newKey]).dueOf(due)).map(({ event }) => event.id)).toEqual(['evt_a']);
    }),
  );

  it(
    'nothing is written while the newest is the one that has sealed it',
    staged(async ({ store, dump }) => {
      await store(rotated).commit(created('sub_1'));
      const before = dump();
      await store(rotated).unlock();
      expect(dump()).toEqual(before);
    }),
  );

  it(
    'and the one is gone that has sealed the data key, everything fails as such, and nothing is changed',
    staged(async ({ store, dump }) => {
      await store().commit([...created('sub_1'), added('sub_1', 'a')]);
      const before = dump();
      const locked = store([newKey]);
      expect(await locked.unlock()).toEqual({ ok: false, failure: none });
      for (const asked of [
        locked.subscriptions(),
        locked.credentials(),
        locked.dueOf(due),
        locked.commit(created('sub_2')),
        locked.page('sub_1', { limit: 5, before: null, status: null }),
      ])
        await expect(asked).rejects.toMatchObject({ failure: none });
      expect([locked.isEmpty(), locked.nextDueMs()]).toEqual([false, 5_000]);
      expect(dump()).toEqual(before);
      // Put back, it is all there.
      expect(await store(keyring).subscriptions()).toHaveLength(1);
    }),
  );

  it(
    'tables of a version that came later are left alone',
    staged(async ({ store, home, dump }) => {
      await store().commit(created('sub_1'));
      home.storage.kv.put(metaKey, { version: 2, sealedKey: '' });
      const before = dump();
      await expect(store().commit(created('sub_2'))).rejects.toMatchObject({ failure: { kind: 'internal' } });
      expect(await store().unlock()).toEqual({ ok: false, failure: { kind: 'internal' } });
      expect(dump()).toEqual(before);
    }),
  );
});
