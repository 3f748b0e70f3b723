/**
 * What becomes of refresh tokens that replace those in capsules? In workerd, whose Web Crypto derives their keys.
 */
import { describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { Secret } from '../../src/core/secret.ts';
import { forget } from '../../src/wire/forgetting.ts';
import { Grants, grantOf } from '../../src/wire/grants.ts';

function fakeStorage() {
  const kept = new Map<string, unknown>();
  const alarms: number[] = [];
  return {
    kept,
    alarms,
    kv: {
      get: (key: string) => kept.get(key),
      put: (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
      delete: (key: string) => kept.delete(key),
      list: (range?: { readonly start: string; readonly end: string }) =>
        [...kept].filter(([key]) => range === undefined || (key >= range.start && key < range.end)),
    },
    sync: async () => undefined,
    deleteAll: async () => kept.clear(),
    async setAlarm(timeMs: number) {
      alarms.push(timeMs);
    },
  };
}

describe('a refresh token that was replaced', () => {
  it('is found again with the one that it replaced, and with no other', async () => {
    const storage = fakeStorage();
    const grants = new Grants(storage);
    const grant = await grantOf('acme', new Secret('first'));
    await grants.replace(grant, new Secret('second'));
    const revealed = async (provider: string, token: string) =>
      (await new Grants(storage).newest(await grantOf(provider, new Secret(token)))).reveal();
    expect(await revealed('acme', 'first')).toBe('second');
    expect(await revealed('other', 'first')).toBe('first');
    expect(await revealed('acme', 'second')).toBe('second');
  });

  it('is kept so that nobody can read it or tell whose it is who has not the one that it replaced', async () => {
    const storage = fakeStorage();
    const grant = await grantOf('acme', new Secret('first'));
    await new Grants(storage).replace(grant, new Secret('second'));
    const [[key = '', row] = []] = storage.kept;
    expect(key).toMatch(/^grant\.[\w-]{22}$/);
    expect(JSON.stringify(row)).not.toMatch(/first|second/);
    const stranger = await grantOf('acme', new Secret('guessed'));
    storage.kept.set(`grant.${stranger.id}`, row);
    await expect(new Grants(storage).newest(stranger)).rejects.toThrow();
  });
});

describe('an account where nobody has logged in for a week', () => {
  it('keeps nothing but refresh tokens, which a capsule may need for longer', async () => {
    const storage = fakeStorage();
    storage.kept.set('logins.2', {}).set('kept.00000001.x', {}).set('grants', {});
    await new Grants(storage).replace(await grantOf('acme', new Secret('first')), new Secret('second'));
    await forget(storage);
    expect([...storage.kept.keys()]).toEqual([expect.stringMatching(/^grant\./)]);
    expect(storage.alarms).toHaveLength(2);
  });

  it('keeps one that was used lately, however long ago it was replaced', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const storage = fakeStorage();
    const grants = new Grants(storage);
    const grant = await grantOf('acme', new Secret('first'));
    await grants.replace(grant, new Secret('second'));
    vi.setSystemTime(Date.now() + limits.grantsRememberedMs - 1);
    expect((await grants.newest(grant)).reveal()).toBe('second');
    vi.setSystemTime(Date.now() + limits.grantsRememberedMs - 1);
    await forget(storage);
    const newest = await grants.newest(grant);
    vi.useRealTimers();
    expect(newest.reveal()).toBe('second');
  });

  it('keeps nothing when those are old as well', async () => {
    vi.useFakeTimers();
    const storage = fakeStorage();
    await new Grants(storage).replace(await grantOf('acme', new Secret('first')), new Secret('second'));
    vi.setSystemTime(Date.now() + limits.grantsRememberedMs);
    await forget(storage);
    vi.useRealTimers();
    expect([storage.kept.size, storage.alarms.length]).toEqual([0, 1]);
  });
});
