/**
 * Is a subscription out of reach of everybody but those whose it is?
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { AttemptSchema, DeliveryPageSchema } from '../../src/watch/schema/delivery.ts';
import {
  NewSubscriptionSchema,
  SecretSchema,
  SubscriptionSchema,
  SubscriptionsSchema,
} from '../../src/watch/schema/subscription.ts';
import { canarySubject, entriesBelow, formsOf } from '../support/canary.ts';
import { allowed, sealedFor } from '../support/capsules.ts';
import { letter } from '../support/mail.ts';
import type { Call, Caller } from '../support/postern.ts';
import { answering } from '../support/receiver-behaviour.ts';
import { subscriptionsPath, toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();
const quiet = { pollSeconds: 3_600 };
const secretPath = '/hook-of-ada/8fQ2vXw';

let owner: Caller;
let id: string;
let signingSecret: string;
let before: unknown;

/** But when it was looked at, which goes on. */
const stateOf = async (): Promise<unknown> => {
  const {
    lastLookAt: _,
    nextLookAt: __,
    ...told
  } = await stage.postern.json(SubscriptionSchema, owner, `${subscriptionsPath}/${id}`);
  return told;
};

beforeAll(async () => {
  owner = await stage.caller('imap');
  const body = { url: stage.receiver.url(secretPath), ...quiet };
  const made = await stage.postern.json(NewSubscriptionSchema, owner, subscriptionsPath, { body });
  id = made.id;
  signingSecret = made.secret;
  stage.receiver.trusts(secretPath, signingSecret);
  before = await stateOf();
});

interface Intruder {
  readonly who: string;
  readonly caller: () => Caller | Promise<Caller>;
  /** What every call is answered with. */
  readonly kind: string;
}

const intruders: readonly Intruder[] = [
  { who: 'another account of the same server', caller: () => stage.caller('imap'), kind: 'subscription-not-found' },
  {
    who: 'an old password of the same account',
    caller: () => ({ ...owner, password: `${owner.password}-old` }),
    kind: 'login-refused',
  },
  {
    who: 'the same user in another spelling',
    caller: () => ({ ...owner, user: owner.user.toUpperCase() }),
    kind: 'subscription-not-found',
  },
  {
    who: 'the same account over POP3',
    caller: () => stage.host.as(owner, 'pop3'),
    kind: 'subscription-not-found',
  },
  {
    who: 'a capsule for some mailboxes',
    caller: () => allowed(owner, { mailboxes: ['inbox'] }),
    kind: 'subscription-not-found',
  },
  {
    who: 'a capsule that may only read and subscribe',
    caller: () => allowed(owner, { scopes: ['read', 'subscribe'] }),
    kind: 'subscription-not-found',
  },
];

/** Every call that names one. */
const calls: readonly (readonly [string, Call])[] = [
  ['', {}],
  ['', { method: 'PATCH', body: { status: 'paused' } }],
  ['', { method: 'PATCH', body: { renewCredential: true } }],
  ['/secrets', { body: {} }],
  ['/test', { method: 'POST' }],
  ['/deliveries', {}],
  ['/deliveries/dlv_1/replay', { method: 'POST' }],
  ['/replay', { body: { from: '2026-11-16T00:00:00Z', to: '2026-11-17T00:00:00Z' } }],
  ['', { method: 'DELETE' }],
];

describe.each(intruders)('to $who', ({ caller: callerOf, kind }) => {
  let caller: Caller;
  beforeAll(async () => {
    caller = await callerOf();
  });

  it('a subscription is not there, whatever is asked', async () => {
    for (const [rest, call] of calls) {
      const problem = await stage.postern.problem(kind, caller, `${subscriptionsPath}/${id}${rest}`, call);
      expect(JSON.stringify(problem)).not.toContain(secretPath);
    }
  });

  it('and it is in no list', async () => {
    if (kind !== 'subscription-not-found') {
      await stage.postern.problem(kind, caller, subscriptionsPath);
      return;
    }
    const { subscriptions } = await stage.postern.json(SubscriptionsSchema, caller, subscriptionsPath);
    expect(subscriptions).toEqual([]);
  });
});

it('and is as it was after all that, and nothing was sent', async () => {
  expect(await stateOf()).toEqual(before);
  expect(stage.receiver.received).toEqual([]);
});

describe('a capsule for a mailbox', () => {
  const work = mailboxIdOf('Work');
  let narrow: Caller;
  beforeAll(async () => {
    await stage.host.dovecot.createMailboxes(owner.user, ['Work', 'Private']);
    narrow = await allowed(owner, { mailboxes: [work], scopes: ['read', 'subscribe'] });
  });

  const wish = (mailboxes: readonly string[]): Call => ({ body: { url: stage.receiver.url(), mailboxes, ...quiet } });

  it.each([
    ['another one', [mailboxIdOf('Private')]],
    ['one that there is not', [mailboxIdOf('Nothing')]],
    ['its own and another one', [mailboxIdOf('Work'), mailboxIdOf('Private')]],
    ['the inbox', ['inbox']],
  ])('makes no subscription to %s', async (_what, mailboxes) => {
    await stage.postern.problem('mailbox-not-granted', narrow, subscriptionsPath, wish(mailboxes));
  });

  it('makes one to that, which the account’s owner sees, and it sees no other', async () => {
    const made = await stage.postern.json(NewSubscriptionSchema, narrow, subscriptionsPath, wish([work]));
    const idsOf = async (caller: Caller) =>
      (await stage.postern.json(SubscriptionsSchema, caller, subscriptionsPath)).subscriptions.map((one) => one.id);
    expect(made.expiresAt).not.toBeNull();
    expect(await idsOf(narrow)).toEqual([made.id]);
    expect(await idsOf(owner)).toEqual([id, made.id]);
    const elsewhere = { method: 'PATCH', body: { mailboxes: [mailboxIdOf('Private')] } };
    await stage.postern.problem('mailbox-not-granted', narrow, `${subscriptionsPath}/${made.id}`, elsewhere);
  });
});

