/**
 * What is told when mailboxes are reset, renamed, deleted and made again? Days pass in moments.
 */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Caller } from '../support/postern.ts';
import {
  arriveIn,
  inShort,
  json,
  minute,
  passes,
  subscribe,
  told,
  toldWithin,
  withMovedClock,
  world,
} from './world.ts';

withMovedClock();

const events = ['message.received', 'mailbox.reset', 'account.failed', 'account.recovered'];
const Mailboxes = z.object({ mailboxes: z.array(z.object({ id: z.string(), name: z.string() })) });

async function someone(): Promise<Caller> {
  const caller = await world('account', { protocol: 'imap' });
  await ask(caller, 'CREATE Work');
  await arriveIn('Work', caller, 'old-1', 'old-2');
  return caller;
}

const ask = (caller: Caller, ...commands: readonly string[]) => world('program', { caller, commands });

async function idOf(caller: Caller, name: string): Promise<string> {
  const { mailboxes } = await json(Mailboxes, caller, '/v1/imap/mailboxes');
  const found = mailboxes.find((mailbox) => mailbox.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found.id;
}

describe.each([
  ['by its id', false],
  ['among all', true],
])('a mailbox that is watched %s', (_, isAll) => {
  const watched = async () => {
    const caller = await someone();
    const mailboxes = isAll ? ['*'] : [await idOf(caller, 'Work')];
    await subscribe(caller, { events, mailboxes });
    await arriveIn('Work', caller, '1');
    expect(await toldWithin(2 * minute)).toEqual(['message.received of 1']);
    return caller;
  };

  it('is told to have been reset, once and before what comes then, and nothing that was in it is told again', async () => {
    const caller = await watched();
    await world('forgetMailbox', { user: caller.user, mailbox: 'Work' });
    expect(await toldWithin(5 * minute)).toEqual(['mailbox.reset for uidvalidity-changed']);
    await arriveIn('Work', caller, '2');
    expect(await toldWithin(5 * minute)).toEqual(['message.received of 2']);
  });

  it('is told to be gone when it is deleted, and made again under its name it is another, in which all is new', async () => {
    const caller = await watched();
    await ask(caller, 'DELETE Work');
    expect(await toldWithin(5 * minute)).toEqual(['mailbox.reset for mailbox-not-found']);
    await ask(caller, 'CREATE Work');
    const made = await toldWithin(5 * minute);
    expect(made).toEqual(['mailbox.reset for uidvalidity-changed']);
    await arriveIn('Work', caller, '2', '3');
    expect(await toldWithin(5 * minute)).toEqual(['message.received of 2', 'message.received of 3']);
  });

  it('is told to have been reset when it was deleted and made again meanwhile, and what is in it then is new', async () => {
    const caller = await watched();
    await ask(caller, 'DELETE Work', 'CREATE Work');
    await passes(5 * minute);
    expect((await told()).map(inShort)).toEqual(['mailbox.reset for uidvalidity-changed']);
    await arriveIn('Work', caller, '2');
    expect(await toldWithin(5 * minute)).toEqual(['message.received of 2']);
  });

  it('is told to have another name when all are watched, and else to be gone, and is at its place when it has its own again', async () => {
    const caller = await watched();
    await ask(caller, 'RENAME Work Projects');
    await arriveIn('Projects', caller, '2');
    await passes(5 * minute);
    const [reset, ...more] = await told();
    expect(reset).toMatchObject({ type: 'mailbox.reset' });
    if (isAll) {
      const newMailboxId = await idOf(caller, 'Projects');
      expect(reset?.data).toMatchObject({ reason: 'mailbox-renamed', newMailboxId });
      expect(more.map(inShort)).toEqual(['message.received of 2']);
      return;
    }
    expect([reset?.data['reason'], more]).toEqual(['mailbox-not-found', []]);
    await ask(caller, 'RENAME Projects Work');
    expect(await toldWithin(5 * minute)).toEqual(['message.received of 2']);
  });
});
