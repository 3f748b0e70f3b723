/**
 * The way to the mail server stands still behind every single byte, in each direction, while one message is moved or deleted,
 * and nobody says so: does the answer come in time, is the message where it says, and is everything else where it was?
 */
import { describe, it } from 'vitest';
import { takeMessage, takings } from '../support/cutting-mailbox.ts';
import { playEveryByte, playUnharmed } from '../support/cutting-runs.ts';
import { cuttingStage, expectUnharmed } from '../support/cutting-stage.ts';

const stage = cuttingStage({ protocol: 'imap', accounts: 400 });

let beforeMb = 0;

it('takes a message out of each mailbox when nothing fails', async () => {
  const [taking] = takings;
  await playUnharmed((fault) => takeMessage(stage, taking, fault));
  beforeMb = stage.residentMb();
});

describe.concurrent.each(takings)('$name', (taking) => {
  it('loses no message and changes no other, in time', async () => {
    await playEveryByte({
      name: `stalled, IMAP ${taking.name}`,
      how: () => 'stall',
      play: (fault) => takeMessage(stage, taking, fault),
    });
  });
});

it('is alive afterwards, and has kept nothing', () => expectUnharmed(stage, beforeMb));
