/**
 * A program that takes one message out of an INBOX, and what has to be true of all its mail behind a fault.
 */
import { expect } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { type Found, messagesIn, type Placed } from './cutting-accounts.ts';
import { expectInTime, expectReleased, openKinds, problemIn } from './cutting-answers.ts';
import type { Fault } from './cutting-relay.ts';
import type { Ended } from './cutting-runs.ts';
import type { CuttingStage, Run } from './cutting-stage.ts';
import { letter } from './mail.ts';
import { sha256Of } from './maildir.ts';
import type { Call } from './postern.ts';

const taken = letter('taken');

/** Somebody else has marked two of them as deleted, and has not expunged them. */
const inbox: readonly Placed[] = [
  { bytes: letter('marked 1'), flags: 'T' },
  { bytes: letter('stays'), flags: 'S' },
  { bytes: taken, flags: 'F' },
  { bytes: letter('marked 2'), flags: 'ST' },
];

export interface Taking {
  readonly name: string;
  readonly call: Call;
  /** Behind the path of the message. */
  readonly query: string;
  /** What the server announces and Postern is not to know. */
  readonly hidden: readonly string[];
  /** `moved`: never in none of the two mailboxes and never in both. `copied`: never in none. `gone`: never in the other. */
  readonly what: 'moved' | 'copied' | 'gone';
}

const remove: Call = { method: 'DELETE' };
const move: Call = { method: 'PATCH', body: { mailboxId: mailboxIdOf('Trash') } };

export const takings: readonly [Taking, ...Taking[]] = [
  { name: 'DELETE into the trash by UID MOVE', call: remove, query: '', hidden: [], what: 'moved' },
  {
    name: 'DELETE into the trash by UID COPY and UID EXPUNGE',
    call: remove,
    query: '',
    hidden: ['MOVE'],
    what: 'copied',
  },
  { name: 'PATCH into another mailbox by UID MOVE', call: move, query: '', hidden: [], what: 'moved' },
  {
    name: 'PATCH into another mailbox by UID COPY and UID EXPUNGE',
    call: move,
    query: '',
    hidden: ['MOVE'],
    what: 'copied',
  },
  { name: 'DELETE for good', call: remove, query: '?permanent=true', hidden: [], what: 'gone' },
];

const listPath = '/v1/imap/mailboxes/inbox/messages';

/** What is where on the server's disk. */
interface Mail {
  readonly others: readonly Found[];
  readonly inInbox: readonly Found[];
  readonly inTrash: readonly Found[];
}

interface Answer {
  /** `done`, or the kind of what went wrong. */
  readonly how: string;
  /** Of the message in its new mailbox; null when it went nowhere. */
  readonly moved: unknown;
  readonly slowestMs: number;
}

/** One run: the call with the fault, and a list without. */
export const takeMessage = (stage: CuttingStage, taking: Taking, fault: Fault | null): Promise<Ended> =>
  stage.run({ fault, hidden: taking.hidden, messages: inbox }, async (run) => {
    const before = mailOf(run);
    const answer = await run.meetingFault(() => answered(run, taking));
    const { passed, hasFailed } = run.relay;
    expectInTime(fault, answer.how === 'done' ? [] : [answer.how], answer.slowestMs);
    if (answer.how !== 'done') await expectReleased(run.relay);
    await run.relay.settled();
    const after = mailOf(run);
    expectKept(taking, before, after);
    expectTruth(answer, before, after);

    const { messages } = await run.postern.json(EmailPageSchema, run.caller, listPath);
    const left = [...after.others, ...after.inInbox].map((message) => message.id);
    expect(messages.map((message) => message.id).sort(), 'what is listed afterwards').toEqual(left.sort());
    return { how: answer.how, slowestMs: answer.slowestMs, passed, hasFailed };
  });

function mailOf({ maildir }: Run): Mail {
  const isTaken = ({ digest }: Found): boolean => digest === sha256Of(taken);
  const found = messagesIn(maildir, 'INBOX');
  return {
    others: found.filter((message) => !isTaken(message)),
    inInbox: found.filter(isTaken),
    inTrash: messagesIn(maildir, 'Trash'),
  };
}

/** Whatever was answered. */
function expectKept({ what }: Taking, before: Mail, { others, inInbox, inTrash }: Mail): void {
  expect(others, 'the other messages').toEqual(before.others);
  expect(
    inTrash.map(({ digest }) => digest),
    'what is in the trash',
  ).toEqual(inTrash.map(() => sha256Of(taken)));
  const places = [inInbox.length, inTrash.length];
  const [gone, kept, moved, both] = [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ];
  expect({ moved: [kept, moved], copied: [kept, moved, both], gone: [kept, gone] }[what]).toContainEqual(places);
}

/** A success has happened, and a problem that does not leave it open has changed nothing. */
function expectTruth({ how, moved }: Answer, before: Mail, { inInbox, inTrash }: Mail): void {
  if (how === 'done') {
    expect(inInbox, 'what has left INBOX').toEqual([]);
    expect(moved === null ? [] : [moved], 'where it is').toMatchObject(inTrash.map((message) => ({ id: message.id })));
  } else if (!openKinds.includes(how)) {
    expect({ inInbox, inTrash }, 'what was not to change').toEqual({ inInbox: before.inInbox, inTrash: [] });
  }
}

async function answered({ postern, caller, uidValidity }: Run, { call, query }: Taking): Promise<Answer> {
  const started = Date.now();
  const response = await postern.call(caller, `${listPath}/${uidValidity}.3${query}`, call);
  const how = response.ok ? 'done' : await problemIn(response);
  const moved: unknown = response.ok && response.status !== 204 ? await response.json() : null;
  return { how, moved, slowestMs: Date.now() - started };
}
