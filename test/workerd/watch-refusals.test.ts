/**
 * How often is a mail server shown a password that it does not take any more, whatever somebody asks for who has the new one?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Caller } from '../support/postern.ts';
import { arrive, call, hour, json, passes, subscribe, told, withMovedClock, world } from './world.ts';

withMovedClock();

const Anything = z.looseObject({});
const labels = ['1', '2', '3', '4', '5'];

/** How often it was shown so far, in whichever way of logging in. */
async function shown({ user, password }: Caller): Promise<number> {
  const { lines } = await world('traffic', { user });
  const isIn = (word: string): boolean =>
    [word, Buffer.from(word, 'base64').toString()].some((said) => said.includes(password));
  return lines.filter(({ text }) => text.split(/\s/).some(isIn)).length;
}

const outdated = async (protocol: 'imap' | 'pop3') => {
  const caller = await world('account', { protocol });
  const include = { text: true };
  const { id } = await subscribe(caller, { pollSeconds: 3_600, include });
  await arrive(caller, ...labels);
  await passes(1.2 * hour);
  expect(await told()).toHaveLength(labels.length);
  const renewed = { ...caller, password: 'the-one-of-today' };
  await world('password', { user: caller.user, password: renewed.password });
  // What is logged in still would not have to show it.
  await world('gate', { user: caller.user, isOpen: false });
  await world('gate', { user: caller.user, isOpen: true });
  return { caller, renewed, path: `/v1/subscriptions/${id}`, before: await shown(caller) };
};

it.each(['imap', 'pop3'] as const)(
  'no message that is sent once more is another guess at a password that was changed (%s)',
  async (protocol) => {
    const { caller, renewed, path, before } = await outdated(protocol);
    const range = { from: new Date(Date.now() - 2 * hour).toISOString(), to: new Date().toISOString() };
    expect(await json(Anything, renewed, `${path}/replay`, 'POST', range)).toEqual({ count: labels.length });
    expect((await shown(caller)) - before).toBe(1);
    const { reason } = z
      .object({ reason: z.string() })
      .loose()
      .parse((await json(Anything, renewed, path))['trouble']);
    expect(reason).toBe('login-refused');
  },
);

it('no change of a subscription is another guess at a password that was changed', async () => {
  const { caller, renewed, path, before } = await outdated('imap');
  for (const pollSeconds of [3_000, 3_100, 3_200, 3_300]) {
    await json(Anything, renewed, path, 'PATCH', { pollSeconds });
    await passes(1_000);
  }
  for (const events of [['message.deleted'], ['message.received'], ['message.received', 'message.deleted']]) {
    expect((await call(renewed, path, 'PATCH', { events })).status).not.toBe(500);
  }
  expect((await shown(caller)) - before).toBe(1);
});

it('a password that was put back is tried as soon as its owner changes anything', async () => {
  const { caller, renewed, path } = await outdated('imap');
  await json(Anything, renewed, path, 'PATCH', { pollSeconds: 3_000 });
  await passes(1_000);
  expect(await json(Anything, renewed, path)).toMatchObject({ trouble: { reason: 'login-refused' } });
  await world('password', { user: caller.user, password: caller.password });
  await json(Anything, caller, path, 'PATCH', { pollSeconds: 3_100 });
  await passes(1_000);
  expect(await json(Anything, caller, path)).toMatchObject({ trouble: null });
});
