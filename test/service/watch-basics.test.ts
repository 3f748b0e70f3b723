/**
 * Does mail that arrives reach the receiver, once, signed, and no older mail with it?
 */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { answering } from '../support/receiver-behaviour.ts';
import { subscriptionsPath, toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();
const State = z.looseObject({ state: z.string() });

it.each(['imap', 'pop3'] as const)(
  'a message that arrives is told once, and none that was there (%s)',
  async (protocol) => {
    const caller = await stage.caller(protocol);
    await stage.deliver(caller, 'INBOX', letter('old'));
    const { id } = await stage.subscribe(caller);
    await stage.deliver(caller, 'INBOX', letter('first'), letter('second'));
    const told = [await stage.receiver.next(), await stage.receiver.next()];
    // Whatever was wrong with these would come before this one, which is found by a later look.
    await stage.deliver(caller, 'INBOX', letter('third'));
    told.push(await stage.receiver.next());
    expect(told.map((each) => toldBy(each).type)).toEqual(Array(3).fill('message.received'));
    expect(told.map((each) => toldBy(each).data.subscriptionId)).toEqual([id, id, id]);
    expect(new Set(told.map((each) => each.id)).size).toBe(3);
    expect(stage.receiver.take()).toEqual([]);
  },
);

it.each(['imap', 'pop3'] as const)(
  'what came after a state that was given out is told at once (%s)',
  async (protocol) => {
    const caller = await stage.caller(protocol);
    const listing = protocol === 'imap' ? messagesPath('inbox') : '/v1/pop/messages';
    await stage.deliver(caller, 'INBOX', letter('known'));
    const { state } = await stage.postern.json(State, caller, listing);
    await stage.deliver(caller, 'INBOX', letter('unknown'));
    const { id } = await stage.subscribe(caller, { since: state, pollSeconds: 3_600 });
    const told = await stage.receiver.next();
    expect(toldBy(told).data.subscriptionId).toBe(id);
    expect(stage.receiver.take()).toEqual([]);
  },
);

it('a mailbox that is added by a change begins then, and the others go on', async () => {
  const caller = await stage.caller('imap');
  await stage.host.dovecot.createMailboxes(caller.user, ['Archive']);
  const { id } = await stage.subscribe(caller, { pollSeconds: 3_600 });
  await stage.deliver(caller, 'INBOX', letter('waits'));
  await stage.deliver(caller, 'Archive', letter('old-there'));
  const { mailboxes } = await stage.postern.json(
    z.looseObject({ mailboxes: z.array(z.looseObject({ id: z.string(), name: z.string() })) }),
    caller,
    '/v1/imap/mailboxes',
  );
  const archive = mailboxes.find(({ name }) => name === 'Archive')?.id;
  const patch = async (body: object): Promise<void> => {
    const answer = await stage.postern.call(caller, `${subscriptionsPath}/${id}`, { method: 'PATCH', body });
    expect(answer.status).toBe(200);
  };
  // Nothing is looked at by itself between the two: what is new is new since the change, and not since the next look.
  await patch({ mailboxes: ['inbox', archive], status: 'paused' });
  await stage.deliver(caller, 'Archive', letter('new-there'));
  await patch({ status: 'active', pollSeconds: 1 });
  const told = [await stage.receiver.next(), await stage.receiver.next()].map(toldBy);
  const isThere = told.map(({ data }) => 'mailboxId' in data && data.mailboxId === archive);
  expect(new Set(isThere)).toEqual(new Set([false, true]));
  expect(stage.receiver.take()).toEqual([]);
});

it('what arrives while it is paused is told when it goes on', async () => {
  const caller = await stage.caller('imap');
  const { id } = await stage.subscribe(caller);
  const patch = async (status: string): Promise<void> => {
    const answer = await stage.postern.call(caller, `${subscriptionsPath}/${id}`, {
      method: 'PATCH',
      body: { status },
    });
    expect(answer.status).toBe(200);
  };
  await patch('paused');
  await stage.deliver(caller, 'INBOX', letter('meanwhile'));
  // Another one of the account is told of it, and so looks go on.
  const other = await stage.subscribe(caller);
  await stage.deliver(caller, 'INBOX', letter('later'));
  expect(toldBy(await stage.receiver.next()).data.subscriptionId).toBe(other.id);
  expect(stage.receiver.take()).toEqual([]);
  await patch('active');
  const told = [await stage.receiver.next(), await stage.receiver.next()].map(toldBy);
  expect(told.map(({ data }) => data.subscriptionId)).toEqual([id, id]);
});

it('a receiver that is gone ends its subscription, and the other one of the account goes on', async () => {
  const caller = await stage.caller('imap');
  stage.receiver.trusts('/gone', stage.receiver.secret);
  const gone = await stage.subscribe(caller, { url: stage.receiver.url('/gone') });
  const other = await stage.subscribe(caller);
  stage.receiver.behave(({ path }) => answering(path === '/gone' ? 410 : 204));
  await stage.deliver(caller, 'INBOX', letter('to-both'));
  await stage.receiver.next(({ path }) => path === '/gone');
  await stage.receiver.next(({ path }) => path === '/hook');
  await expect
    .poll(async () => stage.postern.json(z.looseObject({}), caller, `${subscriptionsPath}/${gone.id}`))
    .toMatchObject({ status: 'ended', statusReason: 'receiver-gone', pending: 0 });
  await stage.deliver(caller, 'INBOX', letter('to-one'));
  const told = toldBy(await stage.receiver.next());
  expect(told.data.subscriptionId).toBe(other.id);
  const activate = { method: 'PATCH', body: { status: 'active' } };
  await stage.postern.problem('subscription-ended', caller, `${subscriptionsPath}/${gone.id}`, activate);
});
