/**
 * Does every message reach the receiver, whatever is killed, cut or refused on the way, and none that is old?
 *
 * `CRASH_SEED` plays the same faults again.
 */
import { expect, it } from 'vitest';
import { watchThrough } from '../support/watch-campaign.ts';

const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);

it.each([
  { protocol: 'imap', messages: 2_000, kills: 50, cuts: 50, isReadWhenSent: false },
  // Not cut: a mail server that was lost while a message was read is left alone for a minute.
  { protocol: 'imap', messages: 200, kills: 15, cuts: 0, isReadWhenSent: true },
  { protocol: 'pop3', messages: 200, kills: 15, cuts: 15, isReadWhenSent: false },
] as const)(
  'over $protocol each of $messages messages reaches the receiver, under one id, through $kills kills and $cuts cuts ($isReadWhenSent)',
  async (campaign) => {
    console.log(`CRASH_SEED=${seed}`);
    const outcome = await watchThrough({ ...campaign, seed });
    console.log(`${campaign.protocol}: ${JSON.stringify(outcome)}`);
    // What fails a third of the time has it come again about half as often as it comes.
    expect(outcome.again).toBeGreaterThan(campaign.messages / 4);
  },
);
