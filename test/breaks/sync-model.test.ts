/**
 * Does a client that only applies changes end with exactly what the server has, after 2,000 random ones, and in a mailbox of 100,000
 * messages? (`SYNC_SEED`)
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { nothingHidden, startHidingRelay, withoutCondstore, withoutQresync } from '../support/imap-hiding.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { seeded } from '../support/random.ts';
import { changesOf, changesPath } from '../support/sync-client.ts';
import { followRandomly } from '../support/sync-model.ts';

const stage = imapStage();

const seed = Number(process.env['SYNC_SEED'] ?? 1);

const servers = [
  ['QRESYNC', nothingHidden],
  ['CONDSTORE alone', withoutQresync],
  ['neither', withoutCondstore],
] as const;

it.each(servers)('follows 2,000 random changes on a server with %s', async (name, hidden) => {
  const met = await followRandomly(stage, { operations: 2_000, seed, hidden });
  console.log(`${name}: ${JSON.stringify(met)}`);
  expect(met.comparisons).toBeGreaterThan(100);
  expect(met.renames).toBeGreaterThan(5);
});

describe('a mailbox of 100,000 messages', () => {
  const random = seeded(seed);
  let caller: Caller;
  let remaining: number[];

  const some = (count: number): number[] =>
    Array.from({ length: count }, () => remaining.splice(random.below(remaining.length), 1)[0] ?? 0);

  const store = async (uids: readonly number[], flags: string): Promise<void> => {
    const program = await stage.program(caller);
    for (let at = 0; at < uids.length; at += 500) {
      await program.command(`UID STORE ${uids.slice(at, at + 500).join(',')} +FLAGS.SILENT (${flags})`);
    }
  };

  beforeAll(async () => {
    caller = await stage.callerWith([letter('one')]);
    const program = await stage.program(caller);
    let count = 1;
    for (; count < 103_000; count += Math.min(count, 103_000 - count)) {
      await program.command(`UID COPY 1:${Math.min(count, 103_000 - count)} INBOX`);
    }
    remaining = Array.from({ length: count }, (_, index) => index + 1);
    const gone = some(3_000);
    await store(gone, '\\Deleted');
    await program.command('EXPUNGE');
    await program.command('UID STORE 1:95000 +FLAGS.SILENT (\\Seen)');
    await store(
      remaining.filter(() => random.chance(0.1)),
      '\\Answered',
    );
  }, 500_000);

  it.each([
    ['QRESYNC', nothingHidden, 200],
    ['CONDSTORE alone', withoutQresync, 7_000],
    ['neither', withoutCondstore, 7_000],
  ] as const)(
    'is told of exactly with %s, from a state that fits into an address',
    async (name, hidden, mostCharacters) => {
      const relay = await startHidingRelay(stage.host.dovecot.ports.imap, hidden);
      const reader = relay.through(caller);
      const { newState } = await changesOf(stage.postern, reader);
      expect(newState.length).toBeLessThan(mostCharacters);
      const [marked, gone] = [some(200), some(50)];
      await store(marked, `$${name.replaceAll(' ', '')}`);
      const program = await stage.program(caller);
      await program.expunge(...gone);
      const created = await program.append('INBOX', letter('new'));
      const startedAt = performance.now();
      const told = await changesOf(stage.postern, reader, 'inbox', newState);
      console.log(`${name}: ${newState.length} characters, ${Math.round(performance.now() - startedAt)} ms`);
      const uids = (ids: readonly string[]) => ids.map((id) => Number(id.split('.')[1]));
      const ascending = (list: readonly number[]) => list.toSorted((one, other) => one - other);
      expect(uids(told.created)).toEqual([created]);
      expect(uids(told.updated)).toEqual(ascending(marked));
      expect(uids(told.destroyed)).toEqual(ascending(gone));
      expect(told.hasMoreChanges).toBe(false);
      await relay.stop();
    },
  );

  it('is 410 where 3,000 of them were marked and no CONDSTORE tells which', async () => {
    const relay = await startHidingRelay(stage.host.dovecot.ports.imap, withoutCondstore);
    const reader = relay.through(caller);
    const { newState } = await changesOf(stage.postern, reader);
    await store(some(3_000), '\\Flagged');
    await stage.postern.problem('state-gone', reader, `${changesPath('inbox')}?since=${newState}`);
    await relay.stop();
  });

  it('is told page by page with QRESYNC when every message was marked', async () => {
    const { newState } = await changesOf(stage.postern, caller);
    const program = await stage.program(caller);
    await program.command('UID STORE 1:* +FLAGS.SILENT ($All)');
    const startedAt = performance.now();
    const first = await changesOf(stage.postern, caller, 'inbox', newState);
    console.log(`the first of ${remaining.length}: ${Math.round(performance.now() - startedAt)} ms`);
    expect([first.updated.length, first.hasMoreChanges]).toEqual([500, true]);
    const second = await changesOf(stage.postern, caller, 'inbox', first.newState);
    expect(second.updated.filter((id) => first.updated.includes(id))).toEqual([]);
  });
});
