/**
 * What becomes of those who listen, and of the sessions that are held for them, when minutes pass?
 *
 * All at the same time, since each of them waits for minutes.
 */
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { listen } from '../support/event-reader.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { startTurnstile } from '../support/turnstile.ts';

const stage = imapStage();
const scripts = imapScriptStage({ capabilities: ['UIDPLUS', 'IDLE'], messages: [letter('1')] });
/** What a busy machine may take longer. */
const leewayMs = 30_000;

describe.concurrent('with patience', () => {
  it('IDLE is begun anew before others forget the connection', async () => {
    const relay = await startImapRelay(stage.host.dovecot.ports.imap);
    const caller = await stage.callerWith([letter('1')]);
    const times = (command: RegExp) => relay.commands.filter((sent) => command.test(sent)).length;
    const startedAt = Date.now();
    const reader = await listen(stage.postern, relay.through(caller));
    await reader.changes();
    await vi.waitUntil(() => times(/^IDLE/) === 2, { timeout: limits.idleMs + leewayMs, interval: 1000 });
    expect(times(/^DONE/)).toBe(1);
    expect(Date.now() - startedAt).toBeGreaterThan(limits.idleMs - leewayMs);
    await stage.deliver(caller, 'INBOX', letter('2'));
    expect((await reader.changes()).created).toHaveLength(1);
    expect(relay.connections).toBe(1);
    reader.leave();
    await relay.stop();
  });

  it('nothing is held open any more when the last listener has gone, who only says FIN', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const turnstile = await startTurnstile(stage.host.dovecot.ports.imap);
    const reader = await listen(stage.postern, turnstile.through(caller));
    await reader.changes();
    await reader.comment();
    expect(turnstile.open).toBe(1);
    reader.leave();
    const timeout = 2 * limits.heartbeatMs + limits.idleMailboxSessionMs + leewayMs;
    await vi.waitUntil(() => turnstile.open === 0, { timeout, interval: 100 });
    await turnstile.stop();
  });

  it('a server that never says that it idles is asked instead', async () => {
    const server = await scripts.serve({ answer: (command) => (command === 'IDLE' ? null : undefined) });
    const reader = await listen(scripts.postern, server.caller());
    await reader.changes();
    await vi.waitUntil(() => server.connections === 2, { timeout: limits.commandMs + leewayMs, interval: 100 });
    for (const uid of [2, 3]) {
      server.inbox.push({ uid, bytes: letter(`${uid}`), flags: new Set() });
      expect((await reader.changes()).created).toHaveLength(1);
    }
    expect(server.commands.filter((sent) => sent === 'IDLE')).toHaveLength(1);
    reader.leave();
  });

  it('a connection that has died in silence is noticed, and what has changed is told', async () => {
    let isDead = false;
    const server = await scripts.serve({
      answer: (command) => (isDead ? null : command === 'IDLE' ? '+ idling\r\n' : undefined),
      answerLine: () => '',
    });
    const reader = await listen(scripts.postern, server.caller());
    await reader.changes();
    await vi.waitUntil(() => server.commands.includes('IDLE'), { timeout: 10_000 });
    server.inbox.push({ uid: 2, bytes: letter('2'), flags: new Set() });
    isDead = true;
    await vi.waitUntil(() => server.connections === 2, { timeout: limits.idleMs + leewayMs, interval: 10 });
    isDead = false;
    expect((await reader.changes()).created).toHaveLength(1);
    reader.leave();
  });

  it('who listens is told when the mail server stays away', async () => {
    const sockets: Socket[] = [];
    const server = await scripts.serve({
      answer(command, socket) {
        sockets.push(socket);
        return command === 'IDLE' ? '+ idling\r\n' : undefined;
      },
    });
    const reader = await listen(scripts.postern, server.caller());
    await reader.changes();
    await vi.waitUntil(() => server.commands.includes('IDLE'), { timeout: 10_000 });
    const startedAt = Date.now();
    await server.stop();
    expect(await reader.problem()).toMatchObject({ type: '/problems/connect-failed', status: 502 });
    expect(await reader.ended).toBe('whole');
    expect(Date.now() - startedAt).toBeGreaterThan(limits.liveOutageMs - leewayMs);
  });
});
