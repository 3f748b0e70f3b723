/**
 * Does every POP3 server hand its messages over, each once and octet for octet as it serves them?
 *
 * Into a mailbox of Dovecot's. What becomes of them in those of other servers is tested with them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { gathered, servedBy } from '../support/consolidation.ts';
import { withFiles } from '../support/imap-letters.ts';
import { letter, type MailHost, startMailHost } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import type { Caller } from '../support/postern.ts';
import { asServed, popExpectations, withoutAdded } from '../support/server-expectations.ts';
import { maildropOf } from '../support/server-programs.ts';
import { lineByLine, serverStage } from '../support/server-stage.ts';

describe.each(popExpectations)('$name', (expected) => {
  const stage = serverStage('pop3', startPeer[expected.name]);
  let host: MailHost;
  beforeAll(async () => {
    host = await startMailHost();
  });
  afterAll(() => host.stop());

  const bystander = letter('there before');
  /** By another name of this machine: the same user on the same host would be the same account. */
  const mailbox = async (): Promise<Caller> => {
    const caller = await host.caller('imap', 'cleartext');
    await host.dovecot.deliver(caller.user, 'INBOX', bystander);
    return { ...caller, mailServer: caller.mailServer.replace('localhost', '127.0.0.1') };
  };
  /** What is stored, but for what the server of the maildrop writes into messages. */
  const stored = async (into: Caller) =>
    (await servedBy(host.dovecot, into)).map((bytes) => sha256Of(withoutAdded(bytes, expected.served))).sort();
  const digestsOf = (messages: readonly Uint8Array[]) =>
    [bystander, ...messages.map((bytes) => asServed(bytes, expected.served))].map(sha256Of).sort();
  /** What another mail program of the maildrop gets. */
  const left = async (from: Caller) => (await maildropOf(stage.port, from)).length;

  it('hands over every message as it serves it, and is empty then', async () => {
    // In an mbox what comes behind a message whose last line has no end is part of it.
    const letters = [letter('1'), withFiles, letter('3', Array(1000).fill('.'.repeat(70)).join('\r\n')), lineByLine];
    const from = await stage.callerWith(...letters);
    const into = await mailbox();
    const { end, troubles } = await gathered(stage.postern, [from], into);
    expect(troubles).toEqual([]);
    expect(end).toMatchObject({ stored: 4, thereAlready: 0, deleted: 4, failed: 0, isComplete: true });
    expect(await stored(into)).toEqual(digestsOf(letters));
    expect(await left(from)).toBe(0);
  });

  it('hands over both of two messages with one header, which may have one UIDL', async () => {
    const twins = [letter('twin', 'The first.'), letter('twin', 'The other'), letter('single')];
    const from = await stage.callerWith(...twins);
    const into = await mailbox();
    const { end } = await gathered(stage.postern, [from], into);
    expect(end).toMatchObject({ stored: 3, deleted: 3, isComplete: true });
    expect(await stored(into)).toEqual(digestsOf(twins));
    expect(await left(from)).toBe(0);
  });

  it('loses neither of them when not all are asked for', async () => {
    const twins = [letter('twin', 'The first.'), letter('twin', 'The other'), letter('single')];
    const from = await stage.callerWith(...twins);
    const into = await mailbox();
    // Without another program in between: mailutils writes into the messages when a session ends with QUIT.
    await gathered(stage.postern, [from], into, { keep: true });
    const { of, end } = await gathered(stage.postern, [from], into, { limit: 2 });
    expect(end).toMatchObject({ thereAlready: 2, deleted: 2, isComplete: false });
    expect(of('deleted')[0]?.notDeleted).toEqual([]);
    expect(await left(from)).toBe(1);
    expect(await stored(into)).toEqual(digestsOf(twins));
  });

  it('keeps what is to be kept, and gives it once', async () => {
    const from = await stage.callerWith(letter('1'), letter('2'));
    const into = await mailbox();
    const first = await gathered(stage.postern, [from], into, { keep: true });
    const since = [first.of('kept').at(-1)?.state];
    await stage.deliver(from, letter('3'));
    const second = await gathered(stage.postern, [from], into, { keep: true, since });
    expect(second.end).toMatchObject({ stored: 1, thereAlready: 0, deleted: 0, isComplete: true });
    expect(await left(from)).toBe(3);
    expect(await stored(into)).toEqual(digestsOf(['1', '2', '3'].map((label) => letter(label))));
  });
});
