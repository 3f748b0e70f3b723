/**
 * Who gets which session? In workerd, because `crypto.subtle.timingSafeEqual` is there alone.
 */
import { describe, expect, it } from 'vitest';
import type { Account } from '../../src/core/account.ts';
import { err, ok, type Result } from '../../src/core/failure.ts';
import { limits } from '../../src/core/limits.ts';
import { Secret } from '../../src/core/secret.ts';
import { type Lease, SessionPool, type Wish } from '../../src/wire/pool.ts';

class FakeSession {
  readonly password: string;
  isOpen = true;

  constructor(password: string) {
    this.password = password;
  }

  close(): void {
    this.isOpen = false;
  }
}

const account = (password = 'right', user = 'ada'): Account => ({
  server: { protocol: 'imap', host: 'mail.example', port: 993, security: 'tls' },
  user,
  credential: { kind: 'password', secret: new Secret(password) },
});

function makePool(
  opening: (account: Account) => Promise<Result<FakeSession>> = async (account) =>
    ok(new FakeSession(account.credential.secret.reveal())),
) {
  const opened: FakeSession[] = [];
  const pool = new SessionPool<FakeSession>({
    sessions: 3,
    idleMs: 60_000,
    async open(account) {
      const result = await opening(account);
      if (result.ok) opened.push(result.value);
      return result;
    },
  });
  const take = async (as = account(), wish: Wish<FakeSession> = {}): Promise<Lease<FakeSession>> => {
    const taken = await pool.take(as, wish, {});
    if (!taken.ok) throw new Error(taken.failure.kind);
    return taken.value;
  };
  return { pool, take, opened, openNow: () => opened.filter(({ isOpen }) => isOpen).length };
}

describe('a session that was given back', () => {
  it('serves the next request with the same credential', async () => {
    const { take, opened } = makePool();
    const first = await take();
    first.release();
    const second = await take();
    expect([second.session, second.isWarm, opened.length]).toEqual([first.session, true, 1]);
  });

  it.each([
    ['another password', account('wrong')],
    ['a password that only begins alike', account('right ')],
    ['another user', account('right', 'bob')],
    ['another port', { ...account(), server: { ...account().server, port: 143 } }],
    ['another security', { ...account(), server: { ...account().server, security: 'starttls' as const } }],
  ])('never serves a request with %s', async (_, other) => {
    const { take, opened } = makePool();
    (await take()).release();
    const lease = await take(other);
    expect([lease.isWarm, opened.length]).toEqual([false, 2]);
    expect(lease.session.password).toBe(other.credential.secret.reveal());
  });

  it('is not reused when it has ended, or when a fresh one is wished for', async () => {
    const { take, opened } = makePool();
    const first = await take();
    first.release();
    first.session.close();
    const second = await take();
    second.release();
    const third = await take(account(), { fresh: true });
    expect([second.isWarm, third.isWarm, opened.length]).toEqual([false, false, 3]);
  });

  it('is preferred when it is the one that is wished for', async () => {
    const { take } = makePool();
    const leases = [await take(), await take(), await take()];
    for (const lease of leases) lease.release();
    const wished = leases[1]?.session;
    expect((await take(account(), { prefer: (session) => session === wished })).session).toBe(wished);
  });

  it('is given back once, however often it is said', async () => {
    const { take, openNow } = makePool();
    const first = await take();
    first.release();
    first.release();
    first.discard();
    const leases = [await take(), await take(), await take()];
    expect(new Set(leases.map(({ session }) => session)).size).toBe(3);
    expect(openNow()).toBe(3);
  });
});

it('closes a session that is discarded, and nobody meets it again', async () => {
  const { take } = makePool();
  const first = await take();
  first.discard();
  expect(first.session.isOpen).toBe(false);
  expect((await take()).session).not.toBe(first.session);
});

describe('the sessions of an account', () => {
  it('are at most three, busy and idle together, whatever credentials come', async () => {
    const { take, openNow } = makePool();
    const passwords = ['a', 'b', 'c', 'd', 'a', 'b', 'e', 'a'];
    for (const password of passwords) {
      const lease = await take(account(password));
      expect(openNow()).toBeLessThanOrEqual(3);
      lease.release();
      expect(openNow()).toBeLessThanOrEqual(3);
    }
  });

  it('are waited for in order', async () => {
    const { take } = makePool();
    const held = [await take(), await take(), await take()];
    const order: number[] = [];
    const waiting = [1, 2, 3, 4].map(async (number) => {
      const lease = await take();
      order.push(number);
      lease.release();
    });
    expect(order).toEqual([]);
    held[0]?.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('are not waited for by more than may wait, who are told so', async () => {
    const { pool, take } = makePool();
    const held = [await take(), await take(), await take()];
    const waiting = Array.from({ length: limits.queuedRequests }, () => pool.take(account(), {}, {}));
    // Each computes a digest before it stands in line: this one comes last.
    const tooMany = await pool.take(account(), {}, {});
    expect(tooMany).toEqual(err({ kind: 'queue-full', limitedBy: 'postern', retryAfterSeconds: 5 }));
    for (const lease of held) lease.release();
    for (const taken of waiting) {
      const result = await taken;
      if (result.ok) result.value.release();
      expect(result.ok).toBe(true);
    }
  });
});

describe('a session that cannot be opened', () => {
  it.each([
    ['fails', async () => err({ kind: 'login-refused', responseCode: null }), 3],
    ['throws', async () => Promise.reject(new Error('a bug')), 3],
  ] as const)('does not cost the account its turn (%s)', async (_, opening, times) => {
    let fails = true;
    const { pool, take } = makePool(async (account) =>
      fails ? opening() : ok(new FakeSession(account.credential.secret.reveal())),
    );
    for (let count = 0; count < 2 * times; count++) {
      const ended = await pool.take(account(), {}, {}).catch(() => err({ kind: 'internal' }));
      expect(ended.ok).toBe(false);
    }
    fails = false;
    expect((await Promise.all([take(), take(), take()])).length).toBe(3);
  });
});
