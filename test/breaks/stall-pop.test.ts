/**
 * The way to the mail server stands still behind every single byte of a download and its acknowledgement, in each direction,
 * and nobody says so: does every answer come in time, and is every message still on the server or safe with the program that
 * acknowledged it?
 */
import { describe, it } from 'vitest';
import { emptyMaildrop } from '../support/cutting-maildrop.ts';
import { playEveryByte, playUnharmed } from '../support/cutting-runs.ts';
import { cuttingStage, expectUnharmed } from '../support/cutting-stage.ts';
import { flavours } from '../support/pop-points.ts';

const stage = cuttingStage({ protocol: 'pop3', accounts: 400 });

let beforeMb = 0;

it('empties each maildrop when nothing fails', async () => {
  await playUnharmed((fault) => emptyMaildrop(stage, [], fault));
  beforeMb = stage.residentMb();
});

describe.concurrent.each(flavours)('$name', ({ name, hidden }) => {
  it('loses no message and has none twice, in time', async () => {
    await playEveryByte({
      name: `stalled, POP3 ${name}`,
      how: () => 'stall',
      play: (fault) => emptyMaildrop(stage, hidden, fault),
    });
  });
});

it('is alive afterwards, and has kept nothing', () => expectUnharmed(stage, beforeMb));
