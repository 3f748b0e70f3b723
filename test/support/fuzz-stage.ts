/**
 * Fuzzes a Postern: real conversations with Dovecot, recorded first, are played again with broken replies.
 *
 * A case is a seed and a number, and nothing else decides what happens in it.
 */
import { expect } from 'vitest';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { canaryPassword } from './canary.ts';
import { marks } from './fuzz-claims.ts';
import type { Operation, Request, Target } from './fuzz-operation.ts';
import { operations, unasked } from './fuzz-operations.ts';
import { type Recorded, startRecorder } from './fuzz-recorder.ts';
import { type FuzzCase, type FuzzServer, startFuzzServer } from './fuzz-server.ts';
import { letter, type MailHost } from './mail.ts';
import type { Caller, Postern } from './postern.ts';
import { type Random, seeded } from './random.ts';

/** A conversation with a real server, and the message that it was about. */
export interface Conversation {
  readonly operation: Operation;
  readonly recorded: readonly Recorded[];
  readonly target: Target;
}

const letters = marks.map((mark) =>
  letter(mark, Array.from({ length: 8 }, (_, line) => `${mark} line ${line}`).join('\r\n')),
);

/** Each operation once, as it goes when nothing is broken. */
export async function recordedFrom(postern: Postern, host: MailHost): Promise<Conversation[]> {
  const conversations: Conversation[] = [];
  for (const operation of operations) {
    const { protocol } = operation;
    const owner = await host.caller(protocol, 'cleartext');
    for (const bytes of letters) await host.dovecot.deliver(owner.user, 'INBOX', bytes);
    const target = await targetOf(postern, operation, owner);
    await prepared(postern, owner, operation, target);
    const recorder = await startRecorder(protocol, host.dovecot.ports[protocol], operation.taught);
    const caller = { ...owner, mailServer: `${protocol}://127.0.0.1:${recorder.port}?security=none` };
    const { outcome, complaints } = await run(postern, caller, operation, target, null);
    expect([outcome, complaints], `${protocol} ${operation.name}, recorded`).toEqual([
      expect.stringMatching(/^20\d$/),
      [],
    ]);
    conversations.push({ operation, target, recorded: recorder.take() });
    await recorder.stop();
  }
  return conversations;
}

async function prepared(postern: Postern, owner: Caller, operation: Operation, target: Target): Promise<void> {
  const request = operation.prepare?.(target);
  if (request === undefined) return;
  const { path, ...call } = request;
  const response = await postern.call(owner, path, call);
  expect(response.ok, `${operation.name}: ${await response.text()}`).toBe(true);
}

/** The middle one of its messages. */
async function targetOf(postern: Postern, { protocol }: Operation, caller: Caller): Promise<Target> {
  if (protocol === 'imap') {
    const page = await postern.json(EmailPageSchema, caller, '/v1/imap/mailboxes/inbox/messages');
    const named = (id = '') => ({ id, name: id.split('.')[1] ?? '' });
    return { ...named(page.messages[2]?.id), other: named(page.messages[1]?.id) };
  }
  const page = await postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
  const [, other, one] = page.messages.map(({ id, uidl }) => ({ id, name: String(uidl) }));
  if (one === undefined || other === undefined) throw new Error('It has five messages');
  return { ...one, other };
}

interface Verdict {
  /** A status, a problem's kind, or `broken`. */
  readonly outcome: string;
  readonly complaints: readonly string[];
  readonly elapsedMs: number;
}

/** What takes longer hangs: no wait of Postern's is as long when a server that hangs up is at the other end. */
const hangMs = 30_000;

async function run(
  postern: Postern,
  caller: Caller,
  operation: Operation,
  target: Target,
  fuzzCase: FuzzCase | null,
): Promise<Verdict> {
  const start = performance.now();
  const first = await answered(postern, caller, await operation.request(target, caller));
  const complaints: string[] = [...first.complaints];
  const isJudged = first.body !== null && first.outcome.startsWith('20');
  const names = operation.protocol === 'imap' ? namesIn(target, operation) : [];
  const allowed = new Set(operation.name === 'delete' ? [target.name] : names);
  if (isJudged && first.body !== null && fuzzCase !== null) {
    complaints.push(...operation.complaints(fuzzCase, target, first.body, Number(first.outcome)));
    complaints.push(...misshapen(operation, first.body));
  }
  const next = isJudged && first.body !== null ? operation.followUp?.(first.body) : null;
  if (next && first.body !== null) {
    for (const uidl of downloadedIn(first.body)) allowed.add(uidl);
    complaints.push(...(await answered(postern, caller, next)).complaints);
  }
  if (fuzzCase !== null) complaints.push(...unasked(operation, fuzzCase, allowed));
  return { outcome: first.outcome, complaints, elapsedMs: performance.now() - start };
}

/** UIDs of the messages that the operation is about. */
const namesIn = ({ name, other }: Target, operation: Operation): string[] =>
  operation.name.startsWith('batch') ? [name, other.name] : [name];

function misshapen({ schema }: Operation, body: Uint8Array): string[] {
  const parsed = schema?.safeParse(JSON.parse(Buffer.from(body).toString()));
  return parsed === undefined || parsed.success ? [] : [`of another shape: ${parsed.error.message.slice(0, 300)}`];
}

