/**
 * Is it told what has come to a maildrop and what has gone from it, whatever its server calls the messages?
 *
 * The same tests for every server; where one goes its own way, `test/support/server-expectations.ts` has what is expected.
 */
import { describe, expect, it, vi } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { letter } from '../support/mail.ts';
import { MaildropFollower, maildropChanges, maildropIds } from '../support/maildrop-follower.ts';
import type { Caller } from '../support/postern.ts';
import { popExpectations } from '../support/server-expectations.ts';
import { popProgram } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';

describe.each(popExpectations)('$name', ({ name, repeatsUidls }) => {
  const stage = serverStage('pop3', startPeer[name]);

  /** By another mail program, which says goodbye. */
  async function deleteElsewhere(caller: Caller, ...numbers: readonly number[]): Promise<void> {
    const program = await vi.waitFor(() => popProgram(stage.port, caller), { timeout: 20_000, interval: 500 });
    for (const number of numbers) await program.command(`DELE ${number}`);
    await program.command('QUIT');
    program.close();
  }

  const listed = async (caller: Caller) => (await maildropIds(stage.postern, caller)).ids.sort();

  it('tells what has come and gone since a listing, and then nothing more', async () => {
    const caller = await stage.callerWith(...['1', '2', '3', '4'].map((label) => letter(label)));
    const follower = await MaildropFollower.begin(stage.postern, caller);
    await deleteElsewhere(caller, 1, 3);
    await stage.deliver(caller, letter('5'));
    const [told] = await follower.follow();
    expect(told).toMatchObject({ created: [expect.any(String)], destroyedCount: 2, hasMoreChanges: false });
    expect([...follower.ids].sort()).toEqual(await listed(caller));
    const { state } = follower;
    expect(await follower.follow()).toMatchObject([{ newState: state, created: [], destroyed: [] }]);
  });

  it('tells that a maildrop was emptied, and filled again', async () => {
    const caller = await stage.callerWith(letter('1'), letter('2'));
    const follower = await MaildropFollower.begin(stage.postern, caller);
    await deleteElsewhere(caller, 1, 2);
    expect(await follower.follow()).toMatchObject([{ created: [], destroyedCount: 2 }]);
    expect(follower.ids.size).toBe(0);
    await stage.deliver(caller, letter('3'));
    expect(await follower.follow()).toMatchObject([{ destroyedCount: 0 }]);
    expect([...follower.ids]).toEqual(await listed(caller));
  });

  it(`tells of a second message with the same header${repeatsUidls ? ', and calls both otherwise' : ''}`, async () => {
    const caller = await stage.callerWith(letter('twin', 'one body'));
    const follower = await MaildropFollower.begin(stage.postern, caller);
    await stage.deliver(caller, letter('twin', 'another body'));
    const [told] = await follower.follow();
    expect([told?.created.length, told?.destroyed?.length]).toEqual(repeatsUidls ? [2, 1] : [1, 0]);
    expect([...follower.ids].sort()).toEqual(await listed(caller));
    await deleteElsewhere(caller, 1);
    const [again] = await follower.follow();
    expect([again?.created.length, again?.destroyed?.length]).toEqual(repeatsUidls ? [1, 2] : [0, 1]);
    expect([...follower.ids].sort()).toEqual(await listed(caller));
  });

  it('waits for what comes, while others use the maildrop', async () => {
    const caller = await stage.callerWith(letter('1'));
    const { newState: since } = await maildropChanges(stage.postern, caller, {});
    const waiting = maildropChanges(stage.postern, caller, { since, wait: 45 });
    await stage.deliver(caller, letter('2'));
    await deleteElsewhere(caller, 1);
    const told = await waiting;
    expect(told.created.length + told.destroyedCount).toBeGreaterThan(0);
    const follower = told.hasMoreChanges
      ? null
      : await maildropChanges(stage.postern, caller, { since: told.newState });
    expect([...(told.destroyed ?? []), ...(follower?.destroyed ?? [])]).toHaveLength(1);
    expect([...told.created, ...(follower?.created ?? [])]).toEqual(await listed(caller));
  });
});
