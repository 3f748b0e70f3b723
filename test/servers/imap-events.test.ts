/**
 * Does somebody who listens learn of changes from every IMAP server?
 *
 * How soon is the server's to say: some tell at once, some look every minute, and some tell a session only when it selects the
 * mailbox anew, which is done for it every few seconds.
 */
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { listen } from '../support/event-reader.ts';
import { letter } from '../support/mail.ts';
import { imapExpectations } from '../support/server-expectations.ts';
import { imapProgram } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';

describe.each(imapExpectations)('$name', (expected) => {
  const stage = serverStage('imap', startPeer[expected.name]);

  it('tells of keywords and of messages that go, to one who knows the mailbox by its events alone', async () => {
    const caller = await stage.callerWith(letter('1'), letter('2'));
    // In a mailbox that was opened before: a server may write UIDs into messages when it first sees them.
    await (await imapProgram(stage.port, caller)).logout();
    const reader = await listen(stage.postern, caller);
    await reader.changes();
    const changed = async (...commands: readonly string[]): Promise<void> => {
      const program = await imapProgram(stage.port, caller);
      for (const command of commands) await program.command(command);
      // Some servers show to others what a session has done when it has ended.
      await program.logout();
    };
    await changed('STORE 1 +FLAGS (\\Flagged)');
    const marked = await reader.changes();
    expect(marked).toMatchObject({ updated: [expect.any(String)], created: [], destroyed: [] });
    const startedAt = Date.now();
    await changed('STORE 1 +FLAGS (\\Deleted)', 'EXPUNGE');
    let told = await reader.changes();
    // That it is to be deleted may be told before it is.
    if (told.destroyed.length === 0) told = await reader.changes();
    expect(told).toMatchObject({ created: [], destroyed: marked.updated });
    console.log(`${expected.name}: what goes is told after ${Date.now() - startedAt} ms`);
    reader.leave();
  }, 240_000);

  it('tells of mail that arrives, or that nothing can be told any more', async () => {
    const caller = await stage.callerWith(letter('1'));
    await (await imapProgram(stage.port, caller)).logout();
    const reader = await listen(stage.postern, caller);
    await reader.changes();
    const startedAt = Date.now();
    await stage.deliver(caller, letter('2'));
    if (expected.renumbersOnArrival) {
      expect(await reader.problem()).toMatchObject({ type: '/problems/state-gone', status: 410 });
    } else {
      expect((await reader.changes()).created).toHaveLength(1);
    }
    console.log(`${expected.name}: mail is told after ${Date.now() - startedAt} ms`);
    reader.leave();
  });
});
