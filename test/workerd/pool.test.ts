/**
 * Who gets which session? In workerd, because `crypto.subtle.timingSafeEqual` is there alone.
 */
import { describe, expect, it, vi } from 'vitest';
import { fullAccess } from '../../src/core/access.ts';
import type { Account } from '../../src/core/account.ts';
import { err, type MailFailure, ok, type Result } from '../../src/core/failure.ts';
import { limits } from '../../src/core/limits.ts';
import { Secret } from '../../src/core/secret.ts';
import { LoginMemory } from '../../src/wire/login-memory.ts';
import { type Lease, SessionPool, type Wish } from '../../src/wire/pool.ts';
import { fakeStorage } from './storage.ts';

const limitReached: MailFailure = {
  kind: 'server-limit-reached',
  limitedBy: 'mail-server',
  responseCode: 'LIMIT',
  retryAfterSeconds: 30,
};

class FakeSession {
  readonly password: string;
  isOpen = true;
  readonly mostSessions: number | null;

  readonly #onClose: () => void;

  constructor(password: string, onClose: () => void = () => undefined, mostSessions: number | null = null) {
    this.password = password;
    this.#onClose = onClose;
    this.mostSessions = mostSessions;
  }

  close(): void {
    if (this.isOpen) this.#onClose();
    this.isOpen = false;
  }
}

const account = (password = 'right', user = 'ada'): Account => ({
  server: { protocol: 'imap', host: 'mail.example', port: 993, security: 'tls' },
  user,
  credential: { kind: 'password', secret: new Secret(password) },
  access: fullAccess,
});

function makePool(
  opening: (account: Account) => Promise<Result<FakeSession>> = async (account) =>
    ok(new FakeSession(account.credential.secret.reveal())),
) {
  const opened: FakeSession[] = [];
  const storage = fakeStorage();
  const pool = new SessionPool<FakeSession>({
    sessions: 3,
    idleMs: 60_000,
    memory: new LoginMemory(storage),
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
    ['fails', async () => err({ kind: 'connect-failed' }), 3],
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

describe('a server that takes fewer sessions than we would open', () => {
  /** Refuses a session beyond `most` in the way that it has. */
  function limited(most: number, failure: MailFailure) {
    let open = 0;
    let refused = 0;
    const made = makePool(async ({ credential }) => {
      await Promise.resolve();
      if (open >= most) {
        refused += 1;
        return err(failure);
      }
      open += 1;
      return ok(
        new FakeSession(credential.secret.reveal(), () => {
          open -= 1;
        }),
      );
    });
    return {
      ...made,
      get refused() {
        return refused;
      },
    };
  }

  it.each([
    ['says so', limitReached],
    ['refuses the password', { kind: 'login-refused', responseCode: null } as const],
    ['refuses the connection', { kind: 'connect-failed' } as const],
    ['hangs up', { kind: 'connection-lost' } as const],
  ])('serves every request over those that it takes (it %s)', async (_, failure) => {
    const server = limited(2, failure);
    (await server.take()).release();
    const served = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const lease = await server.take();
        expect(server.openNow()).toBeLessThanOrEqual(2);
        await Promise.resolve();
        lease.release();
        return lease.session.password;
      }),
    );
    expect(served).toEqual(Array(50).fill('right'));
    // Each of those who were on their way is refused once; then it is known.
    expect(server.refused).toBeLessThanOrEqual(3);
  });

  it('is asked for more again after a while', async () => {
    vi.useFakeTimers();
    const server = limited(1, limitReached);
    const first = await server.take();
    const second = server.take();
    await vi.advanceTimersByTimeAsync(1000);
    first.release();
    (await second).release();
    await vi.advanceTimersByTimeAsync(limits.fewerSessionsMs);
    const before = server.refused;
    const leases = [server.take(), server.take()];
    await vi.advanceTimersByTimeAsync(10);
    expect(server.refused).toBe(before + 1);
    (await leases[0])?.release();
    (await leases[1])?.release();
    vi.useRealTimers();
  });

  it('does not do so for long because a connection failed once', async () => {
    vi.useFakeTimers();
    let fails = false;
    const { take } = makePool(async () => (fails ? err({ kind: 'connect-failed' }) : ok(new FakeSession('right'))));
    const stream = await take(account(), { stream: true });
    fails = true;
    const waiting = take();
    await vi.advanceTimersByTimeAsync(10);
    fails = false;
    await vi.advanceTimersByTimeAsync(limits.fewerSessionsUnsureMs);
    expect((await waiting).session.isOpen).toBe(true);
    stream.release();
    vi.useRealTimers();
  });

  it('does not do so for long because it has not noticed yet that a session ended', async () => {
    vi.useFakeTimers();
    let counted = 0;
    const { take } = makePool(async () => {
      if (counted >= 3) return err(limitReached);
      counted += 1;
      return ok(new FakeSession('right', () => setTimeout(() => (counted -= 1), 20)));
    });
    const [first, second, third] = [await take(), await take(), await take()];
    first.discard();
    const waiting = take();
    await vi.advanceTimersByTimeAsync(limits.fewerSessionsUnsureMs + 10);
    expect((await waiting).session.isOpen).toBe(true);
    second.release();
    third.release();
    vi.useRealTimers();
  });

  it('is not asked again and again, nor believed when it refuses the password of an open session', async () => {
    vi.useFakeTimers();
    let opened = 0;
    const { pool, take } = makePool(async () => {
      opened += 1;
      return opened <= 2 ? ok(new FakeSession('right')) : err({ kind: 'login-refused', responseCode: null });
    });
    const [busy, idle] = [await take(), await take()];
    idle.release();
    const asked = pool.take(account(), { fresh: true }, {});
    await vi.advanceTimersByTimeAsync(limits.fewerSessionsUnsureMs + 10);
    expect(await asked).toMatchObject({ failure: { kind: 'server-limit-reached', limitedBy: 'mail-server' } });
    expect(opened).toBe(5);
    busy.release();
    vi.useRealTimers();
  });

  it('loses the sessions that nobody uses first, since it counts them too', async () => {
    const server = limited(1, limitReached);
    (await server.take()).release();
    const other = await server.take(account('renewed'));
    expect([other.session.password, server.openNow()]).toEqual(['renewed', 1]);
  });

  it('has its word passed on when none of our sessions is open, and is not asked by all who wait', async () => {
    const server = limited(0, limitReached);
    const results = await Promise.all(Array.from({ length: 50 }, () => server.pool.take(account(), {}, {})));
    expect(results).toEqual(Array(50).fill(err(limitReached)));
    expect(server.refused).toBeLessThanOrEqual(3);
  });

  it('is believed when it refuses a password that no open session was opened with', async () => {
    const server = limited(1, { kind: 'login-refused', responseCode: null });
    const lease = await server.take();
    const other = await server.pool.take(account('wrong'), {}, {});
    expect(other).toEqual(err({ kind: 'login-refused', responseCode: null }));
    lease.release();
  });
});

