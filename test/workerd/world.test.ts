/**
 * Is the world that tests inside workerd have around them a real one?
 */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { day, json, logOf, withMovedClock, world } from './world.ts';

withMovedClock();

const Page = z.looseObject({
  messages: z.array(z.looseObject({ subject: z.string(), receivedAt: z.string() })),
});

it('is called over HTTP by the clock of the test, and calls a real mail server', async () => {
  const caller = await world('account', { protocol: 'imap' });
  const receivedAtMs = Math.floor(Date.now() / 1000) * 1000 - day;
  await world('deliver', { user: caller.user, mails: [{ label: '1', receivedAtMs }] });
  const { messages } = await json(Page, caller, '/v1/imap/mailboxes/inbox/messages');
  expect(messages.map(({ receivedAt }) => Date.parse(receivedAt))).toEqual([receivedAtMs]);
  expect((await world('traffic', { user: caller.user })).connections).toBe(1);
  expect(logOf('session.opened')).toHaveLength(1);
});

it('can have its server go away and come back', async () => {
  const caller = await world('account', { protocol: 'imap' });
  const path = '/v1/imap/mailboxes';
  await world('gate', { user: caller.user, isOpen: false });
  await expect(json(Page, caller, path)).rejects.toThrow(/connect/);
  await world('gate', { user: caller.user, isOpen: true });
  await json(z.looseObject({}), caller, path);
});
