/**
 * A program that moves, removes or marks three messages at once, and what has to be true of each of them behind a fault.
 */
import { expect } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { OutcomesSchema } from '../../src/mailbox/schema/changing.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { type Found, messagesIn, type Placed } from './cutting-accounts.ts';
import { kindOf, openKinds, problemIn } from './cutting-answers.ts';
import { meetFault } from './cutting-fault.ts';
import type { Fault } from './cutting-relay.ts';
import type { Ended } from './cutting-runs.ts';
import type { CuttingStage, Run } from './cutting-stage.ts';
import { letter } from './mail.ts';
import { sha256Of } from './maildir.ts';

const picked: readonly Placed[] = ['F', '', 'S'].map((flags, index) => ({
  bytes: letter(`picked ${index + 1}`),
  flags,
}));

const [one, two, three] = picked;

/** Somebody else has marked two of them as deleted, and has not expunged them. */
const mixedInbox: readonly Placed[] = [
  { bytes: letter('marked 1'), flags: 'T' },
  one,
  { bytes: letter('stays'), flags: 'S' },
  two,
  { bytes: letter('marked 2'), flags: 'ST' },
  three,
].flatMap((placed) => placed ?? []);

const digests = picked.map(({ bytes }) => sha256Of(bytes));
/** Of those that are picked, in their order. */
const uids = [2, 4, 6];

export interface BatchTaking {
  readonly name: string;
  readonly body: object;
  readonly hidden: readonly string[];
  /** As for one message alone (cutting-mailbox.ts); `marked`: always in INBOX and nowhere else. */
  readonly what: 'moved' | 'copied' | 'gone' | 'marked';
}

const move = { patch: { mailboxId: mailboxIdOf('Trash') } };

export const batchTakings: readonly [BatchTaking, ...BatchTaking[]] = [
  { name: 'batch into another mailbox by UID MOVE', body: move, hidden: [], what: 'moved' },
  { name: 'batch into another mailbox by UID COPY and UID EXPUNGE', body: move, hidden: ['MOVE'], what: 'copied' },
  { name: 'batch deleted for good', body: { delete: 'permanent' }, hidden: [], what: 'gone' },
  {
    name: 'batch marked',
    body: { patch: { keywords: { $seen: true, $flagged: null } } },
    hidden: [],
    what: 'marked',
  },
];

/** What flags a message may have while it is being marked, the last of them when it is. */
const marks: readonly (readonly string[])[] = [
  ['F', 'FS', 'S'],
  ['', 'S'],
  ['S', 'S'],
];

/** One of the picked messages on the server's disk. */
interface Whereabouts {
  readonly inInbox: readonly Found[];
  readonly inTrash: readonly Found[];
}

interface Mail {
  readonly others: readonly Found[];
  readonly picked: readonly Whereabouts[];
  readonly strangers: readonly Found[];
}

interface Outcome {
  /** `done`, or the kind of what went wrong. */
  readonly how: string;
  readonly newId: string | null | undefined;
}

const listPath = '/v1/imap/mailboxes/inbox/messages';
const places = {
  gone: [0, 0],
  kept: [1, 0],
  moved: [0, 1],
  both: [1, 1],
} as const;
const allowed = {
  moved: [places.kept, places.moved],
  copied: [places.kept, places.moved, places.both],
  gone: [places.kept, places.gone],
  marked: [places.kept],
} as const;

/** One run: the batch with the fault, and once more without. */
export const takeMessages = (stage: CuttingStage, taking: BatchTaking, fault: Fault | null): Promise<Ended> =>
  stage.run({ fault, hidden: taking.hidden, messages: mixedInbox }, async (run) => {
    const before = mailOf(run);
    const { answer: outcomes, ...met } = await meetFault(run, fault, () => outcomesOf(run, taking), troublesOf);
    const after = mailOf(run);
    expect(after.others, 'the other messages').toEqual(before.others);
    expect(after.strangers, 'what else is in the trash').toEqual([]);
    for (const [index, outcome] of outcomes.entries()) {
      const [was, is] = [before.picked[index], after.picked[index]];
      if (was === undefined || is === undefined) throw new Error('an outcome too many');
      expect(allowed[taking.what], `places of ${index + 1}`).toContainEqual([is.inInbox.length, is.inTrash.length]);
      expectTruth(taking, index, outcome, was, is);
    }
    await expectRepeatable(run, taking, before, after);
    return { ...met, how: howOf(outcomes) };
  });

