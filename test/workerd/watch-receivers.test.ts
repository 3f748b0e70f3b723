/**
 * What becomes of events whose receiver fails for hours and days? Days pass in moments.
 */
import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { z } from 'zod';
import {
  arrive,
  behave,
  call,
  day,
  hour,
  inShort,
  json,
  minute,
  passes,
  subscribe,
  told,
  watcher,
  withMovedClock,
  world,
} from './world.ts';

withMovedClock();

const Subscription = z.looseObject({ status: z.string(), pending: z.int(), dead: z.int() });
const Deliveries = z.looseObject({ deliveries: z.array(z.looseObject({ id: z.string(), status: z.string() })) });

/** Looked at each day, so that days are few looks. */
async function watched(wish: Readonly<Record<string, unknown>> = {}) {
  const caller = await world('account', { protocol: 'imap' });
  const { id } = await subscribe(caller, { pollSeconds: 86_400, ...wish });
  return { caller, path: `/v1/subscriptions/${id}` };
}

it('is sent again over three days, further and further apart, as Standard Webhooks proposes, and then given up', async () => {
  const { caller, path } = await watched();
  await behave({ status: 500 });
  await arrive(caller, '1');
  await passes(6 * day);
  const attempts = await told();
  expect(new Set(attempts.map(({ id }) => id)).size).toBe(1);
  const seconds = attempts.map(({ sentMs }) => sentMs / 1000);
  const waits = seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0));
  const proposed = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
  expect(waits.length).toBe(proposed.length);
  for (const [index, wait] of waits.entries()) {
    const nominal = proposed[index] ?? 0;
    // A tenth to either side, and the second that the timestamp is cut to.
    expect(Math.abs(wait - nominal)).toBeLessThanOrEqual(nominal / 10 + 1);
  }
  expect(await json(Subscription, caller, path)).toMatchObject({ status: 'active', pending: 0, dead: 1 });
});

it('is sent again when its owner says so, under its id, and arrives', async () => {
  const { caller, path } = await watched();
  await behave({ status: 500 });
  await arrive(caller, '1');
  await passes(6 * day);
  const [first] = await told();
  const { deliveries } = await json(Deliveries, caller, `${path}/deliveries?status=dead`);
  await behave('accepting');
  await json(z.unknown(), caller, `${path}/deliveries/${deliveries[0]?.id}/replay`, 'POST');
  await passes(minute);
  const again = await told();
  expect(again.map(({ id, label }) => ({ id, label }))).toEqual([{ id: first?.id, label: '1' }]);
  expect(await json(Subscription, caller, path)).toMatchObject({ pending: 0, dead: 0 });
});

it('waits as long as the receiver asks for', async () => {
  const { caller } = await watched();
  await behave({ status: 429, headers: { 'Retry-After': '7200' } }, 'accepting');
  await arrive(caller, '1');
  await passes(2 * day);
  const [first, second, ...more] = await told();
  expect(more).toEqual([]);
  expect((second?.sentMs ?? 0) - (first?.sentMs ?? 0)).toBeGreaterThanOrEqual(2 * hour);
});

it('is not called any more after days without one success, until its owner says so, and then gets what waits', async () => {
  const { caller, path } = await watched();
  await behave({ status: 500 });
  for (let passed = 0; passed < 8; passed++) {
    await arrive(caller, `${passed}`);
    await passes(day);
  }
  expect(await json(Subscription, caller, path)).toMatchObject({ status: 'suspended' });
  await told();
  await arrive(caller, 'late');
  const { connections } = await world('traffic', { user: caller.user });
  await passes(3 * day);
  expect((await world('traffic', { user: caller.user })).connections).toBe(connections);
  expect(await told()).toEqual([]);
  await behave('accepting');
  await json(Subscription, caller, path, 'PATCH', { status: 'active' });
  await passes(2 * day);
  expect((await told()).map(inShort)).toContain('message.received of late');
  expect(await json(Subscription, caller, path)).toMatchObject({ status: 'active', pending: 0 });
});

const credentials = async (): Promise<unknown> =>
  runInDurableObject(await watcher(), (_, { storage }) => {
    return storage.sql.exec('SELECT count(*) AS count FROM credential').one()['count'];
  });

it('that was gone is called again when its owner gives the subscription a credential, and none is kept without', async () => {
  const { caller, path } = await watched();
  await behave({ status: 410 });
  await arrive(caller, '1');
  await passes(2 * day);
  expect(await json(Subscription, caller, path)).toMatchObject({ status: 'ended' });
  expect((await call(caller, path, 'PATCH', { status: 'active' })).status).toBe(409);
  expect(await credentials()).toBe(0);
  await behave('accepting');
  await told();
  const change = { renewCredential: true };
  expect(await json(Subscription, caller, path, 'PATCH', change)).toMatchObject({ status: 'active' });
  expect(await credentials()).toBe(1);
  await arrive(caller, '2');
  await passes(2 * day);
  expect((await told()).map(inShort)).toEqual(['message.received of 2']);
});

it('is called no more once it says that it is gone', async () => {
  const { caller, path } = await watched();
  await behave({ status: 410 });
  await arrive(caller, '1', '2', '3');
  await passes(2 * day);
  const told410 = await told();
  expect(await json(Subscription, caller, path)).toMatchObject({ status: 'ended', pending: 0 });
  await arrive(caller, '4');
  await passes(10 * day);
  expect([told410.length > 0, await told()]).toEqual([true, []]);
  expect(await credentials()).toBe(0);
  expect((await call(caller, path, 'DELETE')).status).toBe(204);
});
