/**
 * A call that meets the fault: how does it end, how soon, and is anything left of it?
 */
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { expectInTime, expectReleased } from './cutting-answers.ts';
import type { Fault, Passed } from './cutting-relay.ts';
import type { Run } from './cutting-stage.ts';

export interface Met<T> {
  readonly answer: T;
  readonly slowestMs: number;
  readonly passed: readonly Passed[];
  readonly passedBefore: readonly Passed[];
  readonly hasFailed: boolean;
}

/** When this is over the server is done with it. `troublesOf`: the kinds of what went wrong. */
export async function meetFault<T>(
  run: Run,
  fault: Fault | null,
  call: () => Promise<T>,
  troublesOf: (answer: T) => readonly string[],
): Promise<Met<T>> {
  const started = Date.now();
  const { answer, slowestMs } = await run.meetingFault(async () => ({
    answer: await call(),
    slowestMs: Date.now() - started,
  }));
  const { passed, passedByLogin, hasFailed } = run.relay;
  const troubles = troublesOf(answer);
  expectInTime(fault, troubles, slowestMs);
  if (troubles.length > 0) await expectReleased(run.relay);
  await run.relay.settled();
  // A session whose end is not noticed yet is met by this, since a read is repeated and a change is not.
  await run.postern.json(EmailPageSchema, run.caller, '/v1/imap/mailboxes/inbox/messages');
  return { answer, slowestMs, passed, passedBefore: passedByLogin, hasFailed };
}
