/**
 * What is new in the mailboxes of a real server?
 */
import { expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { newsStage, told } from '../support/news/follower.ts';

const stage = imapStage();
const news = newsStage(() => [stage.host.dovecot.ca]);

it('tells of each message that arrives once, and of none that was there', async () => {
  const caller = await stage.callerWith([letter('old')]);
  const follower = await news.begun(caller);
  await stage.deliver(caller, 'INBOX', letter('one'), letter('two'));
  const [first] = await news.drain(caller, follower);
  expect(first).toMatchObject({
    type: 'message.received',
    data: { message: { from: [{ email: expect.any(String) }] } },
  });
  await stage.deliver(caller, 'INBOX', letter('three'));
  await news.drain(caller, follower);
  expect(told(follower.told)).toEqual(['received INBOX 2', 'received INBOX 3', 'received INBOX 4']);
  expect(new Set(follower.told.map(({ id }) => id)).size).toBe(3);
});

it('tells of what is marked otherwise and of what is gone', async () => {
  const caller = await stage.callerWith([letter('one'), letter('two'), letter('three')]);
  const follower = await news.begun(caller);
  const program = await stage.program(caller);
  await program.command('UID STORE 2 +FLAGS (\\Seen)');
  await program.expunge(1);
  const events = await news.drain(caller, follower);
  expect(told(events)).toEqual(['updated INBOX 2', 'deleted INBOX 1']);
  expect(events[0]?.data['message']).toMatchObject({ keywords: { $seen: true } });
  expect(await news.look(caller, follower)).toMatchObject({ events: [], isSameKnown: true });
});

it('leaves what is known exactly as it is when nothing has happened', async () => {
  const caller = await stage.callerWith([letter('one')]);
  for (const mailboxes of [['inbox'], ['*'], ['archive', 'inbox']]) {
    const follower = await news.begun(caller, { settings: { mailboxes } });
    expect(await news.look(caller, follower), mailboxes.join()).toMatchObject({
      events: [],
      hasMore: false,
      isSameKnown: true,
    });
  }
});

it('tells as many as it may, and the rest later', async () => {
  const caller = await stage.callerWith([]);
  const follower = await news.begun(caller, { settings: { events: ['message.received'] } });
  await stage.deliver(caller, 'INBOX', ...[1, 2, 3, 4, 5].map((n) => letter(`${n}`)));
  const first = await news.look(caller, follower, { mostEvents: 2 });
  expect(first).toMatchObject({ events: { length: 2 }, hasMore: true });
  await news.drain(caller, follower, { mostEvents: 2 });
  expect(told(follower.told)).toEqual([1, 2, 3, 4, 5].map((uid) => `received INBOX ${uid}`));
});

it('tells of a mailbox that is renamed, deleted and made anew, and goes on', async () => {
  const caller = await stage.callerWith([]);
  const program = await stage.program(caller);
  await program.command('CREATE Work');
  const all = await news.begun(caller, { settings: { mailboxes: ['*'] } });
  const one = await news.begun(caller, { settings: { mailboxes: [mailboxIdOf('Work')] } });
  await stage.deliver(caller, 'Work', letter('one'));
  await news.lookTogether(caller, [all, one]);
  await program.command('RENAME Work Play');
  await stage.deliver(caller, 'Play', letter('two'));
  await news.lookTogether(caller, [all, one]);
  await news.lookTogether(caller, [all, one]);
  await program.command('RENAME Play Work');
  await stage.deliver(caller, 'Work', letter('three'));
  await news.lookTogether(caller, [all, one]);
  await program.command('DELETE Work');
  await news.lookTogether(caller, [all, one]);
  await program.command('CREATE Work');
  await stage.deliver(caller, 'Work', letter('four'));
  await news.lookTogether(caller, [all, one]);
  await stage.deliver(caller, 'Work', letter('five'));
  await news.lookTogether(caller, [all, one]);
  expect(told(all.told)).toEqual([
    'received Work 1',
    'reset mailbox-renamed Work Play',
    'received Play 2',
    'reset mailbox-renamed Play Work',
    'received Work 3',
    'reset mailbox-not-found Work',
    'reset uidvalidity-changed Work',
    'received Work 2',
  ]);
  expect(told(one.told)).toEqual([
    'received Work 1',
    'reset mailbox-not-found Work',
    'received Work 2',
    'received Work 3',
    'reset mailbox-not-found Work',
    'reset uidvalidity-changed Work',
    'received Work 2',
  ]);
});
