/**
 * Does Postern add messages to every IMAP server, whole or not at all?
 *
 * The same tests for all of them; where one goes its own way, `test/support/server-expectations.ts` has what is expected.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { ProblemSchema } from '../../src/http/problems.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { NewEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { append, beginAppend, type Upload } from '../support/imap-append.ts';
import { bigLetter, withFiles } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { expectSameBytes } from '../support/pop-bytes.ts';
import type { Caller } from '../support/postern.ts';
import { asServed, imapExpectations, withoutAdded } from '../support/server-expectations.ts';
import { imapProgram } from '../support/server-programs.ts';
import { lineByLine, serverStage } from '../support/server-stage.ts';

// Without what is no ASCII: bytes that have no charset are for tests of their own.
const large = bigLetter(1_000_000).map((byte) =>
  byte > 126 ? 46 : byte < 32 && byte !== 10 && byte !== 13 ? 32 : byte,
);
const noMail = Buffer.from('no header\r\nbut two lines\r\n\r\nand a third\r\n');

describe.each(imapExpectations)('$name', ({ name, served, other, ...expected }) => {
  const stage = serverStage('imap', startPeer[name]);
  const isPlus = expected.permanently.lacks === null;
  const path = messagesPath(mailboxIdOf(other));

  async function callerWith(): Promise<Caller> {
    const caller = await stage.callerWith();
    const program = await imapProgram(stage.port, caller);
    await program.command(`CREATE "${other}"`);
    await program.logout();
    return caller;
  }
  const idsOf = async (caller: Caller) =>
    (await stage.postern.json(EmailPageSchema, caller, path)).messages.map(({ id }) => id);
  const bytesOf = async (caller: Caller, id: string | undefined) =>
    new Uint8Array(await (await stage.postern.call(caller, `${path}/${id}/raw`)).arrayBuffer());
  async function added(caller: Caller, upload: Upload) {
    const response = await append(stage.postern, caller, path, upload);
    const text = await response.text();
    expect(response.status, text).toBe(201);
    return { location: response.headers.get('location'), ...NewEmailSchema.parse(JSON.parse(text)) };
  }
  async function refused(caller: Caller, upload: Upload) {
    const response = await append(stage.postern, caller, path, upload);
    return ProblemSchema.loose().parse(await response.json());
  }
  /** What another program of the same account finds there. */
  async function heldBy(caller: Caller): Promise<readonly Uint8Array[]> {
    const program = await imapProgram(stage.port, caller, other);
    const messages = [...(await program.messages()).values()];
    await program.logout();
    return messages;
  }

  it('adds a large message with its keywords and its date, and tells its id where the server does', async () => {
    const caller = await callerWith();
    const query = '?keywords=$seen,$flagged&receivedAt=2024-02-29T08:30:05Z';
    const { id, location } = await added(caller, { bytes: large, query });
    const [there] = await idsOf(caller);
    expect([id, location]).toEqual(isPlus ? [there, `${path}/${there}`] : [null, null]);
    expectSameBytes(withoutAdded(await bytesOf(caller, there), served), large, 'added');
    const { keywords, receivedAt } = await stage.postern.json(EmailSchema, caller, `${path}/${there}`);
    expect(receivedAt).toBe('2024-02-29T08:30:05.000Z');
    expect(keywords).toEqual(expected.appended.keepsFlags ? { $seen: true, $flagged: true } : {});
  });

  it.each([
    ['in many parts and charsets', withFiles],
    ['in UTF-8, with dots, From and no end of the last line', lineByLine],
  ])('adds a message %s byte for byte', async (_, bytes) => {
    const caller = await callerWith();
    await added(caller, { bytes });
    const [id, ...more] = await idsOf(caller);
    expect(more).toEqual([]);
    const raw = withoutAdded(await bytesOf(caller, id), served);
    expectSameBytes(raw, asServed(bytes, expected.appended), 'read');
    expectSameBytes(withoutAdded(first(await heldBy(caller)), served), raw, 'held');
  });

  it('adds nothing with a keyword that the server does not keep, and else with it', async () => {
    const caller = await callerWith();
    const upload = { bytes: letter('1'), query: '?keywords=$later' };
    if (!expected.keepsKeywords) {
      expect(await refused(caller, upload)).toMatchObject({ status: 422, feature: 'the keyword $later' });
      expect(await heldBy(caller)).toEqual([]);
      return;
    }
    const { id } = await added(caller, upload);
    expect((await stage.postern.json(EmailSchema, caller, `${path}/${id}`)).keywords).toEqual({ $later: true });
  });

  it('leaves nothing of what the server refuses, and goes on', async () => {
    const caller = await callerWith();
    if (expected.takesWhatIsNoMail) {
      await added(caller, { bytes: noMail });
      expectSameBytes(await bytesOf(caller, first(await idsOf(caller))), noMail, 'no mail');
      return;
    }
    expect(await refused(caller, { bytes: noMail })).toMatchObject({ type: '/problems/command-refused', status: 502 });
    expect(await heldBy(caller)).toEqual([]);
    await added(caller, { bytes: letter('after') });
    expect(await idsOf(caller)).toHaveLength(1);
  });

  it('leaves nothing of what does not arrive whole, and goes on', async () => {
    const relay = await startImapRelay(stage.port);
    const caller = await callerWith();
    const half = large.subarray(0, large.length / 2);
    const { goAway } = beginAppend(stage.postern.url, relay.through(caller), path, large.length, half);
    // Some of it has reached the server, a line of 100 octets after the other.
    await until(() => relay.commands.length > 1_000);
    goAway();
    // As large, so that what is wrongly completed would be there as well by then.
    await added(relay.through(caller), { bytes: large });
    expect((await heldBy(caller)).map((bytes) => withoutAdded(bytes, served).length)).toEqual([large.length]);
    await relay.stop();
  });
});

/** Resolves when it is so; the test's own deadline ends the wait. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
