/**
 * Callers that read slowly, stop, or go away in the middle of a message of 100 MB: what does that cost Postern and the mail
 * server, and when is the session free again?
 *
 * Memory is VmRSS of workerd, which holds both Workers; bytes are counted at a turnstile in front of the mail server. What
 * the kernel buffers on the three connections in between is part of what is taken. A session is free when its connection
 * is gone: for POP3 the next request then needs the maildrop's lock, which Dovecot gives to one session at a time here.
 */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { bigLetter } from '../support/imap-letters.ts';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { growthDuring, residentBytes } from '../support/memory.ts';
import type { Caller } from '../support/postern.ts';
import { openReader, type SlowReader } from '../support/slow-reader.ts';
import { startTurnstile, type Turnstile } from '../support/turnstile.ts';

const MB = 1_000_000;
const size = 100 * MB;
/** More than all buffers in between hold. */
const patientSize = 80 * MB;
/** What Linux lets each of three connections keep to send (tcp_wmem), and what is on its way inside Postern. */
const mostTaken = 3 * 4 * MB + 4 * limits.fetchChunkBytes;
/** The same for a fast reader, with whom the kernel's buffers for what was received grow too (tcp_rmem, up to 32 MB). */
const mostTakenFast = 45 * MB;
/** What a busy machine may take longer. */
const leewayMs = 5_000;
const inbox = messagesPath('inbox');
const stage = imapStage({ extraConfig: 'pop3_lock_session = yes' });

const ways = ['IMAP raw', 'IMAP part', 'POP3 raw', 'POP3 download'] as const;
type Way = (typeof ways)[number];

interface Place {
  readonly caller: Caller;
  readonly turnstile: Turnstile;
}

/** Each way has an account of its own, with this as its second message. */
type Places = ReadonlyMap<Way, Place>;

async function placesWith(big: Uint8Array): Promise<Places> {
  const all = new Map<Way, Place>();
  for (const way of ways) {
    const protocol = way.startsWith('IMAP') ? 'imap' : 'pop3';
    const caller = stage.host.as(await stage.callerWith([letter('small'), big]), protocol);
    const turnstile = await startTurnstile(stage.host.dovecot.ports[protocol]);
    all.set(way, { turnstile, caller: turnstile.through(caller) });
  }
  return all;
}

let places: Places;
/** For those who take minutes, all at the same time. */
let patient: { readonly slow: Places; readonly stopped: Places; readonly finished: Places };
beforeAll(async () => {
  places = await placesWith(bigLetter(size));
  const big = bigLetter(patientSize);
  patient = { slow: await placesWith(big), stopped: await placesWith(big), finished: await placesWith(big) };
});
afterAll(async () => {
  for (const all of [places, ...Object.values(patient)]) {
    for (const { turnstile } of all.values()) await turnstile.stop();
  }
});

interface Reading {
  readonly way: Way;
  readonly turnstile: Turnstile;
  readonly reader: SlowReader;
  /** What has been taken from the mail server for this. */
  taken(): number;
  /** A request that needs the session, or for POP3 the maildrop. */
  askAgain(): Promise<void>;
}

/** The head of an answer has come, and nothing of its body was read. */
async function reading(way: Way, at: Places = places): Promise<Reading> {
  const { postern } = stage;
  const { caller, turnstile } = at.get(way) ?? expect.fail('no account');
  const paths = async (): Promise<string[]> => {
    if (way.startsWith('POP3')) {
      const { messages } = await postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
      return messages.map(({ id }) => `/v1/pop/messages/${id}`);
    }
    const { messages } = await postern.json(EmailPageSchema, caller, inbox);
    return messages.map(({ id }) => `${inbox}/${id}`).reverse();
  };
  const known = await paths();
  const before = turnstile.bytesFromServer;
  const [path, body] =
    way === 'POP3 download'
      ? ['/v1/pop/downloads', { format: 'raw' }]
      : [`${known[1]}/${way === 'IMAP part' ? 'parts/1' : 'raw'}`, undefined];
  const reader = await openReader(postern, caller, path, body);
  expect(reader.status).toBe(200);
  return {
    ...{ way, turnstile, reader },
    taken: () => turnstile.bytesFromServer - before,
    async askAgain() {
      expect(await paths()).toEqual(known);
    },
  };
}

const readingAll = (at: Places = places): Promise<Reading[]> => Promise.all(ways.map((way) => reading(way, at)));

async function leaveAll(all: readonly Reading[]): Promise<void> {
  for (const { reader } of all) reader.reset();
  await Promise.all(all.map((one) => untilFree(one, leewayMs)));
}

/** Until the connection of the session is gone. Answers after how long. */
async function untilFree({ turnstile }: Reading, timeoutMs: number): Promise<number> {
  const start = Date.now();
  await vi.waitUntil(() => turnstile.open === 0, { interval: 20, timeout: timeoutMs });
  return Date.now() - start;
}

const inMB = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;
const inS = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

