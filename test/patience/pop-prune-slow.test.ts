/**
 * A server that is far away and takes one command at a time: does a prune end in time, with what it could do by then?
 */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { startDistantServer } from '../support/distant-server.ts';
import { aged, pruned, prunePath } from '../support/pop-aged.ts';
import { type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Caller, type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

/** A TOP and a DELE for each message of 100 would take a minute. */
const oneWayMs = 150;
const body = { olderThanDays: 7 };

async function farAway(letter: Uint8Array, use: (server: PopServer, caller: Caller) => Promise<void>): Promise<void> {
  const messages = Array.from({ length: 100 }, (_, index) => ({ uidl: `u${index}`, bytes: letter }));
  await withPopServer({ messages, capabilities: ['TOP', 'UIDL'] }, async (server) => {
    const distant = await startDistantServer(server.port, oneWayMs);
    await use(server, server.caller(`pop3://127.0.0.1:${distant.port}?security=none`));
    await distant.stop();
  });
}

describe.concurrent('with 0.3 s for each command', () => {
  it('deletes what there was time for, and asks to be called again', async ({ expect }) => {
    await farAway(aged('old', { received: 30 }), async (server, caller) => {
      const start = Date.now();
      const { deleted, kept, hasMore } = await pruned(postern, caller, body);
      expect(Date.now() - start).toBeLessThan(limits.requestMs);
      expect(hasMore).toBe(true);
      expect(deleted).toBeGreaterThan(20);
      expect(server.messages.length).toBe(100 - deleted);
      expect(kept).toBe(100 - deleted);
    });
  });

  it('says that it took too long when it has found nothing by then, instead of asking to be called for ever', async ({
    expect,
  }) => {
    await farAway(aged('undated', {}), async (server, caller) => {
      const problem = await postern.problem('deadline-exceeded', caller, prunePath, { body });
      expect(problem).toMatchObject({ status: 504, phase: 'request', limitMs: limits.pruneLookMs });
      expect(server.commands.filter((command) => command.startsWith('DELE'))).toEqual([]);
    });
  });
});

it('deletes nothing any more when looking took so long that nobody would hear of it', async () => {
  const messages = [1, 2].map((number) => ({ uidl: `u${number}`, bytes: aged('old', { received: 30 }) }));
  const header = aged('old', { received: 30 }).toString().split('\r\n\r\n')[0];
  /** Two of them are more than `pruneMs`, and each is less than `commandMs`. */
  const answer = (command: string, socket: Socket): null | undefined => {
    if (!command.startsWith('TOP')) return undefined;
    setTimeout(() => socket.write(`+OK\r\n${header}\r\n\r\n.\r\n`), limits.pruneMs / 2 + 500);
    return null;
  };
  await withPopServer({ messages, capabilities: ['TOP', 'UIDL'], answer }, async (server) => {
    const problem = await postern.problem('deadline-exceeded', server.caller(), prunePath, { body });
    expect(problem).toMatchObject({ status: 504, phase: 'request', limitMs: limits.pruneMs });
    expect(server.commands.filter((command) => command.startsWith('TOP'))).toHaveLength(2);
    expect(server.commands.filter((command) => /^(DELE|QUIT)/.test(command))).toEqual([]);
    expect(server.messages).toHaveLength(2);
  });
});
