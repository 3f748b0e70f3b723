/**
 * Can somebody guess a password through Postern, or have the account locked, and does the rightful user notice?
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { type ImapServer, startImapServer } from '../support/imap-script.ts';
import { imapStage } from '../support/imap-stage.ts';
import { instead, type PopServer, startPopServer } from '../support/pop-script.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();

/** Servers that take one password and count how often they are asked. */
const protocols = {
  IMAP: {
    path: '/v1/imap/mailboxes',
    async start() {
      let asked = 0;
      const server: ImapServer = await startImapServer({
        answer: (command) => {
          if (!command.startsWith('LOGIN')) return undefined;
          asked += 1;
          return command.includes('wrong') ? '$ NO [AUTHENTICATIONFAILED] no\r\n' : undefined;
        },
      });
      return { server, asked: () => asked };
    },
  },
  POP3: {
    path: '/v1/pop/messages',
    async start() {
      const server: PopServer = await startPopServer({ answer: instead('PASS wrong', '-ERR [AUTH] no\r\n') });
      return { server, asked: () => server.commands.filter((command) => command.startsWith('PASS')).length };
    },
  },
};

/** A webhook's object logs in by itself, and leaves guesses to the same guard all the same. */
const ways = {
  ...protocols,
  'IMAP, for webhooks': { ...protocols.IMAP, path: '/v1/subscriptions' },
  'POP3, for webhooks': { ...protocols.POP3, path: '/v1/subscriptions' },
};

describe.each(Object.entries(ways))('over %s', (_, { path, start }) => {
  let started: Awaited<ReturnType<typeof start>>;
  let owner: Caller;
  let nextUser = 0;
  beforeAll(async () => {
    started = await start();
    return () => started.server.stop();
  });
  const somebody = (): Caller => {
    nextUser += 1;
    return { ...started.server.caller(), user: `user${nextUser}@scripted.example` };
  };
  const statusOf = async (caller: Caller): Promise<number> => {
    const response = await stage.postern.call(caller, path);
    await response.arrayBuffer();
    return response.status;
  };

  it('tries a few different passwords and then says when to come back, while the rightful user goes on', async () => {
    owner = somebody();
    expect(await statusOf(owner)).toBe(200);
    const before = started.asked();
    const statuses: number[] = [];
    for (let guess = 0; guess < limits.freeRefusals + 5; guess++) {
      statuses.push(await statusOf({ ...owner, password: `wrong${guess}` }));
    }
    expect(statuses).toEqual([...Array(limits.freeRefusals).fill(401), ...Array(5).fill(429)]);
    expect(started.asked() - before).toBe(limits.freeRefusals);
    const problem = await stage.postern.problem('login-throttled', { ...owner, password: 'wrong' }, path);
    expect(problem).toMatchObject({ status: 429, limitedBy: 'postern', retryAfterSeconds: expect.any(Number) });
    expect(await statusOf(owner)).toBe(200);
  });

  it('asks once about a password that 100 calls bring at once', async () => {
    const caller = { ...somebody(), password: 'wrong' };
    const before = started.asked();
    const statuses = await Promise.all(Array.from({ length: 100 }, () => statusOf(caller)));
    expect(statuses).toEqual(Array(100).fill(401));
    expect(started.asked() - before).toBeLessThanOrEqual(limits.freeRepeats);
  });

  it('answers for a password that was refused a moment ago without asking again', async () => {
    const caller = { ...somebody(), password: 'wrong' };
    const before = started.asked();
    for (let times = 0; times < 10; times++) expect(await statusOf(caller)).toBe(401);
    expect(started.asked() - before).toBe(limits.freeRepeats);
    const problem = await stage.postern.problem('login-refused', caller, path);
    expect(problem).toMatchObject({ retryAfterSeconds: expect.any(Number), responseCode: expect.any(String) });
  });

  it('remembers who is who when everything crashes', async () => {
    const crashed = somebody();
    expect(await statusOf(crashed)).toBe(200);
    const guess = (number: number) => statusOf({ ...crashed, password: `wrong${number}` });
    for (let number = 0; number < limits.freeRefusals; number++) expect(await guess(number)).toBe(401);
    await stage.postern.crashAndRestart();
    expect(await guess(99)).toBe(429);
    expect(await statusOf(crashed)).toBe(200);
  });

  it('keeps no other account waiting', async () => {
    const attacked = somebody();
    await Promise.all(Array.from({ length: 50 }, (_, guess) => statusOf({ ...attacked, password: `wrong${guess}` })));
    expect(await statusOf(somebody())).toBe(200);
  });
});

it('takes all spellings of one user for one account to guess at', async () => {
  const server = await startImapServer({
    answer: (command) => (command.startsWith('LOGIN') ? '$ NO [AUTHENTICATIONFAILED] no\r\n' : undefined),
  });
  const statuses: number[] = [];
  for (const [number, user] of ['eve@x.example', 'Eve@x.example', 'EVE@X.EXAMPLE ', 'eVe@x.example'].entries()) {
    for (const guess of [1, 2]) {
      const caller = { ...server.caller(), user, password: `wrong${number}${guess}` };
      statuses.push((await stage.postern.call(caller, '/v1/imap/mailboxes')).status);
    }
  }
  expect(statuses).toEqual([...Array(limits.freeRefusals).fill(401), ...Array(8 - limits.freeRefusals).fill(429)]);
  await server.stop();
});
