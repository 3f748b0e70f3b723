/**
 * What does a look cost that finds nothing? Counted: waits for the mail server, wake-ups, rows and alarms.
 */
import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { arrive, minute, passes, subscribe, told, type Watcher, watcher, withMovedClock, world } from './world.ts';

withMovedClock();

const oneWayMs = 8;
const Total = z.object({ changes: z.int() });

/** Rows that were written or removed since the object was opened. */
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

interface Line {
  readonly text: string;
  readonly atMs: number;
}

/** Lines that were sent together: what answers one of them cannot have been there before the last of them was sent. */
function turnsOf(lines: readonly Line[]): readonly (readonly string[])[] {
  const turns: { readonly atMs: number; readonly lines: string[] }[] = [];
  for (const { text, atMs } of lines) {
    const turn = turns.at(-1);
    if (turn !== undefined && atMs - turn.atMs < oneWayMs) turn.lines.push(text);
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
  expect(await changesOf(stub), 'rows').toBe(rows);
  expect(alarms(), 'alarms').toBe(looks);
  const turns = turnsOf(since.lines.slice(before.lines.length));
  const loginTurns = turns.filter((lines) => lines.some((line) => login[protocol].test(line)));
  expect(loginTurns).toHaveLength(looks);
  // Connecting and the greeting are two more.
  const perLook = (since.roundTrips - before.roundTrips) / looks;
  const [firstLogin = -1] = turns.flatMap((lines, index) => (loginTurns.includes(lines) ? [index] : []));
  const untilNext = turns.findIndex((lines, index) => index > firstLogin && loginTurns.includes(lines));
  const behind = turns.slice(firstLogin + 1, untilNext).filter((lines) => !lines.every((line) => goodbye.test(line)));
  console.warn(`${protocol} ${mailboxes}: ${perLook} round trips a look; behind the login ${JSON.stringify(behind)}`);
  expect(behind.length, JSON.stringify(turns.slice(firstLogin, untilNext))).toBeLessThanOrEqual(2);
  expect(perLook - behind.length, 'round trips until logged in, the TCP handshake not counted').toBeLessThanOrEqual(
    4 + 1,
  );
  await arrive(near, '1');
  await passes(2 * minute);
  expect(await told()).toHaveLength(1);
});