describe('a capsule that may as much as what was made without it, and ends', () => {
  let path: string;
  let capsule: Caller;
  beforeAll(async () => {
    const body = { url: stage.receiver.url(), ...quiet };
    const made = await stage.postern.json(NewSubscriptionSchema, owner, subscriptionsPath, { body });
    path = `${subscriptionsPath}/${made.id}`;
    capsule = await allowed(owner, {});
  });

  it.each([
    ['has nothing sent to an address of its own', { url: 'https://elsewhere.example/mail' }],
    ['has no more sent than before', { include: { text: true, capsule: true } }],
    ['has no other mailbox looked at', { mailboxes: ['inbox', 'sent'] }],
  ])('%s', async (_what, change) => {
    const told = await stage.postern.json(SubscriptionSchema, capsule, path);
    const { errors } = await stage.postern.problem('request-invalid', capsule, path, { method: 'PATCH', body: change });
    expect(errors).toEqual([expect.objectContaining({ in: 'body', field: 'renewCredential' })]);
    expect(await stage.postern.json(SubscriptionSchema, owner, path)).toEqual(told);
  });

  it('gets no secret to forge events with, and puts none out of use', async () => {
    const call = { body: { keepOldSeconds: 0 } };
    const { errors } = await stage.postern.problem('request-invalid', capsule, `${path}/secrets`, call);
    expect(errors).toEqual([expect.objectContaining({ in: 'header', field: 'Authorization' })]);
  });

  it('may do so when the subscription ends with it from now on', async () => {
    const change = { url: stage.receiver.url('/renewed'), renewCredential: true };
    const told = await stage.postern.json(SubscriptionSchema, capsule, path, { method: 'PATCH', body: change });
    expect(told.url).toBe(change.url);
    expect(told.expiresAt).not.toBeNull();
    await stage.postern.json(SecretSchema, capsule, `${path}/secrets`, { body: {} });
    await stage.postern.problem('request-invalid', await allowed(owner, {}), `${path}/secrets`, { body: {} });
  });
});

it('what has ended makes room for its own account, and not for a user who is spelled alike', async () => {
  const caller = await stage.caller('imap');
  const wish = { body: { url: stage.receiver.url(), ...quiet } };
  const expiresAt = Math.floor(Date.now() / 1000) + 2;
  const brief = { ...caller, token: await sealedFor(caller, { expiresAt }) };
  const ended = await stage.postern.json(NewSubscriptionSchema, brief, subscriptionsPath, wish);
  const path = `${subscriptionsPath}/${ended.id}`;
  for (let count = 1; count < limits.subscriptionsPerAccount; count++) {
    await stage.postern.json(NewSubscriptionSchema, caller, subscriptionsPath, wish);
  }
  await expect
    .poll(async () => (await stage.postern.json(SubscriptionSchema, caller, path)).status, { timeout: 10_000 })
    .toBe('ended');
  const alike = { ...caller, user: caller.user.toUpperCase() };
  await stage.postern.problem('subscriptions-full', alike, subscriptionsPath, wish);
  await stage.postern.json(SubscriptionSchema, caller, path);
  await stage.postern.json(NewSubscriptionSchema, caller, subscriptionsPath, wish);
  await stage.postern.problem('subscription-not-found', caller, path);
});

it('a redirection is not followed, and is told as a failure', async () => {
  const path = '/leads-elsewhere';
  const body = { url: stage.receiver.url(path), ...quiet };
  const made = await stage.postern.json(NewSubscriptionSchema, owner, subscriptionsPath, { body });
  for (const status of [301, 302, 303, 307, 308]) {
    stage.receiver.behave(answering(status, { Location: stage.receiver.url('/inward') }));
    const call = { method: 'POST' };
    const attempt = await stage.postern.json(AttemptSchema, owner, `${subscriptionsPath}/${made.id}/test`, call);
    expect(attempt).toMatchObject({ status, failure: 'redirect' });
  }
  stage.receiver.behave(answering(204));
  expect(stage.receiver.received.filter((received) => received.path === '/inward')).toEqual([]);
});

it('what is stored of it shows neither where it goes nor whose it is, what it is signed with or what was sent', async () => {
  const call = { method: 'PATCH', body: { pollSeconds: 1 } };
  await stage.postern.json(SubscriptionSchema, owner, `${subscriptionsPath}/${id}`, call);
  await stage.deliver(owner, 'INBOX', letter('stored'));
  toldBy(await stage.receiver.next((received) => received.path === secretPath));
  const path = `${subscriptionsPath}/${id}/deliveries?status=delivered`;
  await expect.poll(async () => (await stage.postern.json(DeliveryPageSchema, owner, path)).deliveries.length).toBe(1);
  const entries = await entriesBelow(stage.postern.storage);
  const stored = entries.map(({ path, text }) => `${path}\n${text}`).join('\n');
  expect(stored).toContain(id);
  for (const word of [secretPath, signingSecret.slice(6), owner.user, owner.password, canarySubject]) {
    expect(formsOf(word).filter((form) => stored.includes(form))).toEqual([]);
  }
});
