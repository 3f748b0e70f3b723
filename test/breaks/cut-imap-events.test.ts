/**
 * The connection to the mail server is cut behind some of the bytes after the login, in each direction, while somebody listens:
 * is every change told to one who goes on from the last event?
 *
 * One that stands still while nothing is to be told is found out after minutes only (docs/events.md), so there is no such test.
 */
import { it } from 'vitest';
import { followEvents } from '../support/cutting-reading.ts';
import { everyFew, playEveryByte } from '../support/cutting-runs.ts';
import { cuttingStage } from '../support/cutting-stage.ts';

/** One for each run: that a listener has left may be noticed when the next one has begun, and until then its mailbox is watched. */
const stage = cuttingStage({ protocol: 'imap', accounts: 250 });

it('tells of every change when somebody goes on listening from the last event', async () => {
  await playEveryByte({
    name: 'cut, IMAP events',
    how: (afterBytes) => (afterBytes % 2 === 0 ? 'FIN' : 'RST'),
    play: followEvents.bind(null, stage),
    every: 3 * everyFew,
  });
});
