/**
 * The connection to the mail server is cut behind every few bytes after the login, in each direction, while three messages
 * are moved, removed or marked at once: is each of them what its outcome says, and is everything else as it was?
 */
import { describe, it } from 'vitest';
import { batchTakings, takeMessages } from '../support/cutting-batches.ts';
import { everyFew, playEveryByte, playUnharmed } from '../support/cutting-runs.ts';
import { cuttingStage, expectUnharmed } from '../support/cutting-stage.ts';

const stage = cuttingStage({ protocol: 'imap', accounts: 16 });

let beforeMb = 0;

it('takes three messages at once out of each mailbox when nothing fails', async () => {
  const [taking] = batchTakings;
  await playUnharmed((fault) => takeMessages(stage, taking, fault));
  beforeMb = stage.residentMb();
});

describe.each(batchTakings)('$name', (taking) => {
  it('loses no message and changes no other', async () => {
    await playEveryByte({
      name: `cut, IMAP ${taking.name}`,
      how: (afterBytes) => (afterBytes % 2 === 0 ? 'FIN' : 'RST'),
      play: (fault) => takeMessages(stage, taking, fault),
      every: everyFew,
    });
  });
});

it('is alive afterwards, and has kept nothing', () => expectUnharmed(stage, beforeMb));
