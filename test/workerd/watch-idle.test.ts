/**
 * What does a look cost that finds nothing? Counted: waits for the mail server, wake-ups, rows and alarms.
 */
import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { alarmsPerLook } from '../../scripts/cost-model.ts';
import type { Line } from '../support/gate.ts';
import {
  arrive,
  behave,
  hour,
  minute,
  passes,
  subscribe,
  told,
  type Watcher,
  watcher,
  withMovedClock,
  world,
} from './world.ts';

withMovedClock();

const oneWayMs = 8;
const Total = z.object({ changes: z.int() });

/** Rows that were written or removed since the object was opened, its alarm's too. */
const changesOf = (stub: Watcher): Promise<number> =>
  runInDurableObject(
    stub,
    (_, { storage }) => Total.parse(storage.sql.exec('SELECT total_changes() AS changes').one()).changes,
  );

/** Counts calls from now on. */
async function alarmsSetOn(stub: Watcher): Promise<() => number> {
  let count = 0;
  await runInDurableObject(stub, (_, { storage }) => {
    const setAlarm = storage.setAlarm.bind(storage);
    storage.setAlarm = (...args) => {
      count += 1;
      return setAlarm(...args);
    };
  });
  return () => count;
}

/** Of one connection: lines that were sent together. What waits for the answer to one of them comes a round trip behind it. */
function turnsOf(lines: readonly Line[]): readonly (readonly string[])[] {
  const turns: { readonly atMs: number; readonly lines: string[] }[] = [];
  for (const { text, atMs } of lines) {
    const turn = turns.at(-1);
    if (turn !== undefined && atMs - turn.atMs < 2 * oneWayMs) turn.lines.push(text);
    else turns.push({ atMs, lines: [text] });
  }
  return turns.map((turn) => turn.lines);
}

const login = { imap: /^\S+ (LOGIN|AUTHENTICATE)\b/, pop3: /^(PASS|AUTH)\b/ } as const;
const goodbye = /^\S+ LOGOUT\b|^QUIT\b/;

it.each([
  ['imap', ['*']],
  ['imap', ['inbox']],
  ['pop3', undefined],
] as const)('over %s of %s: waits twice behind the login, wakes once, writes nothing', async (protocol, mailboxes) => {
  const near = await world('account', { protocol });
  const names = Array.from({ length: 44 }, (_, index) => `Projects/${index}`);
  if (protocol === 'imap') await world('program', { caller: near, commands: names.map((name) => `CREATE "${name}"`) });
  const caller = await world('afar', { caller: near, oneWayMs });
  await subscribe(caller, mailboxes === undefined ? {} : { mailboxes });
  const stub = await watcher();
  // The first look after the one that has learned what there is may still settle something.
  await passes(2 * minute);
  const before = await world('traffic', { user: caller.user });
  const rows = await changesOf(stub);
  const alarms = await alarmsSetOn(stub);
  const looks = await passes(10 * minute);
  const since = await world('traffic', { user: caller.user });
  expect(looks).toBeGreaterThanOrEqual(9);
  expect(looks).toBeLessThanOrEqual(12);
  expect(since.connections - before.connections, 'logins').toBe(looks);
  // An alarm that goes off, and one that is set, are a change each of the object's own table.
  expect((await changesOf(stub)) - rows, 'rows').toBe(2 * looks);
  expect(alarms(), 'alarms').toBe(looks);
  const perLook = (since.roundTrips - before.roundTrips) / looks;
  const turns = turnsOf(since.lines.filter(({ connection }) => connection === since.connections));
  const loggedIn = turns.findIndex((lines) => lines.some((line) => login[protocol].test(line)));
  const behind = turns.slice(loggedIn + 1).filter((lines) => !lines.every((line) => goodbye.test(line)));
  expect(loggedIn).toBeGreaterThanOrEqual(0);
  expect(behind.length, JSON.stringify(turns)).toBeLessThanOrEqual(2);
  // The TCP handshake is one more.
  expect(perLook - behind.length, 'round trips until logged in').toBeLessThanOrEqual(1 + 4);
  await arrive(near, '1');
  await passes(2 * minute);
  expect(await told()).toHaveLength(1);
});

it('sets two alarms a look where it is looked more seldom: one for if it is lost meanwhile', async () => {
  const caller = await world('account', { protocol: 'imap' });
  await subscribe(caller, { pollSeconds: 900 });
  const stub = await watcher();
  await passes(20 * minute);
  const alarms = await alarmsSetOn(stub);
  const looks = await passes(2 * hour);
  expect(looks).toBeGreaterThanOrEqual(7);
  expect(alarms()).toBe(alarmsPerLook(900) * looks);
});

it('what was stored and cannot be opened any more is not tried without a pause', async () => {
  const caller = await world('account', { protocol: 'imap' });
  await behave({ status: 500 });
  await subscribe(caller);
  const stub = await watcher();
  await arrive(caller, '1');
  await passes(2 * minute);
  await runInDurableObject(stub, (_, { storage }) => storage.sql.exec("UPDATE delivery SET event = 'x'"));
  await passes(10 * minute);
  // Ten looks, and as many tries.
  expect(await passes(10 * minute)).toBeLessThanOrEqual(24);
});