const downloadedIn = (body: Uint8Array): string[] =>
  [
    ...Buffer.from(body)
      .toString()
      .matchAll(/^\{.*"uidl":"([^"]*)".*"type":"message"|^\{"type":"message".*?"uidl":"([^"]*)"/gm),
  ].map(([, one, other]) => one ?? other ?? '');

async function answered(postern: Postern, caller: Caller, { path, ...call }: Request) {
  const crash = (what: string) => ({ outcome: what, body: null, complaints: [what] });
  let response: Response;
  try {
    response = await postern.call(caller, path, { ...call, signal: AbortSignal.timeout(hangMs) });
  } catch (error) {
    if (error instanceof DOMException) return crash('hang');
    // So it looks when a stream breaks before its first byte has left: workerd then gives no head either.
    return /\/raw$|\/parts\/|\/export/.test(path)
      ? { outcome: 'broken at once', body: null, complaints: [] }
      : crash(`no answer: ${String(error)}`);
  }
  let body: Uint8Array;
  try {
    body = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    // What breaks off is a failure that can be seen; what stops without an end is not.
    if (error instanceof TypeError) return { outcome: 'broken', body: null, complaints: [] };
    return crash('hang');
  }
  if (response.ok) return { outcome: String(response.status), body, complaints: [] };
  const kind = /"type":"\/problems\/([a-z-]+)"/.exec(Buffer.from(body).toString())?.[1];
  if (kind === undefined || kind === 'internal' || response.status === 500)
    return crash(`crash: ${kind ?? response.status}`);
  return { outcome: kind, body: null, complaints: [] };
}

export interface FuzzReport {
  readonly outcomes: Readonly<Record<string, number>>;
  /** What was wrong, with the number of the case and how its replies were broken. */
  readonly complaints: readonly string[];
  readonly longestMs: number;
}

/** Plays these cases, so many at a time. */
export async function fuzzed(
  postern: Postern,
  conversations: readonly Conversation[],
  cases: { readonly seed: number; readonly numbers: readonly number[]; readonly atOnce: number },
): Promise<FuzzReport> {
  const outcomes: Record<string, number> = {};
  const complaints: string[] = [];
  let longestMs = 0;
  const numbers = [...cases.numbers];
  const worker = async (_: unknown, index: number): Promise<void> => {
    const server = await startFuzzServer();
    let generation = 0;
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
      const random = seeded(cases.seed * 1_000_003 + number);
      const { conversation, fuzzCase } = dealt(conversations, random);
      const user = `fuzz-${index}-${generation}@scripted.example`;
      const verdict = await played(postern, server, user, conversation, fuzzCase);
      outcomes[verdict.outcome] = (outcomes[verdict.outcome] ?? 0) + 1;
      longestMs = Math.max(longestMs, verdict.elapsedMs);
      const { operation } = conversation;
      const what = `case ${number}, ${operation.protocol} ${operation.name} (${[...fuzzCase.hows].join('; ')})`;
      complaints.push(...verdict.complaints.map((complaint) => `${what}: ${complaint}`));
      // A login that was refused is remembered of an account; the next case is not to be slowed down for it.
      if (verdict.outcome.startsWith('login')) generation += 1;
    }
    await server.stop();
  };
  await Promise.all(Array.from({ length: cases.atOnce }, worker));
  return { outcomes, complaints, longestMs };
}

function dealt(conversations: readonly Conversation[], random: Random) {
  const conversation = conversations[random.below(conversations.length)];
  if (conversation === undefined) throw new Error('Nothing was recorded');
  const { operation, recorded } = conversation;
  const keys = [...new Set(recorded.map(({ key }) => key))];
  const isBeginning = (key: string): boolean => /^(|CAPABILITY|CAPA|LOGIN|AUTH.*|USER|PASS)$/.test(key);
  const broken = new Map<string, number>();
  for (let count = random.chance(0.8) ? 1 : 2; count > 0; count--) {
    const wanted = keys.filter((key) => isBeginning(key) === random.chance(0.15));
    const key = wanted[random.below(wanted.length)] ?? keys[random.below(keys.length)] ?? '';
    broken.set(key, random.below(2 ** 31));
  }
  const fuzzCase: FuzzCase = { protocol: operation.protocol, recorded, broken, connections: [], hows: new Set() };
  return { conversation, fuzzCase };
}

function played(
  postern: Postern,
  server: FuzzServer,
  user: string,
  { operation, target }: Conversation,
  fuzzCase: FuzzCase,
): Promise<Verdict> {
  server.play(fuzzCase);
  const mailServer = `${operation.protocol}://127.0.0.1:${server.port}?security=none`;
  return run(postern, { user, password: canaryPassword, mailServer }, operation, target, fuzzCase);
}

/**
 * The lines of a log that tell of a bug. A stream that fails before its first byte has left is one for workerd, but not for us:
 * it was broken off because a mail server was.
 */
export const crashesIn = (log: readonly string[]): string[] =>
  log.filter((line) => /"event":"(object|request)\.crashed"|Fatal|uncaught exception(?!.* Failed: )/i.test(line));
