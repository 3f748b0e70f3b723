/**
 * Does whatever a mail server says end in a right answer or a problem with a name? A sample; `test/faults/` has the rest.
 */
import { expect, it } from 'vitest';
import { crashesIn, fuzzed, recordedFrom } from '../support/fuzz-stage.ts';
import { startMailHost } from '../support/mail.ts';
import { startPostern } from '../support/postern.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 20261123);
const cases = 300;

it(`takes no harm of ${cases} conversations with Dovecot that were broken`, async () => {
  const host = await startMailHost();
  const postern = await startPostern({});
  const conversations = await recordedFrom(postern, host);
  const start = performance.now();
  const numbers = Array.from({ length: cases }, (_, index) => index);
  const { outcomes, complaints, longestMs } = await fuzzed(postern, conversations, { seed, numbers, atOnce: 24 });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`fuzz: seed ${seed}, ${cases} cases, ${seconds} s, longest ${longestMs.toFixed(0)} ms`, outcomes);
  expect(complaints).toEqual([]);
  expect(crashesIn(postern.log)).toEqual([]);
  await postern.stop();
  await host.stop();
});
