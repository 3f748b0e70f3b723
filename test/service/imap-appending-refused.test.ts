/**
 * Adding a message to servers that refuse it, say nothing, or end the connection over it.
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AppendScript,
  type AppendServer,
  append,
  beginAppend,
  startAppendServer,
} from '../support/imap-append.ts';
import { bigLetter } from '../support/imap-letters.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { type Postern, startPostern } from '../support/postern.ts';

const inbox = messagesPath('inbox');
const small = letter('small');
const large = bigLetter(4_000_000);

let postern: Postern;
const servers: AppendServer[] = [];
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await postern.stop();
});

async function serve(script: AppendScript = {}): Promise<AppendServer> {
  const server = await startAppendServer(script);
  servers.push(server);
  return server;
}

async function answerTo(server: AppendServer, bytes: Uint8Array = small, query = '', path = inbox) {
  const response = await append(postern, server.caller(), path, { bytes, query });
  return { status: response.status, location: response.headers.get('location'), body: await response.json() };
}

const appends = (server: AppendServer) => server.commands.filter((command) => command.startsWith('APPEND'));

it('sends what was sent, and a line end after it', async () => {
  const server = await serve();
  const query = '?keywords=$seen&receivedAt=2026-11-06T08:30:02Z';
  const { status, location, body } = await answerTo(server, small, query);
  expect([status, body]).toEqual([201, { id: '1000.7', mailboxId: 'mb_SU5CT1g' }]);
  expect(location).toBe('/v1/imap/mailboxes/mb_SU5CT1g/messages/1000.7');
  expect(appends(server)).toEqual([`APPEND "INBOX" (\\Seen) " 6-Nov-2026 08:30:02 +0000" {${small.length}}`]);
  expect(server.messages.map((bytes) => Buffer.from(bytes))).toEqual([Buffer.concat([small, Buffer.from('\r\n')])]);
});

it('leaves the new id unknown where the server does not tell', async () => {
  const server = await serve({ onMessage: () => '$ OK done\r\n' });
  const { status, location, body } = await answerTo(server);
  expect([status, location, body]).toEqual([201, null, { id: null, mailboxId: 'mb_SU5CT1g' }]);
});

it('waits to be asked even where it need not, so that a refusal does not cost the upload', async () => {
  const server = await serve({ capabilities: 'LITERAL+ UIDPLUS', onCommand: () => '$ NO [TRYCREATE] no\r\n' });
  expect((await answerTo(server, large)).status).toBe(404);
  expect(server.octets).toBe(0);
});

const refusals = [
  ['[TRYCREATE]', 404, 'mailbox-not-found'],
  ['[NONEXISTENT]', 404, 'mailbox-not-found'],
  ['[OVERQUOTA]', 507, 'over-quota'],
  ['[TOOBIG]', 413, 'message-too-large'],
  ['[NOPERM]', 403, 'permission-denied'],
  ['[READ-ONLY]', 403, 'permission-denied'],
  ['[LIMIT]', 429, 'server-limit-reached'],
  ['[INUSE]', 503, 'server-busy'],
  ['', 502, 'command-refused'],
] as const;

describe.each(refusals)('a refusal with %s', (code, status, kind) => {
  const told = `NO ${code} canary-subject-Kp3Vw\r\n`;

  it('before the message is told as it is, and the session goes on', async () => {
    const server = await serve({ onCommand: (count) => (count === 1 ? `$ ${told}` : '+ go on\r\n') });
    const refused = await answerTo(server, large);
    expect([refused.status, refused.body]).toEqual([status, expect.objectContaining({ type: `/problems/${kind}` })]);
    expect(JSON.stringify(refused.body)).not.toContain('canary');
    expect((await answerTo(server)).status).toBe(201);
    expect(server.connections).toBe(1);
  });

  it('after the message is told as it is, and the session goes on', async () => {
    const server = await serve({ onMessage: () => `$ ${told}` });
    const refused = await answerTo(server, large);
    expect([refused.status, refused.body]).toEqual([status, expect.objectContaining({ type: `/problems/${kind}` })]);
    expect((await answerTo(server)).status).toBe(status);
    expect(server.connections).toBe(1);
  });

  it('in the middle is told as it is, and ends the session: what comes next would be taken for mail', async () => {
    const server = await serve({ during: { octets: 100_000, answer: `$ ${told}` } });
    const answer = await answerToHalf(server);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`/problems/${kind}`);
    expect(answer).not.toContain('canary');
    expect(server.messages).toEqual([]);
    expect((await answerTo(server)).status).toBe(201);
    expect(server.connections).toBe(2);
  });
});

/** To a caller who has sent 200 KB of 4 MB, and would go on. */
async function answerToHalf(server: AppendServer): Promise<string> {
  const { answer, goAway } = beginAppend(postern.url, server.caller(), inbox, large.length, large.subarray(0, 200_000));
  const text = await answer;
  goAway();
  return text;
}

