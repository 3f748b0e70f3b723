/**
 * Does the trigger for Zapier that the documentation shows subscribe, take what is genuine, list and unsubscribe?
 *
 * In the place of Zapier's platform: its requests, as far as the trigger uses them.
 */
import { Buffer } from 'node:buffer';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MintedCapsuleSchema } from '../../src/account/schema.ts';
import { SubscriptionsSchema } from '../../src/watch/schema/subscription.ts';
import { letter } from '../support/mail.ts';
import type { Received } from '../support/receiver.ts';
import { blockOf } from '../support/recipe-blocks.ts';
import { watchStage } from '../support/watch-stage.ts';

interface ZapierRequest {
  readonly url: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly skipThrowForStatus?: boolean;
  headers?: Record<string, string>;
}
type Perform = (z: object, bundle: object) => Promise<unknown>;
interface Trigger {
  readonly operation: Readonly<Record<'performSubscribe' | 'performUnsubscribe' | 'perform' | 'performList', Perform>>;
}

const stage = watchStage();
let directory: string;
let operation: Trigger['operation'];
let addCredentials: (request: ZapierRequest, z: object, bundle: object) => ZapierRequest;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-zapier-'));
  for (const file of ['authentication.js', 'triggers/new_mail.js']) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), blockOf('recipes/zapier.md', file));
  }
  await symlink(join(import.meta.dirname, '..', '..', 'node_modules'), join(directory, 'node_modules'));
  const load = createRequire(join(directory, 'index.js'));
  ({ operation } = load('./triggers/new_mail.js'));
  ({ addCredentials } = load('./authentication.js'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Zapier's `z` for these credentials. */
const zapier = (bundle: object) => ({
  async request(wished: ZapierRequest) {
    const {
      url,
      method = 'GET',
      params = {},
      body,
      headers,
      skipThrowForStatus,
    } = addCredentials({ ...wished, headers: {} }, {}, bundle);
    const query = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)]));
    const response = await fetch(`${url}?${query}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const throwForStatus = () => {
      if (!response.ok) throw new Error(`${method} was answered ${response.status}`);
    };
    const text = await response.text();
    if (skipThrowForStatus !== true) throwForStatus();
    return { status: response.status, data: text === '' ? undefined : JSON.parse(text), throwForStatus };
  },
});

/** As Zapier writes the names of header fields. */
const rawRequest = ({ headers, body }: Received) => ({
  content: Buffer.from(body).toString(),
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      `Http-${name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())}`,
      value,
    ]),
  ),
});

it('a Zap hears of new mail while it is on, of what is genuine alone, and finds the same when it asks', async () => {
  const caller = await stage.caller('imap');
  const scopes = {
    server: caller.mailServer,
    user: caller.user,
    password: caller.password,
    scopes: ['read', 'subscribe'],
  };
  const { token: capsule } = await stage.postern.json(MintedCapsuleSchema, null, '/v1/accounts', { body: scopes });
  const bundle = {
    authData: { postern: stage.postern.url, capsule },
    inputData: {},
    targetUrl: stage.receiver.url('/zapier'),
  };
  const z = zapier(bundle);
  const subscribeData = await operation.performSubscribe(z, bundle);
  expect(subscribeData).toMatchObject({ id: expect.any(String), expiration_date: expect.stringMatching(/^20/) });
  const { subscriptions } = await stage.postern.json(
    SubscriptionsSchema,
    { ...caller, token: capsule },
    '/v1/subscriptions',
  );
  const [{ id = '' } = {}] = subscriptions;
  const quick = { method: 'PATCH', body: { pollSeconds: 1 } };
  await stage.postern.call({ ...caller, token: capsule }, `/v1/subscriptions/${id}`, quick);

  await stage.deliver(caller, 'INBOX', letter('zapier'));
  const received = await stage.receiver.next();
  const event = JSON.parse(Buffer.from(received.body).toString());
  const items = operation.perform(z, { ...bundle, subscribeData, rawRequest: rawRequest(received) });
  expect(items).toEqual([{ id: received.id, ...event }]);
  const forged = rawRequest({ ...received, body: Buffer.from(JSON.stringify({ ...event, note: 'forged' })) });
  expect(() => operation.perform(z, { ...bundle, subscribeData, rawRequest: forged })).toThrow();

  expect(await operation.performList(z, bundle)).toMatchObject([{ id: received.id, type: 'message.received' }]);

  expect(await operation.performUnsubscribe(z, { ...bundle, subscribeData })).toEqual({ id });
  expect(await operation.performUnsubscribe(z, { ...bundle, subscribeData })).toEqual({ id });
});
