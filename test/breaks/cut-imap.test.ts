/**
 * The connection to the mail server is cut behind every single byte, in each direction, while one message is moved or deleted:
 * is it where the answer says, and is everything else where it was?
 */
import { describe, it } from 'vitest';
import { takeMessage, takings } from '../support/cutting-mailbox.ts';
import { playEveryByte, playUnharmed } from '../support/cutting-runs.ts';
import { cuttingStage, expectUnharmed } from '../support/cutting-stage.ts';

const stage = cuttingStage({ protocol: 'imap', accounts: 16 });

let beforeMb = 0;

it('takes a message out of each mailbox when nothing fails', async () => {
  const [taking] = takings;
  await playUnharmed((fault) => takeMessage(stage, taking, fault));
  beforeMb = stage.residentMb();
});

describe.each(takings)('$name', (taking) => {
  it('loses no message and changes no other', async () => {
    await playEveryByte({
      name: `cut, IMAP ${taking.name}`,
      how: (afterBytes) => (afterBytes % 2 === 0 ? 'FIN' : 'RST'),
      play: (fault) => takeMessage(stage, taking, fault),
    });
  });
});

it('is alive afterwards, and has kept nothing', () => expectUnharmed(stage, beforeMb));
