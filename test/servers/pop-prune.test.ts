/**
 * Does every POP3 server lose exactly the old messages when its maildrop is pruned, and what does each say of mail that stays?
 *
 * The same tests for all; where one goes its own way, `test/support/server-expectations.ts` has what is expected.
 */
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { AccountSchema } from '../../src/account/schema.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { sha256Of } from '../support/maildir.ts';
import { aged, pruned } from '../support/pop-aged.ts';
import type { Caller } from '../support/postern.ts';
import { startRelay } from '../support/relay.ts';
import { asServed, popExpectations, withoutAdded } from '../support/server-expectations.ts';
import { maildropOf, popCapabilitiesOf } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';

describe.each(popExpectations)('$name', ({ name, served, announcesPipelining, repeatsUidls, policy, knowsUtf8 }) => {
  const stage = serverStage('pop3', startPeer[name]);

  const prune = (caller: Caller, body: Parameters<typeof pruned>[2]) => pruned(stage.postern, caller, body);
  const original = (bytes: Uint8Array) => sha256Of(asServed(bytes, served));
  /** What is in the maildrop, as another mail program gets it. */
  const held = async (caller: Caller) =>
    (await maildropOf(stage.port, caller)).map((bytes) => sha256Of(withoutAdded(bytes, served)));

  it('deletes what is old and not among the newest, after a dry run has told so', async () => {
    const letters = [
      aged('undated', {}),
      aged('received', { received: 40, date: 1 }),
      aged('date', { date: 30 }),
      aged('claim', { received: 0, date: 3000 }),
      aged('newest', { received: 0 }),
    ];
    const caller = await stage.callerWith(...letters);
    const body = { olderThanDays: 7, keepNewest: 1 };
    const dry = await prune(caller, { ...body, dryRun: true });
    expect(dry.messages.map(({ datedBy }) => datedBy)).toEqual(['received', 'date']);
    const answer = await prune(caller, body);
    expect(answer.messages.map(({ id }) => id)).toEqual(dry.messages.map(({ id }) => id));
    expect([answer.deleted, answer.kept, answer.notDeleted, answer.hasMore]).toEqual([2, 3, [], false]);
    const [undated, , , ...rest] = letters.map(original);
    expect(await held(caller)).toEqual([undated, ...rest]);
    expect((await prune(caller, body)).deleted).toBe(0);
  });

  it('deletes all but the newest of many, in few round trips where commands may be sent ahead', async () => {
    const letters = Array.from({ length: 60 }, (_, index) => aged(`${index}`, { received: 70 - index }));
    const { user, password } = await stage.callerWith(...letters);
    const relay = await startRelay(stage.port);
    try {
      const caller = { user, password, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` };
      expect(await prune(caller, { keepNewest: 3 })).toMatchObject({ deleted: 57, kept: 3 });
      expect(await held(caller)).toEqual(letters.slice(-3).map(original));
      if (announcesPipelining) expect(relay.turns).toBeLessThan(20);
      else expect(relay.turns).toBeGreaterThan(100);
    } finally {
      await relay.stop();
    }
  });

  it('deletes the old one of two with the same header but for the bodies, whatever their UIDLs are', async () => {
    const twin = (body: string) =>
      Buffer.from(
        `From: grace@weaver.example\r\nDate: Mon, 1 Jun 2026 09:30:00 +0000\r\nSubject: twin\r\n\r\n${body}\r\n`,
      );
    const letters = [twin('one'), twin('two')];
    const caller = await stage.callerWith(...letters);
    const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
    expect(new Set(messages.map(({ uidl }) => uidl)).size).toBe(repeatsUidls ? 1 : 2);
    expect(await prune(caller, { keepNewest: 1, olderThanDays: 7 })).toMatchObject({ deleted: 1, kept: 1 });
    expect(await held(caller)).toEqual(letters.slice(1).map(original));
  });

  it('tells how long mail may stay and how often one may come, as the server tells it', async () => {
    const caller = await stage.callerWith();
    expect((await stage.postern.json(AccountSchema, caller, '/v1/account')).maildrop).toEqual(policy);
    const capabilities = await popCapabilitiesOf(stage.port);
    expect(capabilities.some((line) => line.split(' ')[0] === 'UTF8')).toBe(knowsUtf8);
  });
});
