/**
 * The connection to the mail server is cut behind every single byte of a download and its acknowledgement, in each
 * direction: is every message still on the server or safe with the program that acknowledged it?
 */
import { describe, it } from 'vitest';
import { emptyMaildrop } from '../support/cutting-maildrop.ts';
import { playEveryByte, playUnharmed } from '../support/cutting-runs.ts';
import { cuttingStage, expectUnharmed } from '../support/cutting-stage.ts';
import { flavours } from '../support/pop-points.ts';

const stage = cuttingStage({ protocol: 'pop3', accounts: 16 });

let beforeMb = 0;

it('empties each maildrop when nothing fails', async () => {
  await playUnharmed((fault) => emptyMaildrop(stage, [], fault));
  beforeMb = stage.residentMb();
});

describe.each(flavours)('$name', ({ name, hidden }) => {
  it('loses no message and has none twice', async () => {
    await playEveryByte({
      name: `cut, POP3 ${name}`,
      how: (afterBytes) => (afterBytes % 2 === 0 ? 'FIN' : 'RST'),
      play: (fault) => emptyMaildrop(stage, hidden, fault),
    });
  });
});

it('is alive afterwards, and has kept nothing', () => expectUnharmed(stage, beforeMb));
