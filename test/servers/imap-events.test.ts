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
    const start = await reader.changes();
    const changed = async (command: string) => {
      const program = await imapProgram(stage.port, caller);
      const startedAt = Date.now();
      await program.command(command);
      // Some servers show to others what a session has done when it has ended.
      await program.logout();
      const told = await reader.changes();
      console.log(`${expected.name}: ${command.split(' ')[0]} is told after ${Date.now() - startedAt} ms`);
      return told;
    };
    const marked = await changed('STORE 1 +FLAGS (\\Flagged)');
    expect(marked).toMatchObject({ oldState: start.newState, created: [], destroyed: [] });
    expect(marked.updated).toHaveLength(1);
    const deleted = await changed('STORE 1 +FLAGS (\\Deleted)');
    expect(deleted).toMatchObject({ updated: marked.updated, destroyed: [] });
    const gone = await changed('EXPUNGE');
    expect(gone).toMatchObject({ oldState: deleted.newState, created: [], destroyed: marked.updated });
    reader.leave();
  });

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
