/**
 * Does a client that only applies changes have what each IMAP server has?
 *
 * The same tests for all of them; by which way changes are told stands in `docs/sync.md`, and is read from the first octet of a
 * state.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { keywordsOf, mailboxIdOf } from '../../src/mailbox/rules.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { seeded } from '../support/random.ts';
import { imapExpectations } from '../support/server-expectations.ts';
import { type ImapProgram, imapProgram } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';
import { changesOf, changesPath, SyncClient } from '../support/sync-client.ts';

const kinds = { dovecot: 1, cyrus: 1, courier: 3, mailutils: 3 };

describe.each(imapExpectations)('$name', ({ name, other, renumbersOnArrival, keepsKeywords, nested }) => {
  const stage = serverStage('imap', startPeer[name]);

  async function callerWith(count: number): Promise<Caller> {
    const caller = await stage.callerWith(...Array.from({ length: count }, (_, index) => letter(`${index + 1}`)));
    await otherwise(caller, (program) => program.command('NOOP'));
    return caller;
  }
  /** What another mail program of the same account does. */
  async function otherwise<T>(
    caller: Caller,
    work: (program: ImapProgram) => Promise<T>,
    mailbox = 'INBOX',
  ): Promise<T> {
    const program = await imapProgram(stage.port, caller, mailbox);
    const done = await work(program);
    await program.logout();
    return done;
  }
  /** As the client has them, but for UIDVALIDITY. */
  const held = async (caller: Caller) =>
    Object.entries(await otherwise(caller, (program) => program.flags())).map(([uid, flags]) => [
      uid,
      Object.keys(keywordsOf(flags)).sort().join(' '),
    ]);
  const holds = (client: SyncClient) =>
    [...client.messages]
      .map(([id, keywords]): [string, string] => [id.split('.')[1] ?? '', keywords])
      .sort(([one], [two]) => Number(one) - Number(two));

  it('gives a state by the best way that the server knows', async () => {
    const { newState } = await changesOf(stage.postern, await callerWith(2));
    expect(Buffer.from(newState, 'base64url')[0]).toBe(kinds[name]);
  });

  it('follows 40 random marks and removals', async () => {
    const caller = await callerWith(30);
    const client = await SyncClient.begin(stage.postern, caller, 'inbox');
    const random = seeded(3);
    const flags = ['\\Seen', '\\Flagged', '\\Answered', ...(keepsKeywords ? ['Family'] : [])] as const;
    for (let round = 0; round < 10; round++) {
      await otherwise(caller, async (program) => {
        for (let count = 0; count < 4; count++) {
          const uids = Object.keys(await program.flags());
          const uid = uids[random.below(uids.length)];
          if (random.chance(0.7)) {
            await program.command(`UID STORE ${uid} ${random.pick(['+', '-'])}FLAGS (${random.pick([...flags])})`);
          } else {
            await program.command(`UID STORE ${uid} +FLAGS (\\Deleted)`);
            await program.command('EXPUNGE');
          }
        }
      });
      while (await client.apply(1 + random.below(4)));
      expect(holds(client)).toEqual(await held(caller));
    }
  });

  it('tells of mail that has arrived, or says that all is numbered anew', async () => {
    const caller = await callerWith(3);
    const client = await SyncClient.begin(stage.postern, caller, 'inbox');
    await stage.deliver(caller, letter('4'));
    if (renumbersOnArrival) {
      await stage.postern.problem('state-gone', caller, `${changesPath('inbox')}?since=${client.state}`);
      return;
    }
    expect(await client.apply(500)).toBe(false);
    expect(holds(client)).toEqual(await held(caller));
    expect(client.messages.size).toBe(4);
  });

  it('gives with a listing a state that misses nothing', async () => {
    const caller = await callerWith(3);
    const { state, messages } = await stage.postern.json(EmailPageSchema, caller, messagesPath('inbox'));
    const [third, second] = messages.map(({ id }) => id);
    await otherwise(caller, async (program) => {
      await program.command(`UID STORE ${second?.split('.')[1]} +FLAGS (\\Flagged)`);
      await program.command(`UID STORE ${third?.split('.')[1]} +FLAGS (\\Deleted)`);
      await program.command('EXPUNGE');
    });
    const told = await changesOf(stage.postern, caller, 'inbox', state);
    expect(told).toMatchObject({ created: [], updated: [second], destroyed: [third] });
  });

  it('tells of an empty mailbox, and takes its state for no other one', async () => {
    const caller = await callerWith(1);
    await otherwise(caller, async (program) => {
      for (const path of [other, ...nested.create]) await program.command(`CREATE "${path}"`);
    });
    const { newState } = await changesOf(stage.postern, caller, mailboxIdOf(other));
    const again = `${changesPath(mailboxIdOf(other))}?since=${newState}`;
    // One that is empty gets the time of day for its UIDVALIDITY, each time that it is opened.
    if (renumbersOnArrival) expect([200, 410]).toContain((await stage.postern.call(caller, again)).status);
    else {
      const told = await changesOf(stage.postern, caller, mailboxIdOf(other), newState);
      expect(told).toMatchObject({ created: [], updated: [], destroyed: [], hasMoreChanges: false });
    }
    const path = changesPath(mailboxIdOf(nested.listed.path));
    await stage.postern.problem('state-gone', caller, `${path}?since=${newState}`);
  });
});
