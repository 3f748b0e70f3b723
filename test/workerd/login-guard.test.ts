/**
 * Which credentials are tried at the mail server, and when?
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fullAccess } from '../../src/core/access.ts';
import { err, type MailFailure, ok, type Result } from '../../src/core/failure.ts';
import { limits } from '../../src/core/limits.ts';
import { Secret } from '../../src/core/secret.ts';
import { CredentialDigester } from '../../src/wire/credential.ts';
import { LoginGuard } from '../../src/wire/login-guard.ts';
import { LoginMemory } from '../../src/wire/login-memory.ts';
import { type FakeStorage, fakeStorage } from './storage.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

let guesses = 0;

const refused: MailFailure = { kind: 'login-refused', responseCode: 'AUTHENTICATIONFAILED' };

/** A mail server that takes `password`, an account's guard in front of it, and the guesses that got through. */
function makeAccount(storage: FakeStorage = fakeStorage()) {
  const memory = new LoginMemory(storage);
  const digester = new CredentialDigester(memory.salt);
  const guard = new LoginGuard(memory);
  const asked: string[] = [];
  const server = { password: 'right', failure: null as MailFailure | null };
  const login = async (password: string, reply?: Promise<void>): Promise<Result<string>> => {
    const credential = await digester.digest({
      server: { protocol: 'imap', host: 'mail.example', port: 993, security: 'tls' },
      user: 'ada',
      credential: { kind: 'password', secret: new Secret(password) },
      access: fullAccess,
    });
    return guard.judge(credential, async () => {
      asked.push(password);
      await reply;
      if (server.failure !== null) return err(server.failure);
      return password === server.password ? ok('mail') : err(refused);
    });
  };
  /** So many different wrong ones, one after the other, and what was answered to each. */
  const guess = async (count: number): Promise<(MailFailure | null)[]> => {
    const failures: (MailFailure | null)[] = [];
    for (let number = 1; number <= count; number++) {
      guesses += 1;
      const result = await login(`guess ${guesses}`);
      failures.push(result.ok ? null : result.failure);
    }
    return failures;
  };
  return { login, guess, asked, server, storage };
}

const waitMs = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const throttled = (retryAfterSeconds: number): MailFailure => ({
  kind: 'login-throttled',
  limitedBy: 'postern',
  retryAfterSeconds,
});

describe('somebody who guesses', () => {
  it('has a few tries, then waits longer after each', async () => {
    const { guess, asked } = makeAccount();
    expect(await guess(limits.freeRefusals)).toEqual(Array(limits.freeRefusals).fill(refused));
    expect(await guess(3)).toEqual(Array(3).fill(throttled(10)));
    await waitMs(10_000);
    expect(await guess(2)).toEqual([refused, throttled(20)]);
    await waitMs(20_000);
    expect(await guess(2)).toEqual([refused, throttled(40)]);
    expect(asked).toHaveLength(limits.freeRefusals + 2);
  });

  it('never waits longer than the longest wait, and has a few tries again after an hour', async () => {
    const { guess } = makeAccount();
    for (let round = 0; round < 20; round++) {
      await guess(limits.freeRefusals + 1);
      await waitMs(limits.throttleMostMs);
    }
    expect(await guess(2)).toEqual([refused, throttled(limits.throttleMostMs / 1000)]);
    await waitMs(limits.refusalsForgottenMs + 1);
    expect(await guess(2)).toEqual([refused, refused]);
  });

  it('does not have more tries when everything is tried at once', async () => {
    const { login, asked } = makeAccount();
    const results = await Promise.all(Array.from({ length: 100 }, (_, index) => login(`guess ${index}`)));
    expect(asked).toHaveLength(limits.freeRefusals);
    expect(results.filter((result) => !result.ok && result.failure.kind === 'login-throttled')).toHaveLength(95);
  });

  it('does not have more tries because the object was lost', async () => {
    const { guess, storage } = makeAccount();
    await guess(limits.freeRefusals);
    expect(await makeAccount(storage).guess(1)).toEqual([throttled(10)]);
  });
});

describe('the rightful user', () => {
  it('is not held up by guesses, with a password that was accepted before', async () => {
    const { login, guess } = makeAccount();
    await login('right');
    await guess(limits.freeRefusals + 10);
    expect(await login('right')).toEqual(ok('mail'));
  });

  it('is not held up by guesses after the object was lost either', async () => {
    const { login, guess, storage } = makeAccount();
    await login('right');
    await guess(limits.freeRefusals + 10);
    const next = makeAccount(storage);
    await next.guess(1);
    expect(await next.login('right')).toEqual(ok('mail'));
  });

  it('does not wait while a guess is being judged', async () => {
    const { login } = makeAccount();
    await login('right');
    const reply = Promise.withResolvers<void>();
    const guess = login('wrong', reply.promise);
    expect(await login('right')).toEqual(ok('mail'));
    reply.resolve();
    expect(await guess).toEqual(err(refused));
  });

  it('is a program with an old password when that is refused', async () => {
    const { login, server } = makeAccount();
    await login('right');
    server.password = 'renewed';
    for (let times = 0; times < limits.freeRepeats; times++) expect(await login('right')).toEqual(err(refused));
    expect(await login('right')).toEqual(err({ ...refused, retryAfterSeconds: 5 }));
    expect(await login('renewed')).toEqual(ok('mail'));
  });

  it('may come with a new access token every hour, after the old one was refused', async () => {
    const { login, server, storage } = makeAccount();
    let last = { login, server };
    for (let hour = 0; hour < 24; hour++) {
      await last.login(`token ${hour}`);
      last = makeAccount(storage);
      last.server.password = `token ${hour + 1}`;
      expect(await last.login(`token ${hour}`)).toEqual(err(refused));
      expect(await last.login(`token ${hour + 1}`)).toEqual(ok('mail'));
      await waitMs(50 * 60_000);
    }
  });

  it('is not forgotten for others that came later, while the password is used', async () => {
    const { login, guess, server } = makeAccount();
    for (let other = 0; other < 2 * limits.acceptedCredentials; other++) {
      server.password = 'right';
      expect(await login('right')).toEqual(ok('mail'));
      server.password = `other ${other}`;
      await login(server.password);
    }
    server.password = 'right';
    await guess(limits.freeRefusals + 1);
    expect(await login('right')).toEqual(ok('mail'));
  });

  it('may try a new password at once, after the old one was refused', async () => {
    const { login } = makeAccount();
    await login('old');
    expect(await login('right')).toEqual(ok('mail'));
  });
});

