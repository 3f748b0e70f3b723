/**
 * `GET …/export` over servers that change under it, or are wrong about sizes.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ExportLineSchema } from '../../src/mailbox/schema/export.ts';
import { bigLetter } from '../support/imap-letters.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { readMbox } from '../support/mbox.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapScriptStage();
const path = '/v1/imap/mailboxes/inbox/export';
const found = (uids: string) => (command: string) =>
  command.startsWith('UID SEARCH') ? `* SEARCH ${uids}\r\n$ OK done\r\n` : undefined;

async function linesOf(caller: Caller): Promise<z.output<typeof ExportLineSchema>[]> {
  const text = await (await stage.postern.call(caller, path)).text();
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => ExportLineSchema.parse(JSON.parse(line)));
}

describe.each([
  ['gives less than it is asked for', { mostBytes: 300 }],
  ['says that messages are smaller than they are', { announcedSize: 10 }],
  ['says that messages are larger than they are', { announcedSize: 20_000 }],
  ['says that messages have no size', { announcedSize: 0 }],
])('a server that %s', (_, script) => {
  it('has its messages exported whole', async () => {
    const messages = ['1', '2', '3'].map((label) => letter(label, 'x'.repeat(5_000)));
    const server = await stage.serve({ ...script, messages, answer: found('3 1 2') });
    const lines = await linesOf(server.caller());
    expect(lines.flatMap((line) => (line.type === 'message' ? [line.sha256] : []))).toEqual(messages.map(sha256Of));
    expect(lines.at(-1)).toMatchObject({ type: 'end', count: 3 });
    const mbox = await stage.postern.call(server.caller(), `${path}?format=mbox`);
    expect(readMbox(Buffer.from(await mbox.arrayBuffer())).map(({ bytes }) => sha256Of(bytes))).toEqual(
      messages.map(sha256Of),
    );
  });
});

it('tells of messages that were expunged meanwhile, and gives the others', async () => {
  const messages = ['1', '2', '3'].map((label) => letter(label));
  const server = await stage.serve({ messages, answer: found('1 2 3 4 5') });
  const lines = await linesOf(server.caller());
  expect(lines.flatMap((line) => (line.type === 'message' ? [line.sha256] : []))).toEqual(messages.map(sha256Of));
  const errors = lines.flatMap((line) => (line.type === 'error' ? [[line.id, line.problem.type]] : []));
  expect(errors).toEqual(['4', '5'].map((uid) => [`1000.${uid}`, '/problems/message-not-found']));
  expect(lines.at(-1)).toEqual({ type: 'end', count: 3, nextCursor: null });
  const mbox = await stage.postern.call(server.caller(), `${path}?format=mbox`);
  expect(readMbox(Buffer.from(await mbox.arrayBuffer()))).toHaveLength(3);
});

describe('a message that is expunged while it is read', () => {
  const bytes = bigLetter(3_000_000);
  const script = () => {
    let isGone = false;
    return {
      messages: [letter('before'), bytes, letter('after')],
      answer: (command: string) => {
        isGone ||= command.includes('BODY.PEEK[]<1048576.');
        if (isGone && /^UID FETCH 2 /.test(command)) return '$ OK done\r\n';
        return found('1 2 3')(command);
      },
    };
  };

  it('is an error with what had come, in ndjson, and the others are there', async () => {
    const lines = await linesOf((await stage.serve(script())).caller());
    const kinds = lines.map((line) => [line.type, 'id' in line ? line.id : null]);
    expect(kinds).toEqual([
      ['export', null],
      ['message', '1000.1'],
      ['error', '1000.2'],
      ['message', '1000.3'],
      ['end', null],
    ]);
    expect(lines.at(-1)).toMatchObject({ count: 2 });
  });

  it('breaks an mbox file', async () => {
    const response = await stage.postern.call((await stage.serve(script())).caller(), `${path}?format=mbox`);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });
});

it('does not take a message for expunged that the server leaves out and has', async () => {
  const hides = (command: string) =>
    command.startsWith('UID FETCH') && command.includes('INTERNALDATE') ? '$ OK done\r\n' : found('1')(command);
  const server = await stage.serve({ messages: [letter('1')], answer: hides });
  const lines = await linesOf(server.caller());
  expect(lines.flatMap((line) => (line.type === 'error' ? [line.problem.type] : []))).toEqual([
    '/problems/protocol-violated',
  ]);
  const mbox = await stage.postern.call(server.caller(), `${path}?format=mbox`);
  await expect(mbox.arrayBuffer()).rejects.toThrow();
});

it('ends without an end when the server goes away', async () => {
  const server = await stage.serve({
    messages: [letter('1'), bigLetter(3_000_000)],
    answer: (command, socket) => {
      if (command.includes('BODY.PEEK[]<1048576.')) socket.destroy();
      return found('1 2')(command);
    },
  });
  const lines = await linesOf(server.caller());
  expect(lines.map(({ type }) => type)).toEqual(['export', 'message', 'error', 'error']);
  expect(lines.at(-1)).toMatchObject({ problem: { type: '/problems/connection-lost' } });
});

it('breaks an mbox file when the server goes away between two messages', async () => {
  const server = await stage.serve({
    messages: [letter('1'), bigLetter(3_000_000)],
    answer: (command, socket) => {
      if (/^UID FETCH 2 .*BODY\.PEEK/.test(command)) socket.destroy();
      return found('1 2')(command);
    },
  });
  const response = await stage.postern.call(server.caller(), `${path}?format=mbox`);
  expect(response.status).toBe(200);
  await expect(response.arrayBuffer()).rejects.toThrow();
});
