/**
 * A caller who begins to send a message and then says nothing more, without going away.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { startAppendServer } from '../support/imap-append.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { accountHeaders, type Caller, startPostern } from '../support/postern.ts';

const path = messagesPath('inbox');

function begin(url: string, caller: Caller, lengthBytes: number, first: Uint8Array) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const headers = {
    ...accountHeaders(caller),
    Host: hostname,
    'Content-Type': 'message/rfc822',
    'Content-Length': String(lengthBytes),
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`);
  socket.write(first);
  return socket;
}

it('is told so in half a minute, nothing is added, and all sessions are free again', async () => {
  const server = await startAppendServer();
  const postern = await startPostern({});
  const bytes = letter('whole');
  const stalled = Array.from({ length: 3 }, () => begin(postern.url, server.caller(), 1_000_000, bytes));
  const startedAt = Date.now();
  const answers = await Promise.all(stalled.map(async (socket) => String((await once(socket, 'data'))[0])));
  expect(Date.now() - startedAt).toBeLessThan(45_000);
  for (const answer of answers) {
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('/problems/request-invalid');
  }
  for (const socket of stalled) socket.destroy();
  expect(server.messages).toEqual([]);
  const [answer] = await once(begin(postern.url, server.caller(), bytes.length, bytes), 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 201 /);
  expect(server.messages).toHaveLength(1);
  await postern.stop();
  await server.stop();
});
