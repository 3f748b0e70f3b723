/**
 * What comes of calls that meet each other, or a look?
 */
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  arrive,
  call,
  hour,
  json,
  logOf,
  minute,
  passes,
  subscribe,
  toldWithin,
  withMovedClock,
  world,
} from './world.ts';

withMovedClock();

const Told = z.looseObject({ id: z.string(), lastLookAt: z.string().nullable() });

it('one that is made while the last other one is erased is looked after all the same', async () => {
  const near = await world('account', { protocol: 'imap' });
  const caller = await world('afar', { caller: near, oneWayMs: 100 });
  const { id: old } = await subscribe(caller);
  const { connections } = await world('traffic', { user: caller.user });
  const fresh = subscribe(caller);
  await vi.waitUntil(async () => (await world('traffic', { user: caller.user })).connections > connections, 10_000);
  expect((await call(caller, `/v1/subscriptions/${old}`, 'DELETE')).status).toBe(204);
  const { id } = await fresh;
  await arrive(near, '1');
  expect(await toldWithin(2 * minute)).toEqual(['message.received of 1']);
  expect(await json(Told, caller, `/v1/subscriptions/${id}`)).toMatchObject({ id, lastLookAt: expect.any(String) });
});

it('a password that was refused is tried no sooner because somebody changes a subscription that looks with it', async () => {
  const caller = await world('account', { protocol: 'imap' });
  const { id } = await subscribe(caller);
  const renewed = { ...caller, password: 'another' };
  await world('password', { user: caller.user, password: renewed.password });
  await passes(hour);
  const refusals = logOf('watch.failed').length;
  expect(refusals).toBeGreaterThan(2);
  for (const pollSeconds of [61, 62, 63, 64]) {
    await json(Told, renewed, `/v1/subscriptions/${id}`, 'PATCH', { pollSeconds });
    await passes(1_000);
  }
  expect(logOf('watch.failed').length).toBe(refusals);
});
