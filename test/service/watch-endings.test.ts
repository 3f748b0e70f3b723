/**
 * What is left of a subscription that has come to its end?
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { entriesBelow } from '../support/canary.ts';
import { letter } from '../support/mail.ts';
import { after, answering } from '../support/receiver-behaviour.ts';
import { subscriptionsPath, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();

it('when the last one is erased nothing is kept of the account, whatever was on its way', async () => {
  const caller = await stage.caller('imap');
  const before = await databases();
  const { id } = await stage.subscribe(caller);
  const [database = ''] = (await databases()).filter((path) => !before.includes(path));
  expect(await rowsIn(database)).toBeGreaterThan(2);
  // Compact JWEs: each row has another nonce and another end.
  const sealed = [...(await octetsOf(database)).matchAll(/eyJ[\w-]+\.[\w-]*\.([\w-]{16})\./g)].map(
    ([, nonce]) => nonce ?? '',
  );
  expect(sealed.length).toBeGreaterThan(2);
  const answered = Promise.withResolvers<void>();
  stage.receiver.behave(after(answered.promise, answering(500)));
  await stage.deliver(caller, 'INBOX', letter('undelivered'));
  const { done } = await stage.receiver.next();
  expect((await stage.postern.call(caller, `${subscriptionsPath}/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect(await rowsIn(database)).toBe(0);
  answered.resolve();
  await done;
  // What has come of it is known by now, and nobody is interested.
  await stage.postern.problem('subscription-not-found', caller, `${subscriptionsPath}/${id}`);
  await stage.subscribe(await stage.caller('imap'));
  expect(await rowsIn(database)).toBe(0);
  // Nor in pages that no table has any more.
  const left = await octetsOf(database);
  expect(sealed.filter((nonce) => left.includes(nonce))).toEqual([]);
});

/** What is in its files, whether or not a table has it. */
async function octetsOf(database: string): Promise<string> {
  const entries = await entriesBelow(stage.postern.storage);
  return entries.map(({ path, text }) => (path.startsWith(database) ? text : '')).join('\n');
}

/** Of the Watchers that there are. */
async function databases(): Promise<readonly string[]> {
  const entries = await entriesBelow(stage.postern.storage);
  return entries.map(({ path }) => path).filter((path) => /Watcher.[0-9a-f]+\.sqlite$/.test(path));
}

/** In all tables, those of the runtime included: what it sets an alarm by, for example. */
async function rowsIn(database: string): Promise<number> {
  const copy = await mkdtemp(join(tmpdir(), 'postern-rows-'));
  const from = join(stage.postern.storage, database);
  try {
    for (const end of ['', '-wal'].filter((end) => existsSync(from + end))) {
      await copyFile(from + end, join(copy, `copy.sqlite${end}`));
    }
    const opened = new DatabaseSync(join(copy, 'copy.sqlite'));
    const tables = opened.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const counts = tables.map(({ name }) => opened.prepare(`SELECT count(*) AS count FROM "${name}"`).get()?.['count']);
    opened.close();
    return counts.reduce<number>((sum, count) => sum + Number(count), 0);
  } finally {
    await rm(copy, { recursive: true });
  }
}
