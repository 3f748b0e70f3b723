/**
 * What is told of a subscription, from its beginning to its end?
 */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { AttemptSchema, DeliveryPageSchema, DeliverySchema, ReplayedSchema } from '../../src/watch/schema/delivery.ts';
import {
  NewSubscriptionSchema,
  SecretSchema,
  SubscriptionSchema,
  SubscriptionsSchema,
} from '../../src/watch/schema/subscription.ts';
import { letter } from '../support/mail.ts';
import type { Call, Caller } from '../support/postern.ts';
import { answering } from '../support/receiver-behaviour.ts';
import { subscriptionsPath, toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();

const create = (caller: Caller, wish: object = {}) =>
  stage.postern.json(NewSubscriptionSchema, caller, subscriptionsPath, {
    body: { url: stage.receiver.url(), secret: stage.receiver.secret, pollSeconds: 1, ...wish },
  });

const at = ({ id }: { readonly id: string }, rest = ''): string => `${subscriptionsPath}/${id}${rest}`;

/** One that pauses: nothing of it is looked at or sent while it is read. */
const quiet = { pollSeconds: 3_600 };

describe.each(['imap', 'pop3'] as const)('a subscription of an %s account', (protocol) => {
  it('is told as it was asked for, with what was not said filled in', async () => {
    const caller = await stage.caller(protocol);
    const url = stage.receiver.url('/somebody?token=secret');
    const { secret, ...made } = await create(caller, {
      url,
      ...quiet,
      include: { text: true },
      from: ['@Weaver.example'],
    });
    expect(secret).toBe(stage.receiver.secret);
    expect(made).toMatchObject({
      status: 'active',
      statusReason: null,
      url,
      events: ['message.received'],
      mailboxes: protocol === 'imap' ? ['inbox'] : null,
      q: null,
      from: ['@weaver.example'],
      include: { text: true, html: false, raw: false, maxBodyBytes: 32_768 },
      pollSeconds: 3_600,
      mode: 'poll',
      order: 'parallel',
      expiresAt: null,
      account: { protocol, user: caller.user },
      trouble: null,
      pending: 0,
      dead: 0,
    });
    const got = await stage.postern.json(SubscriptionSchema, caller, at(made));
    expect({ ...got, nextLookAt: null }).toEqual({ ...made, nextLookAt: null });
  });

  it('is listed with the others of the account, oldest first', async () => {
    const caller = await stage.caller(protocol);
    const made = [await create(caller, quiet), await create(caller, quiet)];
    const { subscriptions } = await stage.postern.json(SubscriptionsSchema, caller, subscriptionsPath);
    expect(subscriptions.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
  });

  it('is gone when it is deleted, and is not there a second time', async () => {
    const caller = await stage.caller(protocol);
    const made = await create(caller, quiet);
    expect((await stage.postern.call(caller, at(made), { method: 'DELETE' })).status).toBe(204);
    await stage.postern.problem('subscription-not-found', caller, at(made), { method: 'DELETE' });
    await stage.postern.problem('subscription-not-found', caller, at(made));
    const { subscriptions } = await stage.postern.json(SubscriptionsSchema, caller, subscriptionsPath);
    expect(subscriptions).toEqual([]);
  });
});

it('answers where the new subscription is, and lets nobody keep it', async () => {
  const caller = await stage.caller('imap');
  const response = await stage.postern.call(caller, subscriptionsPath, {
    body: { url: stage.receiver.url(), ...quiet },
  });
  const { id } = NewSubscriptionSchema.parse(await response.json());
  expect(response.status).toBe(201);
  expect(response.headers.get('location')).toBe(`${subscriptionsPath}/${id}`);
  expect(response.headers.get('cache-control')).toBe('private, no-store');
  const got = await stage.postern.call(caller, at({ id }));
  expect(got.headers.get('cache-control')).toBe('private, no-store');
  expect(got.headers.get('vary')).toContain('Authorization');
});

it('is not changed to sizes that no message has, whichever of them was given before', async () => {
  const caller = await stage.caller('imap');
  const { id } = await stage.subscribe(caller, { maxBytes: 100 });
  const call = { method: 'PATCH', body: { minBytes: 101 } };
  const problem = await stage.postern.problem('request-invalid', caller, `${subscriptionsPath}/${id}`, call);
  expect(problem.errors).toEqual([{ in: 'body', field: 'maxBytes', message: expect.stringContaining('Give') }]);
});

it('changes what is said and leaves the rest, and puts back what is null', async () => {
  const caller = await stage.caller('imap');
  const made = await create(caller, { ...quiet, q: 'is:unread', minBytes: 10, order: 'in-order' });
  const patch = (body: object) => stage.postern.json(SubscriptionSchema, caller, at(made), { method: 'PATCH', body });
  expect(await patch({ minBytes: 20 })).toMatchObject({
    q: 'is:unread',
    minBytes: 20,
    order: 'in-order',
    pollSeconds: 3_600,
  });
  expect(await patch({ q: null, order: null, pollSeconds: null })).toMatchObject({
    q: null,
    minBytes: 20,
    order: 'parallel',
    pollSeconds: 60,
  });
  const shown = async (body: object): Promise<boolean> => (await patch(body)).include.text;
  expect([await shown({ include: { text: true } }), await shown({}), await shown({ include: null })]).toEqual([
    true,
    true,
    false,
  ]);
  expect(await patch({ status: 'paused' })).toMatchObject({ status: 'paused', minBytes: 20 });
  expect(await patch({ status: 'active' })).toMatchObject({ status: 'active' });
});

describe('a signing secret', () => {
  it('is told when it is made, and never again', async () => {
    const caller = await stage.caller('imap');
    const body = { url: stage.receiver.url(), ...quiet };
    const made = await stage.postern.json(NewSubscriptionSchema, caller, subscriptionsPath, { body });
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const calls: readonly (readonly [string, Call])[] = [
      [subscriptionsPath, {}],
      [at(made), {}],
      [at(made), { method: 'PATCH', body: { order: 'in-order' } }],
      [at(made, '/test'), { method: 'POST' }],
      [at(made, '/deliveries'), {}],
    ];
    for (const [path, call] of calls) {
      const text = await (await stage.postern.call(caller, path, call)).text();
      expect(text, path).not.toContain('whsec_');
      expect(text, path).not.toContain(made.secret.slice(6, 30));
    }
  });

  it('is followed by another, beside which the old one is good for as long as is said', async () => {
    const caller = await stage.caller('imap');
    const path = '/rotated';
    const made = await create(caller, { ...quiet, url: stage.receiver.url(path) });
    const next = await stage.postern.json(SecretSchema, caller, at(made, '/secrets'), {
      body: { keepOldSeconds: 3_600 },
    });
    expect(next.secret).not.toBe(made.secret);
    expect(Date.parse(next.othersUntil) - Date.now()).toBeGreaterThan(3_500_000);
    for (const trusted of [made.secret, next.secret]) {
      stage.receiver.trusts(path, trusted);
      await stage.postern.json(AttemptSchema, caller, at(made, '/test'), { method: 'POST' });
      expect((await stage.receiver.next((received) => received.path === path)).faults).toEqual([]);
    }
    const last = await stage.postern.json(SecretSchema, caller, at(made, '/secrets'), { body: { keepOldSeconds: 0 } });
    await stage.postern.json(AttemptSchema, caller, at(made, '/test'), { method: 'POST' });
    const received = await stage.receiver.next((received) => received.path === path);
    expect(received.faults).not.toEqual([]);
    expect(received.headers['webhook-signature']?.split(' ')).toHaveLength(1);
    stage.receiver.trusts(path, last.secret);
  });

  it('is made anew without a body', async () => {
    const caller = await stage.caller('imap');
    const made = await create(caller, quiet);
    const next = await stage.postern.json(SecretSchema, caller, at(made, '/secrets'), { method: 'POST' });
    expect(next.secret).not.toBe(made.secret);
    expect(Math.abs(Date.parse(next.othersUntil) - Date.now() - 86_400_000)).toBeLessThan(60_000);
  });
});

it('a test event is sent at once and once, and its answer told', async () => {
  const caller = await stage.caller('pop3');
  const path = '/tested';
  const made = await create(caller, { ...quiet, url: stage.receiver.url(path) });
  stage.receiver.behave((request) => (request.path === path ? answering(418, {}, 'a teapot') : answering(204)));
  const attempt = await stage.postern.json(AttemptSchema, caller, at(made, '/test'), { method: 'POST' });
  expect(attempt).toMatchObject({ status: 418, failure: 'status', answer: 'a teapot' });
  const told = toldBy(await stage.receiver.next((received) => received.path === path));
  expect(told).toMatchObject({
    type: 'subscription.test',
    data: { subscriptionId: made.id, account: { user: caller.user } },
  });
  stage.receiver.behave(answering(204));
  const { deliveries } = await stage.postern.json(DeliveryPageSchema, caller, at(made, '/deliveries'));
  expect(deliveries).toEqual([]);
});

it('a new message is told, is in the deliveries, and can be sent again with the same id', async () => {
  const caller = await stage.caller('imap');
  const path = '/deliveries';
  const mine = (received: { readonly path: string }) => received.path === path;
  const made = await create(caller, { url: stage.receiver.url(path) });
  await stage.deliver(caller, 'INBOX', letter('first'));
  const first = await stage.receiver.next(mine);
  await stage.deliver(caller, 'INBOX', letter('second'));
  const second = await stage.receiver.next(mine);
  const listed = (query = '') => stage.postern.json(DeliveryPageSchema, caller, at(made, `/deliveries${query}`));
  // What it has answered is written down behind its answer.
  await expect.poll(async () => (await listed('?status=delivered')).deliveries.length).toBe(2);
  const page = await listed('?limit=1');
  expect(page.deliveries.map(({ event }) => event.id)).toEqual([second.id]);
  const rest = await listed(`?limit=1&cursor=${page.nextCursor}`);
  expect(rest.deliveries.map(({ event }) => event.id)).toEqual([first.id]);
  expect((await listed('?status=dead')).deliveries).toEqual([]);
  const [delivery] = rest.deliveries;
  expect(delivery).toMatchObject({ status: 'delivered', attemptCount: 1, attempts: [{ status: 204, failure: null }] });

  const replayed = await stage.postern.json(DeliverySchema, caller, at(made, `/deliveries/${delivery?.id}/replay`), {
    method: 'POST',
  });
  expect(replayed.event.id).toBe(first.id);
  expect((await stage.receiver.next(mine)).id).toBe(first.id);
  const range = {
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 60_000).toISOString(),
  };
  expect(await stage.postern.json(ReplayedSchema, caller, at(made, '/replay'), { body: range })).toEqual({ count: 2 });
  const again = [await stage.receiver.next(mine), await stage.receiver.next(mine)];
  expect(new Set(again.map(({ id }) => id))).toEqual(new Set([first.id, second.id]));
  await stage.postern.problem('delivery-not-found', caller, at(made, '/deliveries/dlv_none/replay'), {
    method: 'POST',
  });
});

it('an account has only so many', async () => {
  const caller = await stage.caller('imap');
  for (let count = 0; count < 20; count += 1) await create(caller, quiet);
  const body = { url: stage.receiver.url(), ...quiet };
  expect(await stage.postern.problem('subscriptions-full', caller, subscriptionsPath, { body })).toMatchObject({
    status: 409,
  });
});

it('a mailbox that there is not is told, and nothing is kept', async () => {
  const caller = await stage.caller('imap');
  const body = { url: stage.receiver.url(), mailboxes: ['inbox', mailboxIdOf('Nothing')] };
  await stage.postern.problem('mailbox-not-found', caller, subscriptionsPath, { body });
  const { subscriptions } = await stage.postern.json(SubscriptionsSchema, caller, subscriptionsPath);
  expect(subscriptions).toEqual([]);
});

it.each([
  ['imap', '/v1/imap/mailboxes/inbox/messages'],
  ['pop3', '/v1/pop/messages'],
] as const)('one of an %s account begins where a listing was', async (protocol, listing) => {
  const caller = await stage.caller(protocol);
  await stage.deliver(caller, 'INBOX', letter('before'));
  const { state } = await stage.postern.json(z.looseObject({ state: z.string() }), caller, listing);
  await stage.deliver(caller, 'INBOX', letter('since'));
  const path = `/since-${protocol}`;
  await create(caller, { url: stage.receiver.url(path), since: state, include: { text: true } });
  const told = toldBy(await stage.receiver.next((received) => received.path === path));
  expect(told).toMatchObject({
    type: 'message.received',
    data: { message: { text: expect.stringContaining('This is since.') } },
  });
  const elsewhere = await stage.caller(protocol);
  const body = { url: stage.receiver.url(), since: state };
  await stage.postern.problem('request-invalid', elsewhere, subscriptionsPath, { body });
});