it('opens no second session where a session would not see what another does, however long it lasts', async () => {
  vi.useFakeTimers();
  const { take, opened } = makePool(async () => ok(new FakeSession('right', undefined, 1)));
  (await take()).release();
  await vi.advanceTimersByTimeAsync(limits.fewerSessionsMs + 1);
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      const lease = await take();
      await Promise.resolve();
      expect(opened.filter(({ isOpen }) => isOpen).length).toBe(1);
      lease.release();
    }),
  );
  vi.useRealTimers();
});

it('leaves a session to those who want a quick answer, however many streams there are', async () => {
  const { take } = makePool();
  const streams = [await take(account(), { stream: true }), await take(account(), { stream: true })];
  let hasThird = false;
  const third = take(account(), { stream: true }).then((lease) => {
    hasThird = true;
    return lease;
  });
  for (let count = 0; count < 5; count++) (await take()).release();
  expect(hasThird).toBe(false);
  streams[0]?.release();
  (await third).release();
  expect(hasThird).toBe(true);
});

describe('a session that is held for as long as nobody else wants it', () => {
  /** Takes one so, and counts how often it was asked for. */
  const held = async (take: ReturnType<typeof makePool>['take']) => {
    const asked = { times: 0 };
    const onWanted = (): void => {
      asked.times += 1;
    };
    return { asked, lease: await take(account(), { onWanted }) };
  };

  it('counts as a stream, and is not waited for', async () => {
    const { pool, take } = makePool();
    const first = await held(take);
    await held(take);
    const third = await pool.take(account(), { onWanted: () => undefined }, {});
    expect(third).toMatchObject({ ok: false, failure: { kind: 'queue-full' } });
    (await take()).release();
    expect(first.asked.times).toBe(0);
  });

  it('is asked for, the oldest first and each once, when a stream waits', async () => {
    const { take } = makePool();
    const [first, second] = [await held(take), await held(take)];
    const streams = [1, 2, 3].map(() => take(account(), { stream: true }));
    await vi.waitUntil(() => second.asked.times === 1);
    expect(first.asked.times).toBe(1);
    first.lease.release();
    second.lease.release();
    for (const stream of streams) (await stream).release();
  });

  it('is not asked for while others work, who will be done soon, and is when nobody does', async () => {
    const { pool, take, opened } = makePool();
    const { asked, lease } = await held(take);
    const working = [await take(), await take()];
    const waiting = [take(), take()];
    expect(asked.times).toBe(0);
    for (const one of working) one.release();
    for (const one of waiting) (await one).release();
    expect([asked.times, opened.length]).toEqual([0, 3]);
    lease.release();
    await pool.take(account(), {}, {});
  });

  it('is asked for when it is the only one that the server allows', async () => {
    let isFull = false;
    const { take } = makePool(async () => (isFull ? err(limitReached) : ok(new FakeSession('right'))));
    const { asked, lease } = await held(take);
    isFull = true;
    const waiting = take();
    await vi.waitUntil(() => asked.times === 1);
    lease.release();
    (await waiting).release();
  });
});
