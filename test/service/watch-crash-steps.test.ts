/**
 * Is a message told once, and under one id, at whichever step of a look everything is killed?
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type ImapRelay, startImapRelay } from '../support/imap-relay.ts';
import { letter } from '../support/mail.ts';
import { answering } from '../support/receiver-behaviour.ts';
import { subscriptionsPath, toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();
let relay: ImapRelay;
beforeAll(async () => {
  relay = await startImapRelay(stage.host.dovecot.ports.imap);
  stage.receiver.behave(answering(204));
});
afterAll(() => relay.stop());

it('when a look is lost at its STATUS, SELECT, SEARCH or FETCH, it is told by the next one', async () => {
  const caller = relay.through(await stage.caller('imap'));
  await stage.deliver(caller, 'INBOX', letter('old'));
  await stage.subscribe(caller);
  const ids: string[] = [];
  for (const [label, step] of [
    ['status', /^STATUS/],
    ['select', /^(SELECT|EXAMINE)/],
    ['search', /^UID SEARCH/],
    ['fetch', /^UID FETCH/],
  ] as const) {
    const held = relay.loseAt(step, 'held');
    await stage.deliver(caller, 'INBOX', letter(label));
    await held;
    await stage.postern.crashAndRestart();
    relay.cut();
    const received = await stage.receiver.next();
    expect(toldBy(received).data).toMatchObject({ message: { subject: expect.stringContaining(label) } });
    ids.push(received.id);
  }
  expect(new Set(ids).size).toBe(4);
  expect(stage.receiver.take()).toEqual([]);
});

it('a subscription that is killed while it is made is not there, and can be made again', async () => {
  const caller = relay.through(await stage.caller('imap'));
  const held = relay.loseAt(/^STATUS/, 'held');
  const lost = stage.subscribe(caller).then(
    () => 'made',
    () => 'lost',
  );
  await held;
  await stage.postern.crashAndRestart();
  relay.cut();
  expect(await lost).toBe('lost');
  const All = z.looseObject({ subscriptions: z.array(z.unknown()) });
  expect((await stage.postern.json(All, caller, subscriptionsPath)).subscriptions).toEqual([]);
  const { id } = await stage.subscribe(caller);
  await stage.deliver(caller, 'INBOX', letter('again'));
  expect(toldBy(await stage.receiver.next()).data.subscriptionId).toBe(id);
});