it('does not believe a server that says OK to half a message', async () => {
  const server = await serve({ during: { octets: 100_000, answer: '$ OK [APPENDUID 1000 7] done\r\n' } });
  const answer = await answerToHalf(server);
  expect(answer).toMatch(/^HTTP\/1\.1 502 .*\/problems\/protocol-violated/s);
});

it('does not believe a server that says OK before there is a message', async () => {
  const server = await serve({ onCommand: () => '$ OK [APPENDUID 1000 7] done\r\n' });
  const { status, body } = await answerTo(server);
  expect([status, body]).toEqual([502, expect.objectContaining({ type: '/problems/protocol-violated' })]);
});

it('adds the message once when a kept session turns out to be dead before the first octet', async () => {
  const server = await serve({
    onCommand: (count, socket) => {
      if (count === 2) socket.destroy();
      return count === 2 ? null : '+ go on\r\n';
    },
  });
  expect((await answerTo(server)).status).toBe(201);
  expect((await answerTo(server)).status).toBe(201);
  expect([server.messages.length, server.connections]).toEqual([2, 2]);
});

it('says that nobody knows when the connection is lost after the last octet, and sends nothing again', async () => {
  const server = await serve({ onMessage: (count) => (count === 1 ? '$ OK done\r\n' : null) });
  // On a session that was kept: there a read would be tried again.
  expect((await answerTo(server)).status).toBe(201);
  const answering = answerTo(server);
  await until(() => server.messages.length === 2);
  await server.stop();
  const { status, body } = await answering;
  expect(status).toBe(502);
  expect(body).toMatchObject({ type: '/problems/connection-lost' });
  expect(JSON.stringify(body)).toContain('may or may not have happened');
  expect([server.messages.length, appends(server).length]).toEqual([2, 2]);
});

/** Resolves when it is so; the test's own deadline ends the wait. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a server that says how large a message may be', () => {
  it.each([
    ['for all mailboxes', 'APPENDLIMIT=1000000', undefined],
    ['for each', 'APPENDLIMIT', '* STATUS "INBOX" (APPENDLIMIT 1000000)\r\n$ OK done\r\n'],
  ])('%s is sent none that is larger', async (_, capabilities, status) => {
    const answer = (command: string) => (command.startsWith('STATUS') ? status : undefined);
    const server = await serve({ capabilities, answer });
    const refused = await answerTo(server, large);
    expect(refused.status).toBe(413);
    expect(refused.body).toMatchObject({
      type: '/problems/message-too-large',
      limitedBy: 'mail-server',
      limitBytes: 1_000_000,
    });
    expect(appends(server)).toEqual([]);
    expect((await answerTo(server)).status).toBe(201);
  });

  it('or that there is no limit, is sent any', async () => {
    const answer = (command: string) =>
      command.startsWith('STATUS') ? '* STATUS INBOX (APPENDLIMIT NIL)\r\n$ OK done\r\n' : undefined;
    const server = await serve({ capabilities: 'APPENDLIMIT', answer });
    expect((await answerTo(server, large)).status).toBe(201);
  });
});

it('does not promise a keyword that the mailbox would not keep', async () => {
  const server = await serve();
  const { status, body } = await answerTo(server, small, '?keywords=$seen,project');
  expect([status, body]).toEqual([422, expect.objectContaining({ feature: 'the keyword project' })]);
  expect(appends(server)).toEqual([]);
});
