/**
 * A program that adds or copies a message with an `Idempotency-Key`, and repeats it until it is told that it was done.
 */
import { expect } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { NewEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { type Found, messagesIn, type Placed } from './cutting-accounts.ts';
import { problemIn } from './cutting-answers.ts';
import { meetFault } from './cutting-fault.ts';
import type { Fault } from './cutting-relay.ts';
import type { Ended } from './cutting-runs.ts';
import type { CuttingStage, Run } from './cutting-stage.ts';
import { append } from './imap-append.ts';
import { letter } from './mail.ts';
import { sha256Of } from './maildir.ts';

const added = letter('added');

/** In the mailbox where it is to come there is one of the same length, and another one that is marked as deleted. */
const keyedMail: readonly Placed[] = [
  { bytes: letter('marked 1'), flags: 'T' },
  { bytes: added, flags: 'F' },
  { mailbox: 'Archive', bytes: letter('dadde'), flags: 'S' },
  { mailbox: 'Archive', bytes: letter('marked 2'), flags: 'T' },
];

export interface Keyed {
  readonly name: string;
  readonly call: (run: Run, key: string) => Promise<Response>;
  /** Of the message that comes. */
  readonly flags: string;
}

const messagesOf = (mailbox: string): string => `/v1/imap/mailboxes/${mailbox}/messages`;

export const keyedCalls: readonly [Keyed, ...Keyed[]] = [
  {
    name: 'append with an Idempotency-Key',
    call: ({ postern, caller }, key) =>
      append(postern, caller, messagesOf('archive'), { bytes: added, headers: { 'Idempotency-Key': key } }),
    flags: '',
  },
  {
    name: 'copy with an Idempotency-Key',
    call: ({ postern, caller, uidValidity }, key) =>
      postern.call(caller, `${messagesOf('inbox')}/${uidValidity}.2/copy`, {
        body: { mailboxId: mailboxIdOf('Archive') },
        headers: { 'Idempotency-Key': key },
      }),
    flags: 'F',
  },
];

interface Answer {
  /** `done`, or the kind of what went wrong. */
  readonly how: string;
  readonly id: string | null;
  readonly retryAfterMs: number;
}

/** One run: the call with the fault, and the same call until it is answered with success. */
export const addOnce = (stage: CuttingStage, keyed: Keyed, fault: Fault | null): Promise<Ended> =>
  stage.run({ fault, hidden: [], messages: keyedMail }, async (run) => {
    const key = `key-${run.uidValidity}`;
    const before = mailOf(run);
    const { answer: first, ...met } = await meetFault(
      run,
      fault,
      () => answered(run, keyed, key),
      ({ how }) => (how === 'done' ? [] : [how]),
    );
    expectKept(keyed, before, mailOf(run), first.how === 'done' ? [1] : [0, 1]);
    const answers = [first];
    while (answers.at(-1)?.how !== 'done') answers.push(await repeated(run, keyed, key, answers));
    const last = await answered(run, keyed, key);
    await run.relay.settled();
    const after = mailOf(run);
    expectKept(keyed, before, after, [1]);
    expect([answers.at(-1)?.id, last.id], 'where it is told to be').toEqual(after.come.flatMap(({ id }) => [id, id]));
    return { ...met, how: howOf(answers) };
  });

/** Its outcome may be in doubt, for as long as the server could still do what it was asked for. */
async function repeated(run: Run, keyed: Keyed, key: string, answers: readonly Answer[]): Promise<Answer> {
  expect(answers.length, 'answers without an end').toBeLessThan(6);
  await run.waiting(answers.at(-1)?.retryAfterMs ?? 0);
  const answer = await answered(run, keyed, key);
  if (answer.how === 'done') return answer;
  expect(answer.how, 'why it is not done, since nothing happens any more').toBe('idempotency-key-in-doubt');
  expect(answer.retryAfterMs, 'when it will be known').toBeGreaterThan(0);
  return answer;
}

async function answered(run: Run, { call }: Keyed, key: string): Promise<Answer> {
  const response = await call(run, key);
  const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1000;
  if (!response.ok) return { how: await problemIn(response), id: null, retryAfterMs };
  expect(response.status).toBe(201);
  return { how: 'done', id: NewEmailSchema.parse(await response.json()).id, retryAfterMs };
}

interface Mail {
  readonly others: readonly Found[];
  readonly come: readonly Found[];
}

function mailOf({ maildir }: Run): Mail {
  const archive = messagesIn(maildir, 'Archive');
  const hasCome = ({ digest }: Found): boolean => digest === sha256Of(added);
  return {
    others: [...messagesIn(maildir, 'INBOX'), ...archive.filter((message) => !hasCome(message))],
    come: archive.filter(hasCome),
  };
}

function expectKept({ flags }: Keyed, before: Mail, after: Mail, times: readonly number[]): void {
  expect(after.others, 'the other messages').toEqual(before.others);
  expect(times, 'how often it is there').toContain(after.come.length);
  for (const message of after.come) expect(message.flags).toBe(flags);
}

const howOf = (answers: readonly Answer[]): string => answers.map(({ how }) => how).join(', then ');
