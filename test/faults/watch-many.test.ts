/**
 * A thousand accounts that are looked at each minute: is each looked at on time, and what does that take of this machine?
 *
 * A minute is made to last `secondsOfMinute`: what is done in it is what is done in a real one, and CPU time counts as it is. On time is
 * what comes within a real minute, as long as a busy machine may take for it.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { startDovecot } from '../../scripts/mail-server/dovecot.ts';
import { canaryPassword } from '../support/canary.ts';
import { startGate } from '../support/gate.ts';
import { letter } from '../support/mail.ts';
import { residentBytes } from '../support/memory.ts';
import { type Caller, startPostern } from '../support/postern.ts';
import { startReceiver } from '../support/receiver.ts';
import { quickTimes, subscriptionsPath, toldBy } from '../support/watch-stage.ts';

const accounts = 1000;
const minutes = 10;
const secondsOfMinute = 20;
/** From one look at an account to the next. */
const mostBetweenMs = 60_000;
/** Of the looks there would be if none were late. */
const leastShare = 0.5;
const mostMiB = 1500;

/** What subscribes stays logged in for a while, each account by itself; looks are short and many, so a process serves many of them in turn. */
const extraConfig =
  'default_client_limit = 5000\nservice imap {\n  process_limit = 2000\n  service_count = 200\n  process_min_avail = 4\n}';

/** Of all threads together. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

it(`looks at ${accounts} accounts each minute for ${minutes} minutes, each on time`, async () => {
  const users = Array.from({ length: accounts }, (_, index) => ({
    user: `many${index}@postern.example`,
    password: `${canaryPassword}-many`,
  }));
  const dovecot = await startDovecot({ users, extraConfig });
  const gate = await startGate(dovecot.ports.imap);
  const receiver = await startReceiver();
  const postern = await startPostern({ variables: quickTimes });
  const mailServer = `imap://127.0.0.1:${gate.port}?security=none`;
  const callers: readonly Caller[] = users.map((account) => ({ ...account, mailServer }));
  const body = { url: receiver.url(), secret: receiver.secret, pollSeconds: secondsOfMinute };
  const waiting = [...callers];
  const subscribeRest = async (): Promise<void> => {
    for (let caller = waiting.pop(); caller !== undefined; caller = waiting.pop())
      await postern.json(z.looseObject({}), caller, subscriptionsPath, { body });
  };
  const beginMs = performance.now();
  await Promise.all(Array.from({ length: 10 }, subscribeRest));
  const subscribedMs = performance.now() - beginMs;

  const { pid } = postern.workers;
  const startMs = performance.now();
  const cpuBefore = cpuSeconds(pid);
  const letters = new Set<string>();
  let mostBytes = 0;
  for (let minute = 0; minute < minutes; minute++) {
    // Every tenth account has a message a minute.
    for (let index = minute; index < accounts; index += minutes) {
      const label = `many-${index}`;
      await dovecot.deliver(users[index]?.user ?? '', 'INBOX', letter(label));
      letters.add(label);
    }
    while (performance.now() < startMs + (minute + 1) * secondsOfMinute * 1000) {
      mostBytes = Math.max(mostBytes, residentBytes(pid));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  const endMs = performance.now();
  const cpu = cpuSeconds(pid) - cpuBefore;
  const looks = lookTimes(gate.lines, startMs, endMs);
  for (const { user } of users) looks.set(user, looks.get(user) ?? []);
  const gaps = [...looks.values()].flatMap((times) => gapsOf([startMs, ...times, endMs]));
  const count = [...looks.values()].reduce((sum, times) => sum + times.length, 0);
  while (letters.size > 0) letters.delete(subjectOf(await receiver.next()));
  // The last answer has still to be heard.
  await expect.poll(() => outcomesIn(postern.log)['delivered']).toBeGreaterThanOrEqual(accounts);
  console.log(
    `${accounts} accounts subscribed in ${Math.round(subscribedMs)} ms; ${count} looks in ${minutes} minutes of ${secondsOfMinute} s;`,
    `longest time between two: ${Math.round(Math.max(...gaps))} ms; CPU of both Workers ${cpu.toFixed(1)} s, ${((1000 * cpu) / count).toFixed(1)} ms a look;`,
    `at most ${Math.round(mostBytes / 2 ** 20)} MiB; deliveries ${JSON.stringify(outcomesIn(postern.log))}`,
  );
  expect(Math.max(...gaps)).toBeLessThan(mostBetweenMs);
  expect(count).toBeGreaterThan(accounts * minutes * leastShare);
  expect(new Set(receiver.received.map(({ id }) => id)).size, 'events').toBe(accounts);
  // Whoever hears the answer too late sends once more; whoever has heard it does not.
  expect(outcomesIn(postern.log)['delivered']).toBe(accounts);
  expect(mostBytes / 2 ** 20).toBeLessThan(mostMiB);
  await receiver.stop();
  await gate.shut();
  await postern.stop();
  await dovecot.stop();
});

/** How often attempts came to which end. */
function outcomesIn(log: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of log) {
    const [, outcome] = /"delivery\.tried".*"outcome":"([\w-]+)"/.exec(line) ?? [];
    if (outcome !== undefined) counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

function subjectOf(received: Parameters<typeof toldBy>[0]): string {
  const body = toldBy(received);
  if (body.type !== 'message.received') throw new Error(`nobody asked for ${body.type}`);
  return body.data.message.subject?.split(' ').at(-1) ?? '';
}

/** When each account was logged into. */
function lookTimes(
  lines: readonly { readonly text: string; readonly atMs: number }[],
  fromMs: number,
  toMs: number,
): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const { text, atMs } of lines) {
    const user = userIn(text);
    if (user === null || atMs < fromMs || atMs > toMs) continue;
    const known = times.get(user);
    if (known === undefined) times.set(user, [atMs]);
    else known.push(atMs);
  }
  return times;
}

/** By whichever mechanism. */
function userIn(line: string): string | null {
  const [, , plain] = /^\S+ LOGIN "?([^" ]+)/.exec(line) ?? [];
  if (plain !== undefined) return plain;
  const [, base64] = /^\S+ AUTHENTICATE PLAIN (\S+)/.exec(line) ?? [];
  return base64 === undefined ? null : (Buffer.from(base64, 'base64').toString('utf8').split('\0')[1] ?? null);
}

const gapsOf = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? time));
