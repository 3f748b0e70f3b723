/**
 * Does every call of docs/recipes/calls.md do what the page says, as it stands there?
 */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { MintedCapsuleSchema } from '../../src/account/schema.ts';
import { AttemptSchema, DeliveryPageSchema, DeliverySchema, ReplayedSchema } from '../../src/watch/schema/delivery.ts';
import { NewSubscriptionSchema, SecretSchema, SubscriptionSchema } from '../../src/watch/schema/subscription.ts';
import { letter } from '../support/mail.ts';
import { accepting, answering } from '../support/receiver-behaviour.ts';
import { type Shell, shellFor } from '../support/recipe-calls.ts';
import { toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage({ variables: { DELIVERY_RETRY_SECONDS: '1' } });
let shell: Shell;
beforeAll(async () => {
  shell = await shellFor('recipes/calls.md');
});
afterAll(() => shell.close());

it('a subscription is made, tried, looked at, sent again, renewed, paused and ended', async () => {
  const caller = await stage.caller('imap');
  const base = { POSTERN: stage.postern.url };
  const login = { MAIL_SERVER: caller.mailServer, MAIL_USER: caller.user, MAIL_PASSWORD: caller.password };
  const ask = async <S extends z.ZodType>(name: string, schema: S, status: number, more: Record<string, string>) => {
    const answer = await shell.call(name, { ...base, ...more });
    // What else is in an answer may be a secret.
    const { detail } = z.looseObject({ detail: z.string().optional() }).safeParse(answer.json).data ?? {};
    expect(answer.status, detail).toBe(status);
    return schema.parse(answer.json);
  };
  const { token: CAPSULE } = await ask('capsule', MintedCapsuleSchema, 201, login);

  const HOOK = stage.receiver.url('/hook');
  const { id: SUBSCRIPTION, secret } = await ask('subscribe', NewSubscriptionSchema, 201, { CAPSULE, HOOK });
  stage.receiver.trusts('/hook', secret);
  const mine = { CAPSULE, SUBSCRIPTION };

  expect(await ask('test', AttemptSchema, 200, mine)).toMatchObject({ status: 204, failure: null });
  expect(toldBy(await stage.receiver.next()).type).toBe('subscription.test');
  expect(await ask('look', SubscriptionSchema, 200, mine)).toMatchObject({ status: 'active', mailboxes: ['inbox'] });

  // The page leaves it at a minute.
  const quick = { method: 'PATCH', body: { pollSeconds: 1 } };
  await stage.postern.json(SubscriptionSchema, caller, `/v1/subscriptions/${SUBSCRIPTION}`, quick);
  await stage.deliver(caller, 'INBOX', letter('first'));
  const first = await stage.receiver.next();
  expect(toldBy(first)).toMatchObject({ type: 'message.received', data: { message: { text: 'This is first.\n' } } });
  const deliveries = () => ask('deliveries', DeliveryPageSchema, 200, mine);
  await expect.poll(async () => (await deliveries()).deliveries[0]?.status).toBe('delivered');

  const DELIVERY = (await deliveries()).deliveries[0]?.id ?? '';
  await ask('replay', DeliverySchema, 202, { ...mine, DELIVERY });
  expect((await stage.receiver.next()).id).toBe(first.id);

  stage.receiver.behave(answering(500));
  const FROM = new Date(Date.now() - 60_000).toISOString();
  await stage.deliver(caller, 'INBOX', letter('second'));
  const refused = await stage.receiver.next();
  await expect.poll(async () => (await deliveries()).deliveries[0]?.status).toBe('dead');
  stage.receiver.behave(accepting);
  stage.receiver.take();
  const TO = new Date(Date.now() + 60_000).toISOString();
  expect(await ask('replay-range', ReplayedSchema, 202, { ...mine, FROM, TO })).toEqual({ count: 1 });
  expect((await stage.receiver.next()).id).toBe(refused.id);

  const { secret: another } = await ask('secret', SecretSchema, 201, mine);
  await ask('test', AttemptSchema, 200, mine);
  const { body, headers } = await stage.receiver.next();
  for (const known of [secret, another]) new Webhook(known).verify(new TextDecoder().decode(body), headers);

  expect(await ask('pause', SubscriptionSchema, 200, mine)).toMatchObject({ status: 'paused' });
  expect(await ask('resume', SubscriptionSchema, 200, mine)).toMatchObject({ status: 'active' });
  const { token: later } = await ask('capsule', MintedCapsuleSchema, 201, login);
  await ask('renew', SubscriptionSchema, 200, { ...mine, CAPSULE: later });

  await ask('unsubscribe', z.null(), 204, mine);
  expect((await shell.call('look', { ...base, ...mine })).status).toBe(404);
});
