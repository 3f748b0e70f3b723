/**
 * What a test inside workerd has around it: a mail server, a receiver, Postern, and a clock that it moves.
 *
 * The clock stands still until it is moved, and begins far ahead of the machine's: so no alarm goes off by itself, and each is run when
 * its time has come. Sockets and deadlines have the time of the machine.
 */
/// <reference types="@cloudflare/vitest-plugin/types" />
import { listDurableObjectIds, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, inject, vi } from 'vitest';
import { z } from 'zod';
import { EventBodySchema } from '../../src/watch/schema/event-body.ts';
import { tracesInLog } from '../support/canary.ts';
import type { Caller } from '../support/postern.ts';
import { signatureFaults } from '../support/webhook-signature.ts';
import type { Deed, WorldCommands } from '../support/world-commands.ts';

export type Watcher = ReturnType<typeof env.WATCHER.get>;

/** Has something done in the world outside. */
export async function world<Name extends keyof WorldCommands>(
  name: Name,
  told: Parameters<WorldCommands[Name]>[0],
): Promise<Awaited<ReturnType<WorldCommands[Name]>>> {
  const response = await fetch(`${inject('world')}/${name}`, { method: 'POST', body: JSON.stringify(told) });
  if (!response.ok) throw new Error(`${name}: ${await response.text()}`);
  return response.json<Awaited<ReturnType<WorldCommands[Name]>>>();
}

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

const LogLine = z.looseObject({ event: z.string() });
export type LogLine = z.output<typeof LogLine>;

let logged: string[] = [];

/** What Postern has logged of that kind, in this test. */
export const logOf = (event: string): readonly LogLine[] =>
  logged.map((line) => LogLine.parse(JSON.parse(line))).filter((line) => line.event === event);

let receiver: Awaited<ReturnType<WorldCommands['receiver']>> | undefined;
/** Ids are listed after their objects are gone. */
let gone: ReadonlySet<string> = new Set();

/** For each test of a file: a clock, a log and a receiver of its own, and nothing stored by the one before. */
export function withMovedClock(): void {
  beforeEach(async () => {
    logged = [];
    receiver = await world('receiver', null);
    gone = new Set((await listDurableObjectIds(env.WATCHER)).map(String));
    vi.spyOn(console, 'log').mockImplementation((line: unknown) => {
      logged.push(String(line));
    });
    const ahead = Date.now() + 30 * day;
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(ahead);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await reset();
    vi.restoreAllMocks();
    expect(tracesInLog(logged.join('\n')), 'canaries in the log').toEqual([]);
  });
}

export async function call(caller: Caller, path: string, method = 'GET', body?: unknown): Promise<Response> {
  const { user, password, mailServer, token } = caller;
  const headers = {
    ...(token === undefined
      ? { Authorization: `Basic ${btoa(`${user}:${password}`)}`, 'Mail-Server': mailServer }
      : { Authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
  };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return exports.default.fetch(`https://postern.example${path}`, init);
}

/** A call that is to go well. */
export async function json<S extends z.ZodType>(
  schema: S,
  ...[caller, path, method, body]: Parameters<typeof call>
): Promise<z.output<S>> {
  const response = await call(caller, path, method, body);
  const text = await response.text();
  expect(response.ok, `${method ?? 'GET'} ${path}: ${response.status} ${text}`).toBe(true);
  return schema.parse(text === '' ? null : JSON.parse(text));
}

function theReceiver(): NonNullable<typeof receiver> {
  if (receiver === undefined) throw new Error('It is there when a test is');
  return receiver;
}

/** What the receiver does from now on: one after the other, the last one for ever. */
export const behave = (...does: readonly Deed[]): Promise<null> => world('behave', { port: theReceiver().port, does });

const Subscribed = z.looseObject({ id: z.string(), secret: z.string() });

/** With the receiver's secret; looked at each minute unless the wish says otherwise. */
export async function subscribe(
  caller: Caller,
  wish: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly id: string; readonly secret: string }> {
  const { url, secret } = theReceiver();
  return json(Subscribed, caller, '/v1/subscriptions', 'POST', { url, secret, pollSeconds: 60, ...wish });
}

/** The only account's. */
export async function watcher(): Promise<Watcher> {
  const [id, ...others] = (await listDurableObjectIds(env.WATCHER)).filter((one) => !gone.has(String(one)));
  if (id === undefined || others.length > 0) throw new Error(`${others.length} others beside ${id}`);
  return env.WATCHER.get(id);
}

export const alarmOf = (stub: Watcher): Promise<number | null> =>
  runInDurableObject(stub, (_, { storage }) => storage.getAlarm());

/** More at one moment are not work that is done in pieces, but work that does not come to an end. */
const mostAlarmsAtOnce = 20;

/** Runs what alarms there are in that time, each at its own; answers how many there were. */
export async function passes(ms: number, stub?: Watcher): Promise<number> {
  const watching = stub ?? (await watcher());
  const endMs = Date.now() + ms;
  let atOnce = 0;
  for (let count = 0; ; count++) {
    const alarmMs = await alarmOf(watching);
    if (alarmMs === null || alarmMs > endMs) {
      vi.setSystemTime(endMs);
      return count;
    }
    atOnce = alarmMs > Date.now() ? 0 : atOnce + 1;
    if (atOnce > mostAlarmsAtOnce) throw new Error(`${atOnce} alarms at one moment`);
    vi.setSystemTime(Math.max(alarmMs, Date.now()));
    await runDurableObjectAlarm(watching);
  }
}

export interface Event {
  readonly id: string;
  readonly path: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** What tells its message apart; null where it is about none, or has no subject. */
  readonly label: string | null;
  /** Milliseconds since 1970, cut to seconds. */
  readonly sentMs: number;
}

/** What the receiver was sent since this was asked the last time: each as the contract has it, and signed at the time that it says. */
export async function told(): Promise<readonly Event[]> {
  const { port, secret } = theReceiver();
  const received = await world('received', { port });
  const nowMs = Date.now();
  const events = received.map(({ path, headers, body }) => {
    const signed = { headers, body: new TextEncoder().encode(body) };
    const sentMs = Number(headers['webhook-timestamp']) * 1000;
    vi.setSystemTime(sentMs);
    expect(signatureFaults(signed, secret)).toEqual([]);
    const event = EventBodySchema.parse(JSON.parse(body));
    const label =
      'message' in event.data && 'subject' in event.data.message
        ? (event.data.message.subject?.split(' ').at(-1) ?? null)
        : null;
    return { id: headers['webhook-id'] ?? '', path, ...event, label, sentMs };
  });
  vi.setSystemTime(nowMs);
  return events;
}

/** In few words: `message.received of 1`. */
export const inShort = ({ type, label, data }: Event): string =>
  [
    type,
    ...(label === null ? [] : [`of ${label}`]),
    ...('reason' in data ? [`for ${String(data['reason'])}`] : []),
  ].join(' ');

/** What was told in that time, in few words. */
export async function toldWithin(ms: number, stub?: Watcher): Promise<readonly string[]> {
  await passes(ms, stub);
  return (await told()).map(inShort);
}

/** These are put into the INBOX, as mail that comes now. */
export const arrive = (caller: Caller, ...labels: readonly string[]): Promise<null> =>
  arriveIn('INBOX', caller, ...labels);

export const arriveIn = (mailbox: string, { user }: Caller, ...labels: readonly string[]): Promise<null> =>
  world('deliver', { user, mails: labels.map((label) => ({ label, mailbox, receivedAtMs: Date.now() })) });
