/**
 * How often may a key, and a mail account, be used?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeys, newKey } from '../support/api-keys.ts';
import { type PopServer, startPopServer } from '../support/pop-script.ts';
import { type Call, type Caller, type Postern, startPostern } from '../support/postern.ts';

const list = '/v1/pop/messages';
const often = newKey();
const alsoOften = newKey();
const seldom = newKey();
const follower = newKey();
const alsoSeldom = newKey();
const unmetered = newKey();

let postern: Postern;
const servers: PopServer[] = [];
beforeAll(async () => {
  // Few enough that no further one passes while a slow machine answers fifty calls.
  const rate = { requests: 4, perSeconds: 60 };
  const plenty = { requests: 1000, perSeconds: 60 };
  postern = await startPostern({
    variables: {
      ACCOUNT_RATE: '4/60',
      API_KEYS: apiKeys(
        { key: seldom, label: 'seldom', rate },
        { key: follower, label: 'seldom', rate },
        { key: alsoSeldom, label: 'also-seldom', rate },
        { key: often, label: 'often', rate: plenty },
        { key: alsoOften, label: 'also-often', rate: plenty },
        { key: unmetered, label: 'unmetered' },
      ),
    },
  });
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await postern.stop();
});

/** An account that nobody has asked for yet. */
async function newAccount(): Promise<Caller> {
  const server = await startPopServer();
  servers.push(server);
  return server.caller();
}

const called = (caller: Caller | null, key: string, path = list, call: Call = {}): Promise<Response> =>
  postern.call(caller, path, { ...call, headers: { 'X-API-Key': key, ...call.headers } });

/** What becomes of so many at once: how many pass, and what the others are told. */
async function burst(count: number, call: () => Promise<Response>) {
  const responses = await Promise.all(Array.from({ length: count }, call));
  const refused = responses.filter(({ status }) => status === 429);
  const problems = await Promise.all(refused.map(async (response) => ({ response, problem: await response.json() })));
  return { passed: responses.filter(({ ok }) => ok).length, problems };
}

describe('a key', () => {
  it('lets exactly as many calls through as it may make, of fifty at once, whichever of its label it is', async () => {
    let index = 0;
    const path = '/v1/nothing';
    const responses = await Promise.all(
      Array.from({ length: 50 }, () => called(null, index++ % 2 === 0 ? seldom : follower, path)),
    );
    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 404)).toHaveLength(4);
    expect(statuses.filter((status) => status === 429)).toHaveLength(46);
  });

  it('is told whose limit it was, and when to come again', async () => {
    const response = await called(null, seldom);
    const problem = await response.json();
    const retryAfter = Number(response.headers.get('retry-after'));
    // One of four in a minute.
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(15);
    expect(problem).toMatchObject({ limitedBy: 'postern', limit: 'key', retryAfterSeconds: retryAfter });
    expect(response.headers.get('ratelimit-policy')).toBe('"key";q=4;w=60');
    expect(response.headers.get('ratelimit')).toMatch(/^"key";r=0;t=\d+$/);
  });

  it('does not share its limit with another', async () => {
    expect((await called(null, alsoSeldom, '/v1/nothing')).headers.get('ratelimit')).toMatch(/^"key";r=3;t=15$/);
  });

  it('that calls too often uses up nothing of an account', async () => {
    const caller = await newAccount();
    expect((await burst(30, () => called(caller, seldom))).passed).toBe(0);
    expect((await called(caller, unmetered)).headers.get('ratelimit')).toMatch(/^"account";r=3;/);
  });

  it('without a rate is not counted', async () => {
    const response = await called(null, unmetered, '/v1/nothing');
    expect([...response.headers.keys()].filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });
});

describe('an account', () => {
  it('is asked exactly as often as it may be, of fifty at once, however many keys ask', async () => {
    const caller = await newAccount();
    let index = 0;
    const { passed, problems } = await burst(50, () => called(caller, index++ % 2 === 0 ? often : alsoOften));
    expect(passed).toBe(4);
    expect(problems).toHaveLength(46);
    for (const { response, problem } of problems) {
      expect(problem).toMatchObject({ type: '/problems/rate-limited', limit: 'account' });
      expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(15);
    }
  });

  it('and a key are told of together, with each answer, also one that is a problem', async () => {
    const caller = await newAccount();
    const answers = [
      await called(caller, often),
      await called(caller, often, `${list}/bm90aGluZw`),
      await called(caller, often, '/v1/pop/downloads', { method: 'POST', body: {} }),
    ];
    const told = answers.map(({ headers }) => headers.get('ratelimit') ?? '');
    expect(told.map((text) => /"account";r=(\d+);t=\d+$/.exec(text)?.[1])).toEqual(['3', '2', '1']);
    for (const { headers } of answers) {
      expect(headers.get('ratelimit-policy')).toBe('"key";q=1000;w=60, "account";q=4;w=60');
    }
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  });

  it('is one however its user is spelled', async () => {
    const caller = await newAccount();
    const spelled = [caller.user, caller.user.toUpperCase(), ` ${caller.user}`];
    const left = [];
    for (const user of spelled) left.push((await called({ ...caller, user }, unmetered)).headers.get('ratelimit'));
    expect(left.map((text) => /"account";r=(\d+);/.exec(text ?? '')?.[1])).toEqual(['3', '2', '1']);
  });

  it('loses nothing to somebody who guesses at its password', async () => {
    const caller = await newAccount();
    await burst(30, () => called({ ...caller, password: 'a guess' }, unmetered));
    expect((await called(caller, unmetered)).headers.get('ratelimit')).toMatch(/^"account";r=3;/);
  });

  it('is counted once in a consolidation', async () => {
    const [one, other] = [await newAccount(), await newAccount()];
    const accountOf = ({ user, password, mailServer }: Caller) => ({ user, password, server: mailServer });
    const into = { ...accountOf(other), server: other.mailServer.replace('pop3', 'imap'), mailboxId: 'inbox' };
    const body = { from: [accountOf(one)], into, keep: true };
    const response = await called(null, often, '/v1/consolidations', { method: 'POST', body });
    await response.arrayBuffer();
    expect(response.headers.get('ratelimit')).toMatch(/"account";r=3;/);
  });

  it('is no other where only its server or its user differs', async () => {
    const caller = await newAccount();
    await called(caller, unmetered);
    const others = [await newAccount(), { ...caller, user: `x-${caller.user}` }];
    for (const other of others) {
      expect((await called(other, unmetered)).headers.get('ratelimit')).toMatch(/^"account";r=3;/);
    }
  });
});

it('in development nobody is counted, unless it is said', async () => {
  const free = await startPostern({});
  const { headers } = await free.call(await newAccount(), list);
  expect([...headers.keys()].filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  await free.stop();
});