function mailOf({ maildir }: Run): Mail {
  const [inbox, trash] = [messagesIn(maildir, 'INBOX'), messagesIn(maildir, 'Trash')];
  const isOther = ({ digest }: Found): boolean => !digests.includes(digest);
  return {
    others: inbox.filter(isOther),
    strangers: trash.filter(isOther),
    picked: digests.map((digest) => ({
      inInbox: inbox.filter((message) => message.digest === digest),
      inTrash: trash.filter((message) => message.digest === digest),
    })),
  };
}

/** A success has happened, and a problem that does not leave it open has changed nothing. */
function expectTruth(
  { what }: BatchTaking,
  index: number,
  { how, newId }: Outcome,
  before: Whereabouts,
  { inInbox, inTrash }: Whereabouts,
): void {
  const [flags = '', steps = []] = [before.inInbox[0]?.flags, marks[index]];
  for (const message of inTrash) expect(message.flags, 'the flags that travelled').toBe(flags);
  if (what === 'marked') expect(steps, 'flags').toContain(inInbox[0]?.flags);
  if (how === 'done' && what === 'marked') expect(inInbox[0]?.flags, 'flags').toBe(steps.at(-1));
  else if (how === 'done') {
    expect(inInbox, 'what has left INBOX').toEqual([]);
    expect(inTrash, 'where it is').toMatchObject(what === 'gone' ? [] : [{ id: newId }]);
  } else if (!openKinds.includes(how)) {
    expect({ inInbox, inTrash }, 'what was not to change').toEqual(before);
  }
}

/** Whatever was left half done, the same once more brings it to its end. */
async function expectRepeatable(run: Run, taking: BatchTaking, before: Mail, between: Mail): Promise<void> {
  const outcomes = await outcomesOf(run, taking);
  await run.relay.settled();
  const after = mailOf(run);
  expect(after.others, 'the other messages, at last').toEqual(before.others);
  for (const [index, { how }] of outcomes.entries()) {
    const [was, is, wasFirst] = [between.picked[index], after.picked[index], before.picked[index]];
    if (was === undefined || is === undefined || wasFirst === undefined) throw new Error('an outcome too many');
    expect(how, 'the repeat').toBe(was.inInbox.length === 0 ? 'message-not-found' : 'done');
    expect(is.inInbox, 'in INBOX at last').toHaveLength(taking.what === 'marked' ? 1 : 0);
    // A copy that nobody was told of is made once more.
    const most = was.inInbox.length === 0 ? 1 : was.inTrash.length + 1;
    const least = taking.what === 'moved' || taking.what === 'copied' ? 1 : 0;
    expect(is.inTrash.length, 'in the trash at last').toBeGreaterThanOrEqual(least);
    expect(is.inTrash.length, 'in the trash at last').toBeLessThanOrEqual(least === 0 ? 0 : most);
    const flags = wasFirst.inInbox[0]?.flags;
    for (const message of is.inTrash) expect(message.flags, 'the flags at last').toBe(flags);
  }
  const { messages } = await run.postern.json(EmailPageSchema, run.caller, listPath);
  const left = [...after.others, ...after.picked.flatMap(({ inInbox }) => inInbox)].map(({ id }) => id);
  expect(messages.map(({ id }) => id).sort(), 'what is listed at last').toEqual(left.sort());
}

async function outcomesOf({ postern, caller, uidValidity }: Run, { body }: BatchTaking): Promise<readonly Outcome[]> {
  const ids = uids.map((uid) => `${uidValidity}.${uid}`);
  const response = await postern.call(caller, `${listPath}/batch`, { body: { ids, ...body } });
  if (!response.ok) {
    const how = await problemIn(response);
    return ids.map(() => ({ how, newId: null }));
  }
  const { outcomes } = OutcomesSchema.parse(await response.json());
  expect(outcomes.map(({ id }) => id)).toEqual(ids);
  const hows = outcomes.map(({ problem, newId }) => ({ how: problem === undefined ? 'done' : kindOf(problem), newId }));
  expect(response.status).toBe(hows.every(({ how }) => how === 'done') ? 200 : 207);
  return hows;
}

const troublesOf = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map(({ how }) => how).filter((how) => how !== 'done');

const howOf = (outcomes: readonly Outcome[]): string => [...new Set(outcomes.map(({ how }) => how))].join(' and ');
