/**
 * Who wants to be told at once, is told at once?
 */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { letter } from '../support/mail.ts';
import { subscriptionsPath, toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();
/** Nothing that is looked for by itself would come within a test. */
const live = { mode: 'live', pollSeconds: 3_600 } as const;

// First of all: others of this file would open sessions as well.
it('nobody waits any more for one that is paused', async () => {
  const caller = await stage.caller('imap');
  const { id } = await stage.subscribe(caller, live);
  await stage.deliver(caller, 'INBOX', letter('heard'));
  await stage.receiver.next();
  const sessions = (event: string): number =>
    stage.postern.log.filter((line) => line.includes(event) && line.includes('"imap"')).length;
  const open = sessions('session.opened') - sessions('session.closed');
  const body = { status: 'paused' };
  await stage.postern.json(z.looseObject({}), caller, `${subscriptionsPath}/${id}`, { method: 'PATCH', body });
  await expect.poll(() => sessions('session.opened') - sessions('session.closed')).toBeLessThan(open);
});

it('a message is told when the server tells of it, again and again', async () => {
  const caller = await stage.caller('imap');
  const { id } = await stage.subscribe(caller, live);
  for (const label of ['first', 'second', 'third']) {
    await stage.deliver(caller, 'INBOX', letter(label));
    expect(toldBy(await stage.receiver.next()).data.subscriptionId).toBe(id);
  }
  expect(stage.receiver.take()).toEqual([]);
});

it('a session that is lost, and everything with it, is begun anew', async () => {
  const caller = await stage.caller('imap');
  await stage.subscribe(caller, { ...live, pollSeconds: 1 });
  await stage.host.dovecot.kick(caller.user);
  await stage.deliver(caller, 'INBOX', letter('after-the-session'));
  toldBy(await stage.receiver.next());
  await stage.postern.crashAndRestart();
  await stage.deliver(caller, 'INBOX', letter('after-everything'));
  toldBy(await stage.receiver.next());
});
