/**
 * Does every IMAP server get messages of another account once, and does Postern know where they are?
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MailPeer } from '../../scripts/mail-server/peer.ts';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { canaryPassword } from '../support/canary.ts';
import { bigLetter } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { asServed, imapExpectations, withoutAdded } from '../support/server-expectations.ts';
import { imapProgram } from '../support/server-programs.ts';
import { lineByLine } from '../support/server-stage.ts';
import { takeInStage } from '../support/take-in.ts';
import { told, withoutMessageId } from '../support/take-in-dovecot.ts';

const large = bigLetter(2_000_000).map((byte) =>
  byte > 126 ? 46 : byte < 32 && byte !== 10 && byte !== 13 ? 32 : byte,
);
const nameless = [withoutMessageId(letter('two')), large];
const messages = [letter('one'), ...nameless, lineByLine, letter('three')];

describe.each(imapExpectations)('$name', ({ name, served, appended }) => {
  const stage = takeInStage();
  let peer: MailPeer;
  beforeAll(async () => {
    peer = await startPeer[name]({ passwordPrefix: canaryPassword });
  });
  afterAll(() => peer.stop());
  const portOf = ({ ports }: MailPeer): number => ports.imap ?? 0;

  async function somebody(): Promise<Caller> {
    const account = await peer.addAccount();
    return { ...account, mailServer: `imap://localhost:${portOf(peer)}?security=none` };
  }
  async function heldBy(caller: Caller): Promise<Buffer[]> {
    const program = await imapProgram(portOf(peer), caller);
    const held = [...(await program.messages()).values()];
    await program.logout();
    return held.map((bytes) => Buffer.from(withoutAdded(bytes, served)));
  }
  const expected = messages.map((bytes) => Buffer.from(asServed(bytes, appended)));
  // It writes fields of its own into every message, and numbers all anew as the clock goes on: what has no Message-ID, and what was
  // lost, cannot be known again. Then nothing is deleted where it came from; and it is there once all the same.
  const isAlike = name !== 'mailutils';
  const all = (outcome: string, doubtful: readonly Uint8Array[] = nameless) =>
    messages.map((bytes, index) => [index, isAlike || !doubtful.includes(bytes) ? outcome : expect.any(String)]);

  it('stores each once, in one call and in the next, among others that were there', async () => {
    const caller = await somebody();
    await peer.deliver(caller.user, letter('before'));
    expect(told(await stage.takeIn(caller, messages))).toEqual(all('stored'));
    expect((await heldBy(caller)).slice(1)).toEqual(expected);
    await peer.deliver(caller.user, letter('after'));
    expect(told(await stage.takeIn(caller, messages))).toEqual(all('there-already'));
    expect(await heldBy(caller)).toHaveLength(messages.length + 2);
  });

  it('has what was stored once when the answer of the server was lost', async () => {
    const caller = await somebody();
    await peer.deliver(caller.user, letter('before'));
    const relay = await startImapRelay(portOf(peer));
    void relay.loseAt(/^is one\.$/, 'unanswered');
    const through = relay.through(caller);
    const doubtful = messages.slice(0, 3);
    expect(told(await stage.takeIn(through, messages))).toEqual(all('stored', doubtful));
    expect(told(await stage.takeIn(through, messages))).toEqual(all('there-already', doubtful));
    expect(await heldBy(caller)).toHaveLength(messages.length + 1);
    await relay.stop();
  });

  it('says so of what was stored and has left the mailbox since, and does not add it again', async () => {
    const caller = await somebody();
    expect(told(await stage.takeIn(caller, [letter('one'), letter('two')]))).toEqual([
      [0, 'stored'],
      [1, 'stored'],
    ]);
    const program = await imapProgram(portOf(peer), caller);
    await program.command('STORE 1 +FLAGS (\\Deleted)');
    await program.command('EXPUNGE');
    await program.logout();
    expect(told(await stage.takeIn(caller, [letter('one'), letter('two')]))).toEqual([
      [0, 'stored-and-removed'],
      [1, 'there-already'],
    ]);
    expect(await heldBy(caller)).toHaveLength(1);
  });
});
