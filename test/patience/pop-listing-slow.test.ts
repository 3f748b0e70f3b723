/**
 * A maildrop that takes longer to list than anybody waits: is it given back when the caller has been told?
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { letter } from '../support/mail.ts';
import { multiLine } from '../support/pop-bytes.ts';
import { type AnswerTo, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const messages = Array.from({ length: 200 }, (_, index) => ({ uidl: '', bytes: letter(`${index}`) }));

it('gives a maildrop back that has to be read header by header, a second each', async () => {
  const closed: Promise<unknown>[] = [];
  const answer: AnswerTo = (command, socket: Socket) => {
    if (command.startsWith('USER')) closed.push(once(socket, 'close'));
    if (command.startsWith('UIDL')) return '-ERR unknown command\r\n';
    if (!command.startsWith('TOP')) return undefined;
    const header = multiLine(Buffer.from('Subject: slow\r\n\r\n'));
    setTimeout(() => socket.write(Buffer.concat([Buffer.from('+OK\r\n'), header])), 1_000);
    return null;
  };
  await withPopServer({ messages, answer }, async (server) => {
    const start = Date.now();
    await postern.problem('deadline-exceeded', server.caller(), '/v1/pop/messages');
    await closed[0];
    expect(Date.now() - start).toBeLessThan(limits.requestMs + 5_000);
  });
});
