/**
 * An acknowledgement that takes longer than anybody waits: is it done when it is asked for again?
 */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { letter } from '../support/mail.ts';
import { downloaded } from '../support/pop-client.ts';
import { type AnswerTo, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const count = 200;
const eachMs = 300;
const messages = Array.from({ length: count }, (_, index) => ({ uidl: `${index}`, bytes: letter(`${index}`) }));

it('is brought to its end, QUIT included, by a server that takes a third of a second for each message', async () => {
  const answer: AnswerTo = (command, socket: Socket) => {
    if (!command.startsWith('DELE')) return undefined;
    setTimeout(() => socket.write('+OK marked\r\n'), eachMs);
    return null;
  };
  await withPopServer({ messages, capabilities: ['TOP', 'UIDL'], answer }, async (server) => {
    const { receipt } = await downloaded(postern, server.caller(), { limit: count, format: 'raw' });
    const body = { receipt: receipt?.receipt };
    expect(count * eachMs).toBeGreaterThan(limits.requestMs);
    await postern.problem('deadline-exceeded', server.caller(), '/v1/pop/downloads/ack', { body });
    await vi.waitUntil(() => server.commands.includes('QUIT'), { timeout: 30_000 });
    expect(server.commands.filter((command) => command.startsWith('DELE'))).toHaveLength(count);
  });
});
