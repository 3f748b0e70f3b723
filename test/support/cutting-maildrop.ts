/**
 * A program that empties a maildrop, download, keep, acknowledge, and what has to be true of its mail behind a fault.
 */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { AcknowledgedSchema, DownloadLineSchema } from '../../src/maildrop/schema/download.ts';
import { canarySubject } from './canary.ts';
import { messagesIn, type Placed } from './cutting-accounts.ts';
import { expectInTime, expectReleased, kindOf, openKinds, problemIn } from './cutting-answers.ts';
import type { Fault } from './cutting-relay.ts';
import type { Ended } from './cutting-runs.ts';
import type { CuttingStage, Run } from './cutting-stage.ts';
import { sha256Of } from './maildir.ts';

/** Small, as each of their bytes is one to fail behind, with lines that POP3 has to disguise. */
const maildrop: readonly Placed[] = [1, 2, 3, 4, 5].map((number) => ({
  bytes: Buffer.from(`Subject: ${canarySubject} ${number}\r\n\r\n.\r\n..${'.'.repeat(number)}\r\n`),
  flags: '',
}));

const done = 'done';

interface Download {
  /** The kind of what went wrong; null when nothing did. */
  readonly trouble: string | null;
  /** The digests of the messages that came complete. */
  readonly messages: readonly string[];
  /** Null when there was no stream at all. */
  readonly receipt: string | null;
}

interface Round extends Download {
  /** `done`, the kind of what went wrong, or null when there was no receipt to send back. */
  readonly acknowledged: string | null;
  readonly slowestMs: number;
}

/** One run: a round with the fault, and one without. */
export const emptyMaildrop = (stage: CuttingStage, hidden: readonly string[], fault: Fault | null): Promise<Ended> =>
  stage.run({ fault, hidden, messages: maildrop }, async (run) => {
    const onDisk = (): string[] => messagesIn(run.maildir, 'INBOX').map(({ digest }) => digest);
    const delivered = onDisk();
    const first = await run.meetingFault(() => round(run));
    const { passed, hasFailed } = run.relay;
    const troubles = troublesOf(first);
    expectInTime(fault, troubles, first.slowestMs);
    if (troubles.length > 0) await expectReleased(run.relay);
    await run.relay.settled();
    const left = onDisk();
    expectTruth(first, delivered, left);

    const second = await round(run);
    await run.relay.settled();
    expect(troublesOf(second), 'what goes wrong without a fault').toEqual([]);
    expect(second.messages, 'what comes once more').toEqual(left);
    expect([...new Set([...first.messages, ...second.messages])].sort(), 'what the program has').toEqual(delivered);
    expect(onDisk(), 'what is in the maildrop at last').toEqual([]);
    return { how: howOf(first), slowestMs: first.slowestMs, passed, hasFailed };
  });

/** Nothing goes but what came complete and was sent back for; then all of that, and only if no answer denies it. */
function expectTruth({ messages, acknowledged }: Round, delivered: readonly string[], left: readonly string[]): void {
  expect(delivered, 'what was delivered').toEqual(expect.arrayContaining([...messages]));
  expect(new Set(messages).size, 'different messages').toBe(messages.length);
  const without = delivered.filter((digest) => !messages.includes(digest));
  const isOpen = acknowledged !== null && openKinds.includes(acknowledged);
  if (acknowledged === done || (isOpen && left.length < delivered.length))
    expect(left, 'what is left').toEqual(without);
  else expect(left, 'what is left').toEqual(delivered);
}

const troublesOf = ({ trouble, acknowledged }: Round): string[] =>
  [trouble, acknowledged].filter((kind) => kind !== null && kind !== done).map(String);

/** In a few words, for runs that ended alike to be counted. */
const howOf = ({ trouble, messages, receipt, acknowledged }: Round): string =>
  [
    `downloaded ${messages.length}`,
    ...(trouble === null ? [] : [receipt === null ? trouble : `${trouble} in the stream`]),
    ...(acknowledged === null ? [] : [`acknowledged: ${acknowledged}`]),
  ].join(', ');

async function round(run: Run): Promise<Round> {
  const started = Date.now();
  const download = await downloaded(run);
  const between = Date.now();
  const { receipt, messages } = download;
  const acknowledged = receipt === null ? null : await acknowledge(run, receipt, messages);
  return { ...download, acknowledged, slowestMs: Math.max(between - started, Date.now() - between) };
}

async function downloaded({ postern, caller }: Run): Promise<Download> {
  const response = await postern.call(caller, '/v1/pop/downloads', { body: { format: 'raw' } });
  if (!response.ok) return { trouble: await problemIn(response), messages: [], receipt: null };
  // Whatever happens to the mail server, what Postern itself says has an end.
  const text = await response.text();
  expect(text.at(-1)).toBe('\n');
  const lines = text
    .slice(0, -1)
    .split('\n')
    .map((line) => DownloadLineSchema.parse(JSON.parse(line)));
  const messages = lines.filter((line) => line.type === 'message');
  const digests = messages.map(({ raw = '', sha256 }) => {
    expect(sha256Of(Buffer.from(raw, 'base64'))).toBe(sha256);
    return sha256 ?? '';
  });
  const last = lines.at(-1);
  if (last?.type !== 'receipt') throw new Error('a download without a receipt at its end');
  expect(last.count, 'messages that the receipt covers').toBe(messages.length);
  const [trouble = null, ...more] = lines.flatMap((line) => (line.type === 'error' ? [kindOf(line.problem)] : []));
  expect(more, 'what went wrong besides').toEqual([]);
  return { trouble, messages: digests.sort(), receipt: last.receipt };
}

async function acknowledge({ postern, caller }: Run, receipt: string, messages: readonly string[]): Promise<string> {
  const response = await postern.call(caller, '/v1/pop/downloads/ack', { body: { receipt } });
  if (!response.ok) return problemIn(response);
  const { deleted, alreadyGone, notDeleted } = AcknowledgedSchema.parse(await response.json());
  expect([deleted + notDeleted.length, alreadyGone]).toEqual([messages.length, 0]);
  const [kind = done, ...more] = new Set(notDeleted.map(({ problem }) => kindOf(problem)));
  expect(more, 'what else is in the way').toEqual([]);
  return kind;
}