describe('a program with an old password', () => {
  it('has the server asked less and less often, and is told when', async () => {
    const { login, asked } = makeAccount();
    for (let times = 0; times < limits.freeRepeats; times++) expect(await login('old')).toEqual(err(refused));
    expect(await login('old')).toEqual(err({ ...refused, retryAfterSeconds: 5 }));
    await waitMs(5_000);
    expect(await login('old')).toEqual(err(refused));
    expect(await login('old')).toEqual(err({ ...refused, retryAfterSeconds: 10 }));
    expect(asked).toHaveLength(limits.freeRepeats + 1);
    // Once a minute for a day.
    for (let minute = 0; minute < 24 * 60; minute++) {
      await waitMs(60_000);
      await login('old');
    }
    expect(asked.length).toBeLessThan(110);
  });

  it.each([
    ['one object', false],
    ['an object that is lost between two calls', true],
  ])('takes no tries away from a new one (%s)', async (_, isLost) => {
    const { login, storage } = makeAccount();
    let last = { login };
    for (let minute = 0; minute < 60; minute++) {
      await last.login('old');
      await waitMs(60_000);
      if (isLost) last = makeAccount(storage);
    }
    expect(await last.login('right')).toEqual(ok('mail'));
  });

  it('is remembered when the object is lost, and never told by 16 bits alone that it is wrong', async () => {
    const { login, storage } = makeAccount();
    for (let times = 0; times < limits.freeRepeats; times++) await login('old');
    const next = makeAccount(storage);
    expect(await next.login('old')).toEqual(err(throttled(5)));
    expect(next.asked).toEqual([]);
  });
});

describe('at the same time', () => {
  it('one and the same credential is tried once, and all have its answer', async () => {
    const { login, asked } = makeAccount();
    const results = await Promise.all(Array.from({ length: 50 }, () => login('wrong')));
    expect(results).toEqual(Array(50).fill(err(refused)));
    expect(asked).toEqual(['wrong']);
  });

  it('a credential that turns out to be right serves all who wait for it', async () => {
    const { login } = makeAccount();
    const results = await Promise.all(Array.from({ length: 50 }, () => login('right')));
    expect(results).toEqual(Array(50).fill(ok('mail')));
  });

  it('no more wait than may, and none longer than they may', async () => {
    const { login } = makeAccount();
    const reply = Promise.withResolvers<void>();
    const first = login('slow', reply.promise);
    await waitMs(0);
    const waiting = Array.from({ length: limits.queuedRequests }, (_, index) => login(`waiting ${index}`));
    await waitMs(0);
    expect(await login('late')).toMatchObject({ failure: { kind: 'queue-full', limitedBy: 'postern' } });
    await waitMs(limits.queueMs);
    for (const result of await Promise.all(waiting)) {
      expect(result).toMatchObject({ failure: { kind: 'deadline-exceeded', phase: 'queue' } });
    }
    reply.resolve();
    await first;
  });
});

it('a failure that says nothing of the password counts as nothing', async () => {
  const { guess, server } = makeAccount();
  server.failure = { kind: 'connect-failed' };
  const failures = await guess(20);
  expect(failures).toEqual(Array(20).fill(server.failure));
});

it('keeps nothing from which a password could be told, and nothing for ever', async () => {
  const { login, guess, storage } = makeAccount();
  await login('right');
  await guess(3);
  const tag = expect.toSatisfy((value: number) => Number.isInteger(value) && value >= 0 && value < 2 ** 16);
  const salt = expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/);
  expect([...storage.kept.values()]).toEqual([
    {
      salt,
      accepted: [{ tag, atMs: Date.now() }],
      refused: Array(3).fill({ tag, times: 1, untilMs: Date.now() }),
      refusals: 3,
      lastRefusalMs: Date.now(),
    },
  ]);
  expect(storage.alarms.at(-1)).toBe(Date.now() + limits.loginsRememberedMs);
});

it('does not write with every login', async () => {
  const { login, storage } = makeAccount();
  for (let count = 0; count < 10; count++) await login('right');
  expect(storage.alarms).toHaveLength(1);
  await waitMs(2 * 24 * 60 * 60_000);
  await login('right');
  expect(storage.alarms).toHaveLength(2);
});
