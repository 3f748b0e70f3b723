/**
 * Ten thousand broken conversations: no hang, no crash, no wrong data, and no memory lost over them.
 *
 * `FUZZ_SEED` plays others, `FUZZ_CASES` more or fewer, `FUZZ_CASE` a single one again, and `FUZZ_CALL` those of a call by its
 * name.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { crashesIn, fuzzed, recordedFrom } from '../support/fuzz-stage.ts';
import { startMailHost } from '../support/mail.ts';
import { startPostern } from '../support/postern.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const cases = Number(process.env['FUZZ_CASES'] ?? 10_000);
const only = process.env['FUZZ_CASE'];
const call = process.env['FUZZ_CALL'];
const numbers = only === undefined ? Array.from({ length: cases }, (_, index) => index) : [Number(only)];

/** Two halves of 5,000 cases differed by 46 MB when this was written: what V8 had not collected yet. */
const mostGrowthMb = 150;

function residentMb(pid: number): number {
  const kiB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round((Number(kiB) * 1024) / 1e6);
}

const halvesOf = (all: readonly number[]): (readonly number[])[] => {
  const middle = Math.floor(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
};

it(`takes no harm of ${numbers.length} conversations with Dovecot that were broken`, async () => {
  const host = await startMailHost();
  const postern = await startPostern({});
  const recorded = await recordedFrom(postern, host);
  const conversations = recorded.filter(({ operation }) => call === undefined || operation.name === call);
  const memory = [residentMb(postern.workers.pid)];
  const start = performance.now();
  const complaints: string[] = [];
  const outcomes: Record<string, number> = {};
  let longestMs = 0;
  for (const half of halvesOf(numbers)) {
    const report = await fuzzed(postern, conversations, { seed, numbers: half, atOnce: 32 });
    complaints.push(...report.complaints);
    for (const [outcome, count] of Object.entries(report.outcomes))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
    longestMs = Math.max(longestMs, report.longestMs);
    memory.push(residentMb(postern.workers.pid));
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(
    `fuzz: seed ${seed}, ${numbers.length} cases in ${seconds} s, the longest ${Math.round(longestMs)} ms;`,
    `workerd ${memory.join(', ')} MB at the beginning, half-way and at the end;`,
    outcomes,
  );
  expect(complaints).toEqual([]);
  const [, halfWay = 0, end = 0] = memory;
  expect(end - halfWay).toBeLessThan(mostGrowthMb);
  expect(crashesIn(postern.log)).toEqual([]);
  await postern.stop();
  await host.stop();
});
