/**
 * Does the owner of a subscription learn that nothing can be told of it, though its account is well?
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { NewSubscriptionSchema, SubscriptionSchema } from '../../src/watch/schema/subscription.ts';
import { allowed } from '../support/capsules.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import type { Caller } from '../support/postern.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { quickTimes, subscriptionsPath } from '../support/watch-stage.ts';

const stage = imapScriptStage({}, quickTimes);
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.stop());

/** A mailbox that a capsule may see as long as it is the archive, and the subscription that it has made. */
async function watchedArchive() {
  const archive = { is: 'One' };
  const server = await stage.serve({
    capabilities: ['UIDPLUS', 'SPECIAL-USE'],
    answer: (command) => {
      if (!command.startsWith('LIST')) return undefined;
      const rows = ['One', 'Two'].map((name) => `* LIST (${name === archive.is ? '\\Archive' : ''}) "/" ${name}\r\n`);
      return `* LIST () "/" INBOX\r\n${rows.join('')}$ OK done\r\n`;
    },
  });
  const caller: Caller = await allowed(server.caller(), { mailboxes: ['inbox', 'archive'] });
  const body = { url: receiver.url(), secret: receiver.secret, pollSeconds: 1, mailboxes: [mailboxIdOf('One')] };
  const { secret: _, ...made } = await stage.postern.json(NewSubscriptionSchema, caller, subscriptionsPath, { body });
  expect(made.failing).toBeNull();
  const path = `${subscriptionsPath}/${made.id}`;
  const now = () => stage.postern.json(SubscriptionSchema, caller, path);
  /** Resolves when a look has come to its end that began after this was asked. */
  const looked = async () => {
    const lookAt = async () => (await now()).lastLookAt;
    // The first may have begun before, and what the second has left is surely written when the third is seen.
    for (let looks = 0; looks < 3; looks++) await expect.poll(lookAt).not.toBe(await lookAt());
  };
  return {
    archive,
    now,
    looked,
    failing: async () => (await now()).failing,
    patch: (wish: object) => stage.postern.json(SubscriptionSchema, caller, path, { method: 'PATCH', body: wish }),
  };
}

it('says what is wrong and since when, for as long as each look for it fails, and not when one ends well again', async () => {
  const { archive, now, looked, failing } = await watchedArchive();
  const beganMs = Date.now();
  archive.is = 'Two';
  await expect.poll(failing).toMatchObject({ type: '/problems/mailbox-not-granted' });
  const told = await now();
  expect(told).toMatchObject({ status: 'active', trouble: null });
  const sinceMs = Date.parse(told.failing?.since ?? '');
  expect(sinceMs).toBeGreaterThanOrEqual(beganMs);
  expect(sinceMs).toBeLessThanOrEqual(Date.now());
  await looked();
  expect(await failing()).toEqual(told.failing);
  archive.is = 'One';
  await expect.poll(failing).toBeNull();
});

it('does not say so any more as soon as a change has put it right', async () => {
  const { archive, failing, patch } = await watchedArchive();
  archive.is = 'Two';
  await expect.poll(failing).not.toBeNull();
  const told = await failing();
  expect((await patch({ minBytes: 1 })).failing).toEqual(told);
  expect((await patch({ mailboxes: ['inbox'] })).failing).toBeNull();
});