it('takes no more from the mail server than it can pass on, to four readers of 1 KB/s at once', async () => {
  // Once before, so that all the code is there.
  await leaveAll(await readingAll());
  const all: Reading[] = [];
  const growth = await growthDuring(stage.postern.workers.pid, async () => {
    all.push(...(await readingAll()));
    for (const { reader } of all) reader.readAt(1000);
    await vi.waitUntil(() => all.every(({ reader }) => reader.received >= 20_000), { timeout: 30_000 });
  });
  const taken = all.map((one) => one.taken());
  console.log(
    `readers of 1 KB/s: 20 KB read each, taken`,
    ways.map((way, index) => `${way} ${inMB(taken[index] ?? 0)}`).join(', '),
    `memory up ${inMB(growth)} for all four`,
  );
  for (const bytes of taken) expect(bytes).toBeLessThan(mostTaken);
  // Each of the four would be this much by itself.
  expect(growth).toBeLessThan(size);
  await leaveAll(all);
});

it('frees the session at once when the caller resets the connection half-way', async () => {
  const all = await readingAll();
  await Promise.all(all.map(({ reader }) => reader.read(30 * MB)));
  const took = await Promise.all(
    all.map(async (one) => {
      one.reader.reset();
      const freeAfterMs = await untilFree(one, leewayMs);
      expect(one.taken()).toBeLessThan(one.reader.received + mostTakenFast);
      await one.askAgain();
      return `${one.way} ${inS(freeAfterMs)}`;
    }),
  );
  console.log(`reset half-way: free after ${took.join(', ')}`);
});

it('frees the session of a caller that says goodbye half-way as soon as something is written', async () => {
  const all = await readingAll();
  await Promise.all(all.map(({ reader }) => reader.read(30 * MB)));
  // While the mail server says nothing, so that there is nothing to write: the platform does not tell of a FIN.
  for (const { turnstile } of all) turnstile.hold();
  await Promise.all(all.map(({ reader }) => reader.drain()));
  for (const { reader } of all) reader.close();
  for (const { turnstile } of all) turnstile.release();
  const took = await Promise.all(
    all.map(async (one) => {
      const freeAfterMs = await untilFree(one, leewayMs);
      await one.askAgain();
      return `${one.way} ${inS(freeAfterMs)}`;
    }),
  );
  console.log(`FIN half-way: free after ${took.join(', ')}`);
});

it('frees the session of a caller that says goodbye to a silent mail server when that has had its time', async () => {
  const all = await readingAll();
  for (const { turnstile } of all) turnstile.hold();
  await Promise.all(all.map(({ reader }) => reader.drain()));
  for (const { reader } of all) reader.close();
  const took = await Promise.all(
    all.map(async (one) => {
      const freeAfterMs = await untilFree(one, limits.commandMs + leewayMs);
      one.turnstile.release();
      await one.askAgain();
      return `${one.way} ${inS(freeAfterMs)}`;
    }),
  );
  console.log(`FIN while the mail server is silent: free after ${took.join(', ')}`);
});

const slowBytesPerSecond = 5_000;

it('drops callers that stop reading when their time is up, and lets those that read 5 KB/s read on', async () => {
  const slow = await readingAll(patient.slow);
  for (const { reader } of slow) reader.readAt(slowBytesPerSecond);
  const stopped = droppedAll('stops reading', patient.stopped, (reader) => reader.stopReading());
  const finished = droppedAll('says that it will send no more, and stops reading', patient.finished, (reader) =>
    reader.finish(),
  );
  // By then the buffers have hidden from Postern for minutes that these are reading.
  await Promise.all([stopped, finished]);
  for (const { reader, turnstile } of slow) {
    expect(turnstile.open).toBe(1);
    expect(reader.received).toBeLessThan(slowBytesPerSecond * 1.5 * (limits.stalledReaderMs / 1000));
    expect(await reader.readAll()).toBe('whole');
  }
  await Promise.all(slow.map((one) => one.askAgain()));
});

/** What it has sent never passes for whole. */
async function droppedAll(how: string, at: Places, leave: (reader: SlowReader) => void): Promise<void> {
  const all = await readingAll(at);
  await Promise.all(all.map(({ reader }) => reader.read(3 * MB)));
  for (const { reader } of all) leave(reader);
  const took = await Promise.all(
    all.map(async (one) => {
      const freeAfterMs = await untilFree(one, limits.stalledReaderMs + leewayMs);
      expect(freeAfterMs).toBeGreaterThan(limits.stalledReaderMs - leewayMs);
      await one.askAgain();
      const end = await one.reader.readAll();
      // The lines of a download tell of a failure themselves, and its receipt does not cover what failed.
      if (one.way === 'POP3 download') expect(one.reader.tail).toMatch(/"problem":.*"type":"error"}\n.*"count":1\b/s);
      else expect(end).toBe('broken');
      expect(one.reader.received).toBeLessThan(patientSize);
      return `${one.way} ${inS(freeAfterMs)}`;
    }),
  );
  console.log(`a caller that ${how}: free after ${took.join(', ')}`);
}

it.each(ways)('does not keep what 20 callers that left half-way had read (%s)', async (way) => {
  const { pid } = stage.postern.workers;
  // The first has the code compiled.
  const sizes: number[] = [];
  for (let count = 0; count < 21; count++) {
    const one = await reading(way);
    await one.reader.read(10 * MB);
    one.reader.reset();
    await untilFree(one, leewayMs);
    sizes.push(residentBytes(pid));
  }
  const [first = 0, last = 0] = [sizes[0], sizes.at(-1)];
  console.log(`${way}: ${inMB(first)} after one caller that left, ${inMB(last)} after 20 more`);
  // The allocator keeps much of what was freed; 20 messages, or what was read of them, would be more.
  expect(last - first).toBeLessThan(100 * MB);
});
