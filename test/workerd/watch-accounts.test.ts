/**
 * What is told when an account cannot be looked at for a while, or any more? Days pass in moments.
 */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  alarmOf,
  arrive,
  behave,
  day,
  hour,
  inShort,
  json,
  logOf,
  minute,
  passes,
  subscribe,
  told,
  toldWithin,
  watcher,
  withMovedClock,
  world,
} from './world.ts';

withMovedClock();

const Capsule = z.looseObject({ token: z.string() });
const events = ['message.received', 'mailbox.reset', 'account.failed', 'account.recovered'];

describe.each(['imap', 'pop3'] as const)('over %s', (protocol) => {
  const watched = async () => {
    const caller = await world('account', { protocol });
    await arrive(caller, 'old');
    await subscribe(caller, { events, pollSeconds: 300 });
    await arrive(caller, '1');
    expect(await toldWithin(6 * minute)).toEqual(['message.received of 1']);
    return caller;
  };

  it('a password that is changed is told once when it was refused several times, and its return too, with what came meanwhile', async () => {
    const caller = await watched();
    await world('password', { user: caller.user, password: 'another' });
    await arrive(caller, '2');
    const refusals = logOf('watch.failed').length;
    expect(await toldWithin(3 * hour)).toEqual(['account.failed for login-refused']);
    // Whoever knocks with a wrong password too often is locked out by many a server.
    expect(logOf('watch.failed').length - refusals).toBeLessThanOrEqual(8);
    await world('password', { user: caller.user, password: caller.password });
    expect((await toldWithin(1.2 * hour)).toSorted()).toEqual(['account.recovered', 'message.received of 2']);
    await arrive(caller, '3');
    expect(await toldWithin(6 * minute)).toEqual(['message.received of 3']);
  });

  it('a password that is found wrong when a message is read for its event is not tried on and on, however seldom it is looked', async () => {
    const caller = await world('account', { protocol });
    const { id } = await subscribe(caller, { events, pollSeconds: 86_400 });
    await behave({ status: 500 });
    await arrive(caller, '1');
    expect(await toldWithin(1.2 * day)).toContain('message.received of 1');
    await json(z.looseObject({}), caller, `/v1/subscriptions/${id}`, 'PATCH', { include: { text: true } });
    await passes(0);
    await world('password', { user: caller.user, password: 'another' });
    await behave('accepting');
    const refusals = logOf('watch.failed').length;
    expect(await toldWithin(day / 4)).toEqual(['account.failed for login-refused']);
    expect(logOf('watch.failed').length - refusals).toBeLessThanOrEqual(9);
    expect(logOf('watch.unread').length).toBeGreaterThan(0);
  });

  it('a password that is changed for a few minutes is told of to nobody', async () => {
    const caller = await watched();
    await world('password', { user: caller.user, password: 'another' });
    await arrive(caller, '2');
    expect(await toldWithin(6 * minute)).toEqual([]);
    expect(logOf('watch.failed').length).toBeGreaterThan(0);
    await world('password', { user: caller.user, password: caller.password });
    expect(await toldWithin(hour)).toEqual(['message.received of 2']);
  });

  it('a server that is down for most of an hour is told of to nobody, and what came is told afterwards', async () => {
    const caller = await watched();
    await world('gate', { user: caller.user, isOpen: false });
    await arrive(caller, '2');
    expect(await toldWithin(50 * minute)).toEqual([]);
    await world('gate', { user: caller.user, isOpen: true });
    expect(await toldWithin(20 * minute)).toEqual(['message.received of 2']);
  });

  it('a server that is down for longer is told of once, and when it is back, with what came', async () => {
    const caller = await watched();
    await world('gate', { user: caller.user, isOpen: false });
    await arrive(caller, '2');
    expect(await toldWithin(6 * hour)).toEqual(['account.failed for unreachable']);
    await world('gate', { user: caller.user, isOpen: true });
    expect((await toldWithin(hour)).toSorted()).toEqual(['account.recovered', 'message.received of 2']);
  });

  it('a capsule that is over ends what was made with it: told once, and never looked again', async () => {
    const caller = await world('account', { protocol });
    const { user, password, mailServer: server } = caller;
    const wish = { server, user, password, scopes: ['read', 'subscribe'], expiresInSeconds: 3600 };
    const { token } = await json(Capsule, caller, '/v1/accounts', 'POST', wish);
    const { id } = await subscribe({ ...caller, token }, { events, pollSeconds: 300 });
    await arrive(caller, '1');
    expect(await toldWithin(hour - minute)).toEqual(['message.received of 1']);
    expect(await toldWithin(10 * minute)).toEqual(['account.failed for capsule-expired']);
    const Ended = z.looseObject({ status: z.literal('ended'), statusReason: z.literal('capsule-expired') });
    await json(Ended, caller, `/v1/subscriptions/${id}`);
    await arrive(caller, '2');
    const { connections } = await world('traffic', { user });
    expect(await toldWithin(30 * day)).toEqual([]);
    expect((await world('traffic', { user })).connections).toBe(connections);
  });

  it('a capsule that is over ends nothing that was made without it', async () => {
    const caller = await world('account', { protocol });
    const { user, password, mailServer: server } = caller;
    const wish = { server, user, password, scopes: ['read', 'subscribe'], expiresInSeconds: 3600 };
    const { token } = await json(Capsule, caller, '/v1/accounts', 'POST', wish);
    const ending = await subscribe({ ...caller, token }, { events, pollSeconds: 300 });
    const going = await subscribe(caller, { events, pollSeconds: 300 });
    await passes(2 * hour);
    await arrive(caller, '1');
    await passes(6 * minute);
    expect((await told()).map((event) => [event.data['subscriptionId'], inShort(event)])).toEqual([
      [ending.id, 'account.failed for capsule-expired'],
      [going.id, 'message.received of 1'],
    ]);
  });

  it('is looked at less and less often while nothing comes, if that is wished, and as often as before when something has', async () => {
    const caller = await world('account', { protocol });
    const { connections } = await world('traffic', { user: caller.user });
    await subscribe(caller, { slowestPollSeconds: 900 });
    await passes(8 * hour);
    const looks = (await world('traffic', { user: caller.user })).connections - connections;
    // At every quarter of an hour it would be 32; the way there takes some more.
    expect(looks).toBeGreaterThan(28);
    expect(looks).toBeLessThan(80);
    await arrive(caller, '1');
    expect(await toldWithin(20 * minute)).toEqual(['message.received of 1']);
    const next = await alarmOf(await watcher());
    expect((next ?? Number.POSITIVE_INFINITY) - Date.now()).toBeLessThan(3 * minute);
  });
});
