/**
 * What is remembered of requests with an Idempotency-Key, for how long, and that nothing can be read out of it.
 */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { KeptAnswers, type KeptStorage } from '../../src/wire/kept-answers.ts';

const hourMs = 60 * 60_000;

function fakeStorage() {
  const kept = new Map<string, unknown>();
  const storage: KeptStorage = {
    kv: {
      get: (key) => kept.get(key),
      put: (key, value) => void kept.set(key, structuredClone(value)),
      delete: (key) => kept.delete(key),
      list: ({ start, end, limit }) =>
        [...kept]
          .filter(([key]) => key >= start && key < end)
          .sort()
          .slice(0, limit),
    },
    sync: async () => undefined,
  };
  return { kept, storage };
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-23T23:59:00Z'), toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const requestOf = (
  storage: KeptStorage,
  key = 'key',
  scope: readonly unknown[] = ['append', 'ada', { role: 'sent' }],
) => new KeptAnswers(storage).request<string, string>(scope, key);

it('remembers over the loss of the object, for a day at least, and not for three', async () => {
  const { storage, kept } = fakeStorage();
  await requestOf(storage).keep('asked', { kind: 'done', answer: 'answer' });
  vi.setSystemTime(Date.now() + 24 * hourMs);
  expect(requestOf(storage).find()).toMatchObject({ fingerprint: 'asked', state: { kind: 'done', answer: 'answer' } });
  vi.setSystemTime(Date.now() + 24 * hourMs);
  expect(requestOf(storage).find()).toBeNull();
  await requestOf(storage, 'later').keep('asked', { kind: 'doubt', doubt: 'doubt' });
  // The salt, and the one of today.
  expect(kept.size).toBe(2);
});

it('has one state for a key, also when it changes after midnight', async () => {
  const { storage } = fakeStorage();
  await requestOf(storage).keep('asked', { kind: 'doubt', doubt: 'doubt' });
  vi.setSystemTime(Date.now() + hourMs);
  await requestOf(storage).keep('asked', { kind: 'done', answer: 'answer' });
  expect(requestOf(storage).find()?.state).toEqual({ kind: 'done', answer: 'answer' });
  requestOf(storage).forget();
  expect(requestOf(storage).find()).toBeNull();
});

it.each([
  ['key', ['append', 'Ada', { role: 'sent' }]],
  ['key', ['append', 'ada', { path: 'sent' }]],
  ['key', ['copy', 'ada', { role: 'sent' }]],
  ['Key', ['append', 'ada', { role: 'sent' }]],
])('knows nothing of the key %j in another scope %j', async (key, scope) => {
  const { storage } = fakeStorage();
  await requestOf(storage).keep('asked', { kind: 'done', answer: 'answer' });
  expect(requestOf(storage, key, scope).find()).toBeNull();
});

it('carries out one request with a key at a time, in one object', () => {
  const answers = new KeptAnswers(fakeStorage().storage);
  const [one, other] = [answers.request(['append'], 'key'), answers.request(['append'], 'key')];
  expect([one.begin(), other.begin(), answers.request(['append'], 'other').begin()]).toEqual([true, false, true]);
  one.end();
  expect(other.begin()).toBe(true);
});

it('keeps neither the key nor its scope, and digests that differ from one object to the next', async () => {
  const stores = [fakeStorage(), fakeStorage()];
  for (const { storage } of stores) {
    const request = requestOf(storage, 'the-key', ['append', 'the-user', { path: 'The Path' }]);
    await request.keep(request.hash('asked').digest('hex'), { kind: 'done', answer: 'answer' });
  }
  const [one = '', other = ''] = stores.map(({ kept }) => JSON.stringify([...kept]));
  expect(one).not.toMatch(/the-key|the-user|The Path/);
  const digests = (text: string): string[] => [...text.matchAll(/[\w-]{43,}/g)].map(([digest]) => digest);
  expect(digests(one).length).toBeGreaterThan(1);
  expect(digests(one).filter((digest) => digests(other).includes(digest))).toEqual([]);
});
