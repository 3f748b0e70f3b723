/**
 * The connection to the mail server is cut, or stands still, behind every few bytes after the login, in each direction, while
 * messages are changed at once, added once, saved again and read, and mailboxes are changed: is the answer true and in time,
 * and has everybody everything once?
 *
 * What comes before the login is the same for all calls: `cut-imap` and `stall-imap` have it.
 */
import { describe, it } from 'vitest';
import { batchTakings, takeMessages } from '../support/cutting-batches.ts';
import { saveDraft } from '../support/cutting-drafts.ts';
import { changeFolder, folderChanges } from '../support/cutting-folders.ts';
import { addOnce, keyedCalls } from '../support/cutting-keys.ts';
import { exportAll, exports, syncWays, tellChanges } from '../support/cutting-reading.ts';
import { everyFew, type Play, playEveryByte, playUnharmed, type Series } from '../support/cutting-runs.ts';
import { cuttingStage, expectUnharmed } from '../support/cutting-stage.ts';

/** As many as stand still, or wait until the server cannot do any more what it was asked for, at the same time. */
const stage = cuttingStage({ protocol: 'imap', accounts: 400 });

/** Those first that wait for minutes. */
const changing: readonly (readonly [string, Play])[] = [
  ...keyedCalls.map((keyed) => [keyed.name, addOnce.bind(null, stage, keyed)] as const),
  ...batchTakings.map((taking) => [taking.name, takeMessages.bind(null, stage, taking)] as const),
  ['draft saved again', saveDraft.bind(null, stage)],
  ...folderChanges.map((change) => [change.name, changeFolder.bind(null, stage, change)] as const),
];

const reading: readonly (readonly [string, Play])[] = [
  ...syncWays.map(({ name, hidden }) => [`changes by ${name}`, tellChanges.bind(null, stage, hidden)] as const),
  ['export of small messages', exportAll.bind(null, stage, exports.small)],
];

const halves = (afterBytes: number) => (afterBytes % 2 === 0 ? 'FIN' : 'RST');
const large = { toServer: 3 * everyFew, toPostern: 15_999 * everyFew };

const series: readonly Series[] = [
  ...changing.map(([name, play]) => ({ name: `cut, IMAP ${name}`, how: halves, play, every: everyFew })),
  ...[...changing, ...reading].map(([name, play]) => ({
    name: `stalled, IMAP ${name}`,
    how: () => 'stall' as const,
    play,
    // Each stands still for half a minute.
    every: 8 * everyFew - 1,
  })),
  ...reading.map(([name, play]) => ({ name: `cut, IMAP ${name}`, how: halves, play, every: everyFew })),
  {
    name: 'cut, IMAP export with a large message',
    how: halves,
    play: exportAll.bind(null, stage, exports.large),
    every: large,
  },
];

let beforeMb = 0;

it('takes three messages at once out of each mailbox when nothing fails', async () => {
  const [taking] = batchTakings;
  await playUnharmed((fault) => takeMessages(stage, taking, fault));
  beforeMb = stage.residentMb();
});

describe.concurrent.each(series)('$name', (one) => {
  it('loses nothing, and does nothing twice', () => playEveryByte(one));
});

it('is alive afterwards, and has kept nothing', () => expectUnharmed(stage, beforeMb));
