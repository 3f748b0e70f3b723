/**
 * Does somebody who listens miss anything when connections are cut? The long form is `test/breaks/events-cut.test.ts`.
 */
import { expect, it } from 'vitest';
import { followed } from '../support/event-follower.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { imapStage } from '../support/imap-stage.ts';
import { seeded } from '../support/random.ts';

const stage = imapStage();

it('two know the mailbox by its events alone after 100 changes, however often they were cut off', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = await stage.callerWith([]);
  const program = await stage.program(caller);
  const setting = { stage, relay, program, caller: relay.through(caller), random: seeded(20261123) };
  const counts = await followed(setting, 2, 100, { leaving: 80, losing: 30, killingPostern: 0 });
  expect(counts.cuts).toBeGreaterThan(5);
  expect(counts.streams).toBeGreaterThan(3);
  await relay.stop();
});
