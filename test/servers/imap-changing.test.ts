/**
 * Does Postern move, copy, add and guard messages with every IMAP server?
 *
 * The same tests for all of them; what a server lacks is in `expectations` and in `docs/servers.md`.
 */
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { EmailPageSchema, EmailSchema, NewEmailSchema, PatchedEmailSchema } from '../../src/mailbox/schema.ts';
import { append } from '../support/imap-append.ts';
import { bigLetter } from '../support/imap-letters.ts';
import { first, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import type { Caller } from '../support/postern.ts';
import { imapExpectations, withoutAdded } from '../support/server-expectations.ts';
import { imapProgram } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';

interface Expectation {
  /** Beside the INBOX, as this server likes it. */
  readonly other: string;
  /** UIDPLUS: whether the ids of copies are told, and messages can be moved. */
  readonly isPlus: boolean;
  /** imap4d of mailutils leaves out the flags that come with APPEND (ran). */
  readonly keepsAppendedFlags: boolean;
}

const expectations: Readonly<Record<(typeof imapExpectations)[number]['name'], Expectation>> = {
  dovecot: { other: 'Other', isPlus: true, keepsAppendedFlags: true },
  courier: { other: 'INBOX.Other', isPlus: true, keepsAppendedFlags: true },
  cyrus: { other: 'INBOX.Other', isPlus: true, keepsAppendedFlags: true },
  mailutils: { other: 'Other', isPlus: false, keepsAppendedFlags: false },
};

describe.each(imapExpectations)('$name', ({ name, served }) => {
  const stage = serverStage('imap', startPeer[name]);
  const { other, isPlus, keepsAppendedFlags } = expectations[name];
  const otherId = mailboxIdOf(other);

  async function callerWith(...messages: readonly Uint8Array[]): Promise<Caller> {
    const caller = await stage.callerWith(...messages);
    const program = await imapProgram(stage.port, caller, 'INBOX');
    await program.command(`CREATE "${other}"`);
    await program.logout();
    return caller;
  }
  const idsIn = async (caller: Caller, mailbox: string) =>
    (await stage.postern.json(EmailPageSchema, caller, messagesPath(mailbox))).messages.map(({ id }) => id);
  const pathIn = async (caller: Caller, mailbox: string) =>
    `${messagesPath(mailbox)}/${first(await idsIn(caller, mailbox))}`;
  const digestAt = async (caller: Caller, path: string) => {
    const response = await stage.postern.call(caller, `${path}/raw`);
    return sha256Of(withoutAdded(new Uint8Array(await response.arrayBuffer()), served));
  };
  const digest = (bytes: Uint8Array) => sha256Of(new Uint8Array(bytes));

  it('moves a message with its keywords and every byte, or changes nothing and says what the server lacks', async () => {
    const caller = await callerWith(letter('1'), letter('2'));
    const path = await pathIn(caller, 'inbox');
    const call = { method: 'PATCH', body: { mailboxId: otherId, keywords: { $flagged: true } } };
    if (!isPlus) {
      const problem = await stage.postern.problem('unsupported-by-server', caller, path, call);
      expect(problem).toMatchObject({ status: 422, feature: 'MOVE or UIDPLUS' });
      expect([(await idsIn(caller, 'inbox')).length, await idsIn(caller, otherId)]).toEqual([2, []]);
      return;
    }
    const answer = await stage.postern.json(PatchedEmailSchema, caller, path, call);
    expect(answer).toMatchObject({ mailboxId: otherId, keywords: { $flagged: true } });
    expect(await idsIn(caller, otherId)).toEqual([answer.id]);
    expect(await idsIn(caller, 'inbox')).toHaveLength(1);
    const newPath = `${messagesPath(otherId)}/${answer.id}`;
    expect((await stage.postern.json(EmailSchema, caller, newPath)).keywords).toMatchObject({ $flagged: true });
    expect(await digestAt(caller, newPath)).toBe(digest(letter('2')));
  });

  it('copies a message with every byte, and tells its id where the server does', async () => {
    const caller = await callerWith(letter('1'));
    const path = await pathIn(caller, 'inbox');
    const { id } = await stage.postern.json(NewEmailSchema, caller, `${path}/copy`, { body: { mailboxId: otherId } });
    const [copy] = await idsIn(caller, otherId);
    expect(id).toBe(isPlus ? copy : null);
    expect(await digestAt(caller, `${messagesPath(otherId)}/${copy}`)).toBe(digest(letter('1')));
    expect(await idsIn(caller, 'inbox')).toHaveLength(1);
  });

  it('adds a message with every byte, and tells its id where the server does', async () => {
    const caller = await callerWith();
    const text = bigLetter(1_000_000);
    // Cyrus would refuse what is no mail, and bytes of no charset are.
    const bytes = text.map((byte) => (byte > 126 ? 46 : byte < 32 && byte !== 10 && byte !== 13 ? 32 : byte));
    const query = '?keywords=$seen&receivedAt=2024-02-29T08:30:05Z';
    const response = await append(stage.postern, caller, messagesPath(otherId), { bytes, query });
    expect(response.status).toBe(201);
    const { id } = NewEmailSchema.parse(await response.json());
    const [added] = await idsIn(caller, otherId);
    expect(id).toBe(isPlus ? added : null);
    const path = `${messagesPath(otherId)}/${added}`;
    expect(await digestAt(caller, path)).toBe(digest(bytes));
    const { keywords, receivedAt } = await stage.postern.json(EmailSchema, caller, path);
    expect(receivedAt).toBe('2024-02-29T08:30:05.000Z');
    if (keepsAppendedFlags) expect(keywords).toEqual({ $seen: true });
  });

  it('says which mailbox is missing', async () => {
    const caller = await callerWith(letter('1'));
    const path = await pathIn(caller, 'inbox');
    const mailboxId = mailboxIdOf(`${other}-missing`);
    const call = { body: { mailboxId } };
    const copied = await stage.postern.call(caller, `${path}/copy`, call);
    expect([copied.status, await copied.json()]).toEqual([404, expect.objectContaining({ field: 'mailboxId' })]);
    const appended = await append(stage.postern, caller, messagesPath(mailboxId), { bytes: letter('2') });
    expect([appended.status, await appended.json()]).toEqual([
      404,
      expect.objectContaining({ type: '/problems/mailbox-not-found' }),
    ]);
    if (!isPlus) return;
    await stage.postern.problem('mailbox-not-found', caller, path, { method: 'PATCH', ...call });
  });

  it('changes a message only if nobody else has', async () => {
    const caller = await callerWith(letter('1'));
    const path = await pathIn(caller, 'inbox');
    const read = await stage.postern.call(caller, path);
    await read.arrayBuffer();
    const stale = { 'If-Match': read.headers.get('etag') ?? '' };
    const seen = { method: 'PATCH', body: { keywords: { $seen: true } }, headers: stale };
    const flagged = { method: 'PATCH', body: { keywords: { $flagged: true } }, headers: stale };
    expect((await stage.postern.json(PatchedEmailSchema, caller, path, seen)).keywords).toMatchObject({ $seen: true });
    await stage.postern.problem('precondition-failed', caller, path, flagged);
    expect((await stage.postern.json(EmailSchema, caller, path)).keywords).not.toHaveProperty('$flagged');
  });
});
