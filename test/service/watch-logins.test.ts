/**
 * With whose credential is an account looked at, and how often does that log in?
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type ImapRelay, startImapRelay } from '../support/imap-relay.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { answering } from '../support/receiver-behaviour.ts';
import { subscriptionsPath, toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();
let relay: ImapRelay;
beforeAll(async () => {
  relay = await startImapRelay(stage.host.dovecot.ports.imap);
});
afterAll(() => relay.stop());

/** What the log says of looks, from now on. */
function looks(): () => { subscriptions: number; events: number }[] {
  const from = stage.postern.log.length;
  const Look = z.looseObject({ event: z.literal('watch.looked'), subscriptions: z.int(), events: z.int() });
  return () =>
    stage.postern.log.slice(from).flatMap((line) => {
      const look = Look.safeParse(line.startsWith('{') ? JSON.parse(line) : null);
      return look.success ? [look.data] : [];
    });
}

it('subscriptions with the same credential share one login and one look', async () => {
  const caller = relay.through(await stage.caller('imap'));
  await stage.subscribe(caller);
  await stage.subscribe(caller, { mailboxes: ['inbox', 'sent'] });
  const told = looks();
  const before = relay.connections;
  await stage.deliver(caller, 'INBOX', letter('for-both'));
  await stage.receiver.next();
  await stage.receiver.next();
  const seen = told();
  expect(seen.every(({ subscriptions }) => subscriptions === 2)).toBe(true);
  expect(seen.at(-1)?.events).toBe(2);
  // One may be on its way already that is not in the log yet.
  expect(relay.connections - before - seen.length).toBeLessThanOrEqual(1);
});

it('a password that is changed ends nothing that looks with the new one, and looks with the old one fail by themselves', async () => {
  const caller = await stage.caller('imap');
  const old = await stage.subscribe(caller, { events: ['message.received', 'account.failed'] });
  const renewed: Caller = { ...caller, password: `${caller.password}-renewed` };
  await stage.host.dovecot.setPassword(caller.user, renewed.password);
  await stage.host.dovecot.kick(caller.user);
  const fresh = await stage.subscribe(renewed);
  await stage.deliver(caller, 'INBOX', letter('after'));
  expect(toldBy(await stage.receiver.next()).data.subscriptionId).toBe(fresh.id);
  const Trouble = z.looseObject({ trouble: z.looseObject({ reason: z.string() }).nullable() });
  await expect
    .poll(async () => (await stage.postern.json(Trouble, renewed, `${subscriptionsPath}/${old.id}`)).trouble?.reason)
    .toBe('login-refused');
  expect(stage.receiver.take()).toEqual([]);
  const patch = { method: 'PATCH', body: { renewCredential: true } };
  const { trouble } = await stage.postern.json(Trouble, renewed, `${subscriptionsPath}/${old.id}`, patch);
  expect(trouble).toBeNull();
  const told = toldBy(await stage.receiver.next());
  expect(told.data.subscriptionId).toBe(old.id);
});

it('a wrong password makes no subscription, and leaves nothing behind', async () => {
  const caller = await stage.caller('imap');
  const body = { url: stage.receiver.url() };
  const wrong = { ...caller, password: `${caller.password}-wrong` };
  await stage.postern.problem('login-refused', wrong, subscriptionsPath, { body });
  const { subscriptions } = await stage.postern.json(
    z.looseObject({ subscriptions: z.array(z.unknown()) }),
    caller,
    subscriptionsPath,
  );
  expect(subscriptions).toEqual([]);
});

it('a mail server that does not answer holds up no event that is found already', async () => {
  const caller = relay.through(await stage.caller('imap'));
  stage.receiver.behave(answering(500));
  await stage.subscribe(caller);
  await stage.deliver(caller, 'INBOX', letter('found'));
  const { id } = await stage.receiver.next();
  await relay.loseAt(/^STATUS/, 'held');
  stage.receiver.behave(answering(204));
  const arrived = await stage.receiver.next(({ behaviour }) => behaviour.isAcceptance);
  expect(arrived.id).toBe(id);
  relay.cut();
  // And what is lost that way is looked for again.
  await stage.deliver(caller, 'INBOX', letter('later'));
  expect((await stage.receiver.next(({ behaviour }) => behaviour.isAcceptance)).id).not.toBe(id);
});
