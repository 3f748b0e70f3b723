/**
 * The connection to the mail server is cut behind every single byte while old messages are deleted, in each direction, or
 * stands still there: is every message there that was not told as deleted, and the newest in any case?
 */
import { describe, it } from 'vitest';
import { pruneMaildrop } from '../support/cutting-prune.ts';
import { everyFew, playEveryByte, playUnharmed } from '../support/cutting-runs.ts';
import { cuttingStage, expectUnharmed } from '../support/cutting-stage.ts';
import { flavours } from '../support/pop-points.ts';

const stage = cuttingStage({ protocol: 'pop3', accounts: 100 });

let beforeMb = 0;

it('leaves the newest in each maildrop when nothing fails', async () => {
  await playUnharmed((fault) => pruneMaildrop(stage, [], fault));
  beforeMb = stage.residentMb();
});

describe.each(flavours)('$name', ({ name, hidden }) => {
  it('deletes nothing that it does not tell of, or says that nobody knows', async () => {
    await playEveryByte({
      name: `cut while pruning, POP3 ${name}`,
      how: (afterBytes) => (afterBytes % 2 === 0 ? 'FIN' : 'RST'),
      play: (fault) => pruneMaildrop(stage, hidden, fault),
    });
  });

  it('ends in time, too, where it stands still', async () => {
    await playEveryByte({
      name: `stalled while pruning, POP3 ${name}`,
      how: () => 'stall',
      every: everyFew,
      play: (fault) => pruneMaildrop(stage, hidden, fault),
    });
  });
});

it('is alive afterwards, and has kept nothing', () => expectUnharmed(stage, beforeMb));
