/**
 * 1,000 changes, of which one or several are to know by events alone, while their streams, the mail server and Postern itself are
 * cut off at random. `EVENTS_SEED` repeats a run.
 */
import { expect, it } from 'vitest';
import { followed } from '../support/event-follower.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { imapStage } from '../support/imap-stage.ts';
import { seeded } from '../support/random.ts';

const seed = Number(process.env['EVENTS_SEED'] ?? Date.now() % 1_000_000);
const stage = imapStage();

it.each([1, 4])(
  `%i know the mailbox by its events alone after 1,000 changes, however often they were cut off (seed ${seed})`,
  async (count) => {
    const relay = await startImapRelay(stage.host.dovecot.ports.imap);
    const caller = await stage.callerWith([]);
    const program = await stage.program(caller);
    const setting = { stage, relay, program, caller: relay.through(caller), random: seeded(seed) };
    const counts = await followed(setting, count, 1000, { leaving: 60, losing: 20, killingPostern: 8 });
    console.log(`events: ${JSON.stringify(counts)}`);
    expect(counts.cuts).toBeGreaterThan(40);
    expect(counts.streams).toBeGreaterThan(30);
    await relay.stop();
  },
);
