/**
 * Is somebody who has just started Postern told of new mail, by the lines that are printed?
 */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DemoReceiver, endSubscriptions, startDemoReceiver } from '../../scripts/demo-webhooks.ts';
import { curlOf, webhookExamples } from '../../scripts/examples.ts';
import { SubscriptionsSchema } from '../../src/watch/schema/subscription.ts';
import { type MailHost, startMailHost } from '../support/mail.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { type Shell, shellFor } from '../support/recipe-calls.ts';

const printed: string[] = [];
let host: MailHost;
let postern: Postern;
let receiver: DemoReceiver;
let shell: Shell;
beforeAll(async () => {
  host = await startMailHost();
  const settings = { trustedCertificates: [host.dovecot.ca], variables: { LEAST_POLL_SECONDS: '1' } };
  postern = await startPostern(settings);
  receiver = await startDemoReceiver((line) => printed.push(line));
  shell = await shellFor();
});
afterAll(async () => {
  await shell.close();
  await receiver.stop();
  await host.stop();
  await postern.stop();
});

it('prints the event when both lines were pasted, and ends the subscription in the end', async () => {
  const account = await host.caller('imap');
  const examples = webhookExamples(account, { url: receiver.url, secret: receiver.secret }, 1);
  for (const example of examples) expect((await shell.run(curlOf(example, postern.url))).status).toBe(201);
  await expect.poll(() => printed).toEqual(['Webhook: message.received: It works']);
  await endSubscriptions(postern.url, account);
  const { subscriptions } = await postern.json(SubscriptionsSchema, account, '/v1/subscriptions');
  expect(subscriptions).toEqual([]);
});

const subject = 'a\u001b[31m\u009b2J\u202e b';
const event = JSON.stringify({ type: 'message.received', data: { message: { subject } } });
const sent = (id: string, signature: string, at = new Date()) => ({
  method: 'POST',
  body: event,
  headers: {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signature,
  },
});

it('prints nothing that is not signed with its secret', async () => {
  const before = [...printed];
  expect((await fetch(receiver.url, sent('evt_forged', 'v1,x'))).status).toBe(401);
  expect(printed).toEqual(before);
});

it('prints an event once, and nothing that a terminal would obey', async () => {
  const at = new Date();
  const genuine = sent('evt_1', new Webhook(receiver.secret).sign('evt_1', at, event), at);
  const before = printed.length;
  for (const _ of [1, 2]) expect((await fetch(receiver.url, genuine)).status).toBe(204);
  expect(printed.slice(before)).toEqual(['Webhook: message.received: a [31m 2J  b']);
});
