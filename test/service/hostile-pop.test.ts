/**
 * What can a hostile POP3 server do to a caller, and to the caller's next call?
 *
 * Nothing but fail the one call that met it, as a problem with a name, and never cost a message. Those that end by a deadline
 * are in `test/faults/`.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { crashesIn } from '../support/fuzz-stage.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { isSlow, transcriptsOf, withstand } from '../support/transcript-stage.ts';

const transcripts = transcriptsOf('pop3', 'pop-login', 'pop-listing', 'pop-messages', 'pop-pruning').filter(
  (transcript) => !isSlow(transcript),
);

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

it.each(transcripts)('$name', async (transcript) => {
  await withstand(postern, transcript);
});

it('crashes nothing', () => {
  expect(crashesIn(postern.log)).toEqual([]);
});
