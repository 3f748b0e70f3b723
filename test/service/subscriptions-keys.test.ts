/**
 * Do subscriptions outlive a change of the operator's keys?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { NewSubscriptionSchema, SubscriptionSchema, SubscriptionsSchema } from '../../src/watch/schema/subscription.ts';
import { letter } from '../support/mail.ts';
import { type Caller, testKey } from '../support/postern.ts';
import { subscriptionsPath, toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();

const newer = `newer:${Buffer.alloc(32, 3).toString('base64url')}`;

const idsOf = async (caller: Caller): Promise<readonly string[]> =>
  (await stage.postern.json(SubscriptionsSchema, caller, subscriptionsPath)).subscriptions.map(({ id }) => id);

const create = (caller: Caller) =>
  stage.postern.json(NewSubscriptionSchema, caller, subscriptionsPath, {
    body: { url: stage.receiver.url(), secret: stage.receiver.secret, pollSeconds: 1 },
  });

it('they are found, go on, and can be changed and ended under a newer key', async () => {
  const callers = [await stage.caller('imap'), await stage.caller('pop3')];
  const older = await Promise.all(callers.map(create));
  await stage.postern.crashAndRestart({ CAPSULE_KEYS: `${newer},${testKey}` });
  for (const [index, caller] of callers.entries()) {
    const id = older[index]?.id ?? '';
    const path = `${subscriptionsPath}/${id}`;
    expect(await stage.postern.json(SubscriptionSchema, caller, path)).toMatchObject({ id, status: 'active' });
    const younger = await create(caller);
    expect(await idsOf(caller)).toEqual([id, younger.id]);

    await stage.deliver(caller, 'INBOX', letter('after'));
    const told = [await stage.receiver.next(), await stage.receiver.next()].map(toldBy);
    expect(new Set(told.map(({ data }) => data.subscriptionId))).toEqual(new Set([id, younger.id]));

    await stage.postern.json(SubscriptionSchema, caller, path, { method: 'PATCH', body: { order: 'in-order' } });
    expect((await stage.postern.call(caller, path, { method: 'DELETE' })).status).toBe(204);
    expect(await idsOf(caller)).toEqual([younger.id]);
  }
});

it('one whose key is taken away rests, since nobody could end it, and goes on when the key is put back', async () => {
  const caller = await stage.caller('imap');
  await stage.postern.crashAndRestart({ CAPSULE_KEYS: testKey });
  const older = await create(caller);
  const path = `${subscriptionsPath}/${older.id}`;
  const next = (id: string) => stage.receiver.next((received) => toldBy(received).data.subscriptionId === id);
  await stage.postern.crashAndRestart({ CAPSULE_KEYS: `${newer},${testKey}` });
  await stage.deliver(caller, 'INBOX', letter('one'));
  await next(older.id);

  await stage.postern.crashAndRestart({ CAPSULE_KEYS: newer });
  await stage.postern.problem('subscription-not-found', caller, path);
  const younger = await create(caller);
  // Whoever is looked after as often has had the time for both twice.
  for (const label of ['two', 'three']) {
    await stage.deliver(caller, 'INBOX', letter(label));
    await next(younger.id);
  }
  expect(stage.receiver.take()).toEqual([]);

  await stage.postern.crashAndRestart({ CAPSULE_KEYS: `${newer},${testKey}` });
  await stage.postern.json(SubscriptionSchema, caller, path, { method: 'PATCH', body: { status: 'active' } });
  await next(older.id);
  await next(older.id);
});
