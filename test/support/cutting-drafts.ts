/**
 * A program that saves a draft again, and what has to be true of the old one and the new one behind a fault.
 */
import { expect } from 'vitest';
import { z } from 'zod';
import { NewEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { type Found, messagesIn, type Placed } from './cutting-accounts.ts';
import { openKinds, problemIn } from './cutting-answers.ts';
import { meetFault } from './cutting-fault.ts';
import type { Fault } from './cutting-relay.ts';
import type { Ended } from './cutting-runs.ts';
import type { CuttingStage, Run } from './cutting-stage.ts';
import { append } from './imap-append.ts';
import { letter } from './mail.ts';
import { sha256Of } from './maildir.ts';

const [oldText, newText] = [letter('old text'), letter('another text')];

/** Somebody else has marked two of them as deleted, one of them a draft, and has not expunged them. */
const draftedInbox: readonly Placed[] = [
  { bytes: letter('marked 1'), flags: 'DT' },
  { bytes: oldText, flags: 'DF' },
  { bytes: letter('stays'), flags: 'D' },
  { bytes: letter('marked 2'), flags: 'ST' },
];

interface Mail {
  readonly others: readonly Found[];
  readonly olds: readonly Found[];
  readonly news: readonly Found[];
}

interface Answer {
  /** `done`, or the kind of what went wrong. */
  readonly how: string;
  /** Of the new text, as far as it is told. */
  readonly newId: unknown;
}

/** Where the new text is, of a problem that tells it. */
const PartlyDone = z.looseObject({ copy: z.looseObject({ id: z.string() }).optional() });

/** One run: the call with the fault, and once more without. */
export const saveDraft = (stage: CuttingStage, fault: Fault | null): Promise<Ended> =>
  stage.run({ fault, hidden: [], messages: draftedInbox }, async (run) => {
    const before = mailOf(run);
    const { answer, ...met } = await meetFault(
      run,
      fault,
      () => answered(run),
      // It tells that both are there, which the end of a connection is one reason for.
      ({ how }) => (how === 'done' || how === 'partly-done' ? [] : [how]),
    );
    const after = mailOf(run);
    expectTruth(answer, before, after);

    const repeat = await answered(run);
    await run.relay.settled();
    const last = mailOf(run);
    expect(repeat.how, 'the repeat').toBe(after.olds.length === 0 ? 'message-not-found' : 'done');
    expect(last.others, 'the other messages, at last').toEqual(before.others);
    expect(last.olds, 'the old text, at last').toEqual([]);
    expect(last.news.length, 'the new text, at last').toBe(after.news.length + after.olds.length);
    return { ...met, how: answer.how };
  });

function mailOf({ maildir }: Run): Mail {
  const found = messagesIn(maildir, 'INBOX');
  const [old, anew] = [sha256Of(oldText), sha256Of(newText)];
  return {
    others: found.filter(({ digest }) => digest !== old && digest !== anew),
    olds: found.filter(({ digest }) => digest === old),
    news: found.filter(({ digest }) => digest === anew),
  };
}

function expectTruth({ how, newId }: Answer, before: Mail, after: Mail): void {
  const { olds, news } = after;
  expect(after.others, 'the other messages').toEqual(before.others);
  expect([
    [1, 0],
    [1, 1],
    [0, 1],
  ]).toContainEqual([olds.length, news.length]);
  for (const message of news) expect(message.flags, 'flags of the new text').toBe('DF');
  if (how === 'done') expect(olds, 'the old text').toEqual([]);
  if (how === 'done' || how === 'partly-done') expect(news, 'the new text').toMatchObject([{ id: newId }]);
  else if (!openKinds.includes(how)) expect(after, 'what was not to change').toEqual(before);
}

async function answered({ postern, caller, uidValidity }: Run): Promise<Answer> {
  const path = `/v1/imap/mailboxes/inbox/messages/${uidValidity}.2`;
  const response = await append(postern, caller, path, { method: 'PUT', bytes: newText });
  if (response.ok) return { how: 'done', newId: NewEmailSchema.parse(await response.json()).id };
  const { copy } = PartlyDone.parse(await response.clone().json());
  return { how: await problemIn(response), newId: copy?.id };
}
