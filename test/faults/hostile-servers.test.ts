/**
 * All hostile transcripts, those included that end by a deadline, three times over: is anything left of them in memory?
 *
 * The first pass compiles code and lets the heap grow to what the work takes; what is lost shows between the second and the
 * third. VmRSS of workerd, the one process in which both Workers run.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crashesIn } from '../support/fuzz-stage.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { isFlood, isSlow, transcriptsOf, withstand } from '../support/transcript-stage.ts';

const transcripts = [
  ...transcriptsOf(
    'imap',
    'imap-greeting',
    'imap-selecting',
    'imap-fetching',
    'imap-finding',
    'imap-syncing',
    'imap-changing',
    'imap-deadlines',
  ),
  ...transcriptsOf('pop3', 'pop-login', 'pop-listing', 'pop-messages', 'pop-pruning', 'pop-deadlines'),
];
/** 11 and 53 MB were measured; a pass receives about 300 MB from hostile servers. */
const mostGrowthMb = 150;

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const memoryMb: number[] = [];

function residentMb(): number {
  const kiB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${postern.workers.pid}/status`, 'utf8'))?.[1];
  return Math.round((Number(kiB) * 1024) / 1e6);
}

describe.each([1, 2, 3])('in pass %i', (pass) => {
  it('is given up by its deadline whoever keeps it waiting, all of them at the same time', async () => {
    const results = await Promise.allSettled(
      transcripts
        .filter((transcript) => isSlow(transcript) && !isFlood(transcript))
        .map((transcript) => withstand(postern, transcript)),
    );
    expect(results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []))).toEqual([]);
  });

  it.each(transcripts.filter((transcript) => !isSlow(transcript) || isFlood(transcript)))('$name', (transcript) =>
    withstand(postern, transcript),
  );

  it(`(${pass}) its memory is measured`, () => {
    memoryMb.push(residentMb());
  });
});

it('has its memory back', () => {
  const [first = 0, second = 0, third = 0] = memoryMb;
  console.log(
    `hostile: ${transcripts.length} transcripts, three times; workerd ${first}, ${second} and ${third} MB after each pass`,
  );
  expect(third - second).toBeLessThan(mostGrowthMb);
});

it('has crashed nothing', () => {
  expect(crashesIn(postern.log)).toEqual([]);
});
