/**
 * Does Postern get along with other sessions of a maildrop, and with what a POP3 server says that it can do?
 *
 * The same tests for every server; where one goes its own way, `test/support/server-expectations.ts` has what is expected.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { AccountSchema } from '../../src/account/schema.ts';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { downloaded } from '../support/pop-client.ts';
import type { Caller } from '../support/postern.ts';
import { startRelay } from '../support/relay.ts';
import { asServed, popExpectations, withoutAdded } from '../support/server-expectations.ts';
import { crowdAt, maildropOf, type PopProgram, popCapabilitiesOf, popProgram } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';

const messagesPath = '/v1/pop/messages';
const remove = { method: 'DELETE' } as const;
const three = ['1', '2', '3'].map((label) => letter(label));

describe.each(popExpectations)('$name', (expected) => {
  const { name, served, announcesPipelining, locksMaildrop, crowding } = expected;
  const stage = serverStage('pop3', startPeer[name]);

  const pathsOf = async (caller: Caller) =>
    (await stage.postern.json(MaildropPageSchema, caller, messagesPath)).messages.map(
      ({ id }) => `${messagesPath}/${id}`,
    );
  const digestOf = (bytes: Uint8Array) => sha256Of(withoutAdded(bytes, served));
  const original = (bytes: Uint8Array) => sha256Of(asServed(bytes, served));
  /** What is in the maildrop, as another mail program gets it. */
  const held = async (caller: Caller) => (await maildropOf(stage.port, caller)).map(digestOf);
  async function whileHeld(caller: Caller, use: (program: PopProgram) => Promise<void>): Promise<void> {
    const program = await popProgram(stage.port, caller);
    try {
      await use(program);
    } finally {
      program.close();
    }
  }

  it('tells what the server says that it can do', async () => {
    const caller = await stage.callerWith();
    const { protocol, user, capabilities } = await stage.postern.json(AccountSchema, caller, '/v1/account');
    expect([protocol, user]).toEqual(['pop3', caller.user]);
    expect(capabilities).toEqual(await popCapabilitiesOf(stage.port));
    expect(capabilities.includes('PIPELINING')).toBe(announcesPipelining);
  });

  it('downloads by RETR sent ahead where that is announced, one by one where not, byte for byte', async () => {
    const block = ['.', '..', `.${'x'.repeat(900)}`];
    const letters = Array.from({ length: 20 }, (_, index) =>
      letter(
        `letter-${index}`,
        Array.from({ length: 1 + index * 3 }, () => block)
          .flat()
          .join('\r\n'),
      ),
    );
    const { user, password } = await stage.callerWith(...letters);
    const relay = await startRelay(stage.port);
    try {
      const caller = { user, password, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` };
      const { messages, errors, receipt } = await downloaded(stage.postern, caller, { format: 'raw' });
      expect([errors, receipt?.count]).toEqual([[], letters.length]);
      expect(messages.map(({ raw = '' }) => digestOf(Buffer.from(raw, 'base64')))).toEqual(letters.map(original));
      if (announcesPipelining) expect(relay.turns).toBeLessThan(letters.length / 2);
      else expect(relay.turns).toBeGreaterThan(letters.length);
    } finally {
      await relay.stop();
    }
  });

  it('works beside somebody else who has the maildrop, or says so, with the time to try again', async () => {
    const caller = await stage.callerWith(...three);
    await whileHeld(caller, async (program) => {
      if (locksMaildrop) {
        await expectLocked(caller);
        return;
      }
      const [path = '', ...others] = await pathsOf(caller);
      expect((await stage.postern.call(caller, path, remove)).status).toBe(204);
      // What has been deleted does not come back because somebody leaves who still sees it.
      await program.command('QUIT').catch(() => 'a server may not like what has happened to the maildrop');
      expect(await pathsOf(caller)).toEqual(others);
    });
    const left = locksMaildrop ? three : three.slice(1);
    expect(await held(caller)).toEqual(left.map(original));
    expect(await pathsOf(caller)).toHaveLength(left.length);
  });

  async function expectLocked(caller: Caller): Promise<void> {
    const any = `${messagesPath}/${Buffer.from('any').toString('base64url')}`;
    for (const [path, call] of [
      [messagesPath, {}],
      ['/v1/pop/downloads', { body: {} }],
      [any, remove],
    ] as const) {
      const response = await stage.postern.call(caller, path, call);
      expect([response.status, response.headers.get('retry-after')]).toEqual([409, '10']);
      expect(await response.json()).toMatchObject({ type: '/problems/maildrop-locked', retryAfterSeconds: 10 });
    }
  }

  it('deletes what was acknowledged and nothing else when another session has deleted meanwhile', async () => {
    const caller = await stage.callerWith(...three);
    const { receipt } = await downloaded(stage.postern, caller, { format: 'raw' });
    // Waits until our own session has let go, where a session locks the maildrop.
    await stage.deliver(caller, letter('4'));
    const program = await popProgram(stage.port, caller);
    await program.command('DELE 1');
    await program.command('QUIT');
    program.close();
    const body = { receipt: receipt?.receipt };
    const acknowledge = () => stage.postern.json(AcknowledgedSchema, caller, '/v1/pop/downloads/ack', { body });
    expect(await acknowledge()).toEqual({ deleted: 2, alreadyGone: 1, notDeleted: [] });
    expect(await acknowledge()).toEqual({ deleted: 0, alreadyGone: 3, notDeleted: [] });
    const [path = ''] = await pathsOf(caller);
    const raw = await stage.postern.call(caller, `${path}/raw`);
    expect(Buffer.from(await raw.arrayBuffer()).toString()).toContain('This is 4.');
  });

  it('says whose limit it is when the server lets nobody else connect, and goes on afterwards', async () => {
    const caller = await stage.callerWith(letter('kept'));
    const leave = await crowded(caller);
    const response = await stage.postern.call(caller, messagesPath);
    const { kind, status } = crowding?.answer ?? { kind: null, status: 200 };
    expect(response.status).toBe(status);
    if (kind !== null) expect(await response.json()).toMatchObject({ type: `/problems/${kind}` });
    leave();
    await expect
      .poll(async () => (await stage.postern.call(caller, messagesPath)).status, { timeout: 10_000 })
      .toBe(200);
  });

  async function crowded(caller: Caller): Promise<() => void> {
    if (crowding?.isPerUser !== true) return crowdAt(stage.port, crowding?.sessions ?? 30);
    const programs = await Promise.all(Array.from({ length: crowding.sessions }, () => popProgram(stage.port, caller)));
    return () => {
      for (const program of programs) program.close();
    };
  }
});
