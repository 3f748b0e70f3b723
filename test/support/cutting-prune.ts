/**
 * A maildrop of which all but the newest message is to go, and what has to be true of it behind a fault.
 */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { PrunedSchema } from '../../src/maildrop/schema/prune.ts';
import { canarySubject } from './canary.ts';
import { messagesIn, type Placed } from './cutting-accounts.ts';
import { expectInTime, expectReleased, openKinds, problemIn } from './cutting-answers.ts';
import type { Fault } from './cutting-relay.ts';
import type { Ended } from './cutting-runs.ts';
import type { CuttingStage, Run } from './cutting-stage.ts';
import { sha256Of } from './maildir.ts';
import { prunePath } from './pop-aged.ts';

/** Small, as each of their bytes is one to fail behind; of a length each, by which it is known again. */
const maildrop: readonly Placed[] = [1, 2, 3].map((number) => ({
  bytes: Buffer.from(
    `Date: ${number} Jan 2020 09:30 GMT\r\nSubject: ${canarySubject}\r\n\r\n${'.'.repeat(number)}\r\n`,
  ),
  flags: '',
}));

const bySize = new Map(maildrop.map(({ bytes }) => [bytes.length, sha256Of(bytes)]));
const all = [...bySize.values()];
const newest = all.slice(-1);

/** What was told: the digests of what is gone, or the kind of what went wrong. */
type Told = readonly string[] | string;

/** One run: a call with the fault, and one without. */
export const pruneMaildrop = (stage: CuttingStage, hidden: readonly string[], fault: Fault | null): Promise<Ended> =>
  stage.run({ fault, hidden, messages: maildrop }, async (run) => {
    const onDisk = (): string[] => messagesIn(run.maildir, 'INBOX').map(({ digest }) => digest);
    const { told, slowestMs } = await run.meetingFault(() => pruned(run));
    const { passed, hasFailed } = run.relay;
    const troubles = typeof told === 'string' ? [told] : [];
    expectInTime(fault, troubles, slowestMs);
    if (troubles.length > 0) await expectReleased(run.relay);
    await run.relay.settled();
    expectTruth(told, onDisk());

    const left = onDisk();
    const second = await pruned(run);
    await run.relay.settled();
    expect(second.told, 'what goes then').toEqual(all.slice(0, -1).filter((digest) => left.includes(digest)));
    expect(onDisk(), 'what is in the maildrop at last').toEqual(newest);
    return { how: typeof told === 'string' ? told : `deleted ${told.length}`, slowestMs, passed, hasFailed };
  });

/** The newest stays in any case. The others are gone if that was told, and else all of them or none, if nobody could know. */
function expectTruth(told: Told, left: readonly string[]): void {
  if (typeof told !== 'string') {
    expect([told, left], 'what is told, and left').toEqual([all.slice(0, -1), newest]);
    return;
  }
  const isDone = openKinds.includes(told) && left.length === newest.length;
  expect(left, 'what is left').toEqual(isDone ? newest : all.toSorted());
}

async function pruned({ postern, caller }: Run): Promise<{ readonly told: Told; readonly slowestMs: number }> {
  const started = Date.now();
  const body = { olderThanDays: 1, keepNewest: 1 };
  const response = await postern.call(caller, prunePath, { body });
  const told = response.ok ? goneOf(await response.json()) : await problemIn(response);
  return { told, slowestMs: Date.now() - started };
}

function goneOf(answer: unknown): readonly string[] {
  const { messages, deleted, notDeleted, hasMore } = PrunedSchema.parse(answer);
  expect([deleted, notDeleted, hasMore]).toEqual([messages.length, [], false]);
  return messages.map(({ size }) => bySize.get(size) ?? '');
}
