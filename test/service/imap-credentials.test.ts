/**
 * Is somebody's mailbox reachable with their password alone, however warm its sessions are?
 */
import { describe, expect, it } from 'vitest';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';
import type { Call, Caller } from '../support/postern.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');
const withWrongPassword = (caller: Caller): Caller => ({ ...caller, password: `${caller.password}x` });

describe.each(encrypted)('over %s', (security) => {
  it('answers 20 right and 20 wrong passwords at once, each rightly', async () => {
    const caller = await stage.callerWith([letter('private')], security);
    const wrong = withWrongPassword(caller);
    await stage.page(caller);
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const response = await stage.postern.call(index % 2 === 0 ? caller : wrong, inbox);
        return { status: response.status, text: await response.text() };
      }),
    );
    for (const [index, { status, text }] of answers.entries()) {
      expect(status).toBe(index % 2 === 0 ? 200 : 401);
      expect(text.includes('private@weaver.example')).toBe(index % 2 === 0);
    }
  });

  it('keeps two accounts apart, 20 calls each at once', async () => {
    const callers = await Promise.all(['ada', 'bob'].map((name) => stage.callerWith([letter(name)], security)));
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const { messages } = await stage.page(callers[index % 2] ?? first(callers));
        return messages.flatMap(({ messageId }) => messageId ?? []);
      }),
    );
    for (const [index, ids] of answers.entries()) {
      expect(ids).toEqual([index % 2 === 0 ? 'ada@weaver.example' : 'bob@weaver.example']);
    }
  });
});

it('refuses a wrong password after a right one, and gives nothing away, in every operation', async () => {
  const caller = await stage.callerWith([letter('private')]);
  const path = first(await stage.paths(caller));
  const wrong = withWrongPassword(caller);
  const calls: readonly (readonly [string, Call?])[] = [
    ['/v1/imap/mailboxes'],
    [inbox],
    [path],
    [`${path}/raw`],
    [`${path}/parts/1`],
    [path, { method: 'PATCH', body: { keywords: { $seen: true } } }],
    [path, { method: 'DELETE' }],
    [`${path}?permanent=true`, { method: 'DELETE' }],
  ];
  for (const [target, options] of calls) {
    expect((await stage.page(caller)).total).toBe(1);
    const { retryAfterSeconds, ...problem } = await stage.postern.problem('login-refused', wrong, target, options);
    expect(retryAfterSeconds === undefined || retryAfterSeconds <= 900).toBe(true);
    expect(problem).toEqual({
      type: '/problems/login-refused',
      title: expect.any(String),
      status: 401,
      detail: expect.any(String),
      responseCode: 'AUTHENTICATIONFAILED',
    });
  }
  expect((await stage.read(caller, path)).keywords).toEqual({});
});

it('asks for the password again, in the way that HTTP has for it', async () => {
  const wrong = withWrongPassword(await stage.callerWith([]));
  const response = await stage.postern.call(wrong, inbox);
  await response.arrayBuffer();
  expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm="[^"]+", charset="UTF-8"$/);
  expect(response.headers.get('cache-control')).toBe('no-store');
});

it('does not take one user with the password of another', async () => {
  const [ada, bob] = await Promise.all([stage.callerWith([letter('ada')]), stage.callerWith([letter('bob')])]);
  await Promise.all([stage.page(ada), stage.page(bob)]);
  await stage.postern.problem('login-refused', { ...ada, password: bob.password }, inbox);
});

it('takes a new password at once, and the old one no longer than the session lives that it opened', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const old = relay.through(await stage.callerWith([letter('private')]));
  const renewed = { ...old, password: `${old.password}-2` };
  await stage.page(old);
  await stage.postern.problem('login-refused', renewed, inbox);
  await stage.host.dovecot.setPassword(old.user, renewed.password);
  expect((await stage.page(renewed)).total).toBe(1);
  relay.cut();
  await stage.postern.problem('login-refused', old, inbox);
  expect((await stage.page(renewed)).total).toBe(1);
  await relay.stop();
});

it('answers 40 calls at once for one account over at most 3 connections', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([letter('1'), letter('2')]));
  const path = first(await stage.paths(caller));
  const targets = [inbox, '/v1/imap/mailboxes', path, `${path}/raw`, `${path}/parts/1`];
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const response = await stage.postern.call(caller, targets[index % targets.length] ?? inbox);
      await response.arrayBuffer();
      return response.status;
    }),
  );
  expect(answers).toEqual(Array(40).fill(200));
  expect(relay.mostAtOnce).toBeGreaterThan(1);
  expect(relay.mostAtOnce).toBeLessThanOrEqual(3);
  await relay.stop();
});

it('never has more than 3 connections of one account, also when right and wrong passwords take turns', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([letter('1')]));
  await Promise.all([1, 2, 3].map(() => stage.page(caller)));
  const callers = [caller, withWrongPassword(caller), { ...caller, password: 'another' }];
  const statuses = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const response = await stage.postern.call(callers[index % 3] ?? caller, inbox);
      await response.arrayBuffer();
      return response.status;
    }),
  );
  expect(statuses).toEqual(Array.from({ length: 30 }, (_, index) => (index % 3 === 0 ? 200 : 401)));
  expect(relay.mostAtOnce).toBeLessThanOrEqual(3);
  await relay.stop();
});
