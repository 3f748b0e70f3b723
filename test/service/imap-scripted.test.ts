/**
 * Mail servers that are not Dovecot: older, stranger, and some that are no mail server at all.
 */
import { describe, expect, it } from 'vitest';
import { PatchedEmailSchema, TrashedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { bigLetter } from '../support/imap-letters.ts';
import type { ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';

const inbox = messagesPath('inbox');
const message = (uid: number): string => `${inbox}/1000.${uid}`;
const ids = (page: { messages: readonly { id: string }[] }): string[] => page.messages.map(({ id }) => id);

const stage = imapScriptStage({ messages: ['1', '2', '3'].map((label) => letter(label)) });
const { serve } = stage;

describe('a server without extensions', () => {
  it('is listed page by page, read, and marked', async () => {
    const server = await serve();
    const caller = server.caller();
    const newest = await stage.postern.json(EmailPageSchema, caller, `${inbox}?limit=2`);
    expect([ids(newest), newest.nextCursor]).toEqual([['1000.3', '1000.2'], '1000.2']);
    const rest = await stage.postern.json(EmailPageSchema, caller, `${inbox}?limit=2&cursor=1000.2`);
    expect([ids(rest), rest.nextCursor, rest.total]).toEqual([['1000.1'], null, 3]);
    expect((await stage.postern.json(EmailSchema, caller, message(2))).text).toBe('This is 2.\n');
    const options = { method: 'PATCH', body: { keywords: { $seen: true } } };
    expect((await stage.postern.json(PatchedEmailSchema, caller, message(2), options)).keywords).toEqual({
      $seen: true,
    });
  });

  it.each(['', '?permanent=true'])('deletes nothing rather than more than it was told to (%s)', async (query) => {
    const server = await serve();
    const problem = await stage.postern.problem('unsupported-by-server', server.caller(), message(2) + query, {
      method: 'DELETE',
    });
    expect(problem.status).toBe(422);
    expect(server.inbox.map(({ uid, flags }) => [uid, [...flags]])).toEqual([
      [1, []],
      [2, []],
      [3, []],
    ]);
    expect(server.commands.filter((command) => /STORE|EXPUNGE|COPY/.test(command))).toEqual([]);
  });
});

it('moves to the trash by copying first and expunging just that one, where there is UIDPLUS and no MOVE', async () => {
  const server = await serve({ capabilities: ['UIDPLUS'] });
  server.inbox[0]?.flags.add('\\Deleted');
  const trashed = await stage.postern.json(TrashedEmailSchema, server.caller(), message(2), { method: 'DELETE' });
  expect(trashed.id).toBe('1000.70');
  expect(server.inbox.map(({ uid }) => uid)).toEqual([1, 3]);
  expect(server.trash.map(({ bytes }) => sha256Of(bytes))).toEqual([sha256Of(letter('2'))]);
  const sent = server.commands.filter((command) => /COPY|STORE|EXPUNGE/.test(command));
  expect(sent).toEqual(['UID COPY 2 "Trash"', 'UID STORE 2 +FLAGS (\\Deleted)', 'UID EXPUNGE 2']);
});

it.each([
  ['gives less than it is asked for', { mostBytes: 100_000 }],
  ['says that a message is smaller than it is', { announcedSize: 10 }],
  ['says that a message is larger than it is', { announcedSize: 9_999_999 }],
  ['says that a message has no size', { announcedSize: 0 }],
])('gives a message whole although the server %s', async (_, script) => {
  const bytes = bigLetter(2_500_000);
  const server = await serve({ ...script, messages: [bytes] });
  const response = await stage.postern.call(server.caller(), `${message(1)}/raw`);
  expect(sha256Of(new Uint8Array(await response.arrayBuffer()))).toBe(sha256Of(bytes));
});

it('says that ids and cursors are gone after the server has renumbered the mailbox', async () => {
  const server = await serve({ capabilities: ['UIDPLUS', 'MOVE'] });
  const caller = server.caller();
  await stage.postern.json(EmailPageSchema, caller, inbox);
  server.uidValidity = 2000;
  // The session that has it selected need not notice; one that selects it does.
  await stage.postern.json(EmailPageSchema, caller, messagesPath('trash'));
  await stage.postern.problem('state-gone', caller, message(1));
  await stage.postern.problem('state-gone', caller, `${inbox}?cursor=1000.3`);
  await stage.postern.problem('state-gone', caller, `${message(1)}?permanent=true`, { method: 'DELETE' });
  expect(ids(await stage.postern.json(EmailPageSchema, caller, inbox))).toEqual(['2000.3', '2000.2', '2000.1']);
  expect(server.inbox).toHaveLength(3);
});

it('keeps news about other messages apart from the answer', async () => {
  const noise = '* 1 FETCH (UID 1 FLAGS (\\Flagged))\r\n* 3 FETCH (FLAGS (\\Answered))\r\n* 4 EXISTS\r\n';
  const server = await serve({
    answer: (command, socket) => {
      if (command.startsWith('UID FETCH')) socket.write(noise);
      return undefined;
    },
  });
  const email = await stage.postern.json(EmailSchema, server.caller(), message(2));
  expect(email).toMatchObject({ id: '1000.2', keywords: {}, messageId: ['2@weaver.example'] });
});

it('does not give a message an empty text because it was expunged while it was read', async () => {
  const server = await serve({
    answer: (command) =>
      /^UID FETCH .*(BODY\.PEEK\[TEXT\]|\(UID FLAGS\))/.test(command) ? '$ OK done\r\n' : undefined,
  });
  await stage.postern.problem('message-not-found', server.caller(), message(2));
});

it('does not take a message for deleted because the server leaves out its text', async () => {
  const server = await serve({
    answer: (command) => (/^UID FETCH .*BODY\.PEEK\[(TEXT)?\]/.test(command) ? '$ OK done\r\n' : undefined),
  });
  await stage.postern.problem('protocol-violated', server.caller(), message(2));
  await stage.postern.problem('protocol-violated', server.caller(), `${message(2)}/raw`);
});

it('does not promise a keyword that the server would not keep', async () => {
  const server = await serve({ permanentFlags: '\\Seen' });
  const options = { method: 'PATCH', body: { keywords: { $seen: true, project: true } } };
  const problem = await stage.postern.problem('unsupported-by-server', server.caller(), message(1), options);
  expect(problem).toMatchObject({ status: 422, feature: 'the keyword project' });
  expect(server.inbox[0]?.flags.size).toBe(0);
});

it.each([
  '* 2 FETCH (UID 2 FLAGS ("unfinished\r\n',
  '* 2 FETCH UID 2)\r\n',
  'nonsense\r\n',
  '* 2 FETCH (UID 2 FLAGS (] INTERNALDATE)\r\n',
])('leaves no message out of a list because its line cannot be understood (%j)', async (line) => {
  const server = await serve({
    answer: (command, socket) => {
      if (command.startsWith('FETCH')) socket.write(line);
      return command.startsWith('FETCH') ? '$ OK done\r\n' : undefined;
    },
  });
  const problem = await stage.postern.problem('protocol-violated', server.caller(), inbox);
  expect(problem.status).toBe(502);
});

it('lists what is left when others expunge messages while they are fetched', async () => {
  let count = 0;
  const server: ImapServer = await serve({
    answer: (command) => {
      if (!command.startsWith('FETCH') || ++count > 1) return undefined;
      // Expunged, which it may not say during FETCH; so it leaves the row out, and says it at NOOP.
      server.inbox.splice(1, 1);
      const row = (sequence: number, uid: number) =>
        `* ${sequence} FETCH (UID ${uid} FLAGS () INTERNALDATE "23-Nov-2026 10:00:00 +0000" RFC822.SIZE 1)\r\n`;
      return `${row(1, 1)}${row(3, 3)}$ OK done\r\n* 2 EXPUNGE\r\n`;
    },
  });
  const page = await stage.postern.json(EmailPageSchema, server.caller(), `${inbox}?fields=id`);
  expect([ids(page), page.total]).toEqual([['1000.3', '1000.1'], 2]);
});

it.each([
  [
    'more of a message than was asked for',
    `* 1 FETCH (UID 1 RFC822.SIZE 9 BODY[]<0> {1048577}\r\n${'x'.repeat(1_048_577)})\r\n$ OK\r\n`,
    'protocol-violated',
  ],
  ['a literal without an end in sight', '* 1 FETCH (UID 1 BODY[]<0> {99999999999}\r\nabc', 'limit-exceeded'],
])('ends the session with a server that sends %s, and begins a new one', async (_, answer, kind) => {
  let isFirst = true;
  const server = await serve({
    answer: (command) => {
      if (!isFirst || !command.startsWith('UID FETCH')) return undefined;
      isFirst = false;
      return answer;
    },
  });
  const problem = await stage.postern.problem(kind, server.caller(), `${message(1)}/raw`);
  expect(problem.status).toBe(502);
  expect((await stage.postern.json(EmailPageSchema, server.caller(), inbox)).total).toBe(3);
  expect(server.connections).toBe(2);
});

it('replaces a warm session that answers nothing any more, and does not wait as long as for work', async () => {
  let isDeaf = false;
  const server = await serve({ answer: () => (isDeaf ? null : undefined) });
  await stage.postern.json(EmailPageSchema, server.caller(), inbox);
  isDeaf = true;
  const answering = stage.postern.json(EmailPageSchema, server.caller(), inbox);
  await until(() => server.commands.at(-1) === 'NOOP');
  isDeaf = false;
  expect((await answering).total).toBe(3);
  expect(server.connections).toBe(2);
});

/** Resolves when it is so; the test's own deadline ends the wait. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a server where the user may not delete', () => {
  const capabilities = ['UIDPLUS', 'MOVE'];

  it.each(['', '?permanent=true'])('is not said to have deleted, and nothing is sent (%s)', async (query) => {
    const server = await serve({ capabilities, permanentFlags: '\\Seen' });
    const options = { method: 'DELETE' };
    await stage.postern.problem('unsupported-by-server', server.caller(), message(2) + query, options);
    expect(server.commands.filter((command) => /STORE|EXPUNGE|COPY|MOVE/.test(command))).toEqual([]);
  });

  it('is not said to have deleted when it takes the mark and does not keep it', async () => {
    const answer = (command: string) => (command.startsWith('UID STORE') ? '$ OK done\r\n' : undefined);
    const server = await serve({ capabilities, answer });
    const options = { method: 'DELETE' };
    await stage.postern.problem('unsupported-by-server', server.caller(), `${message(2)}?permanent=true`, options);
    expect(server.commands.filter((command) => command.includes('EXPUNGE'))).toEqual([]);
  });
});

it('breaks the stream of a message that goes away in the middle, and does not end it as if it were whole', async () => {
  const bytes = bigLetter(3 * 1024 * 1024);
  let isGone = false;
  const answer = (command: string) => {
    if (!/^UID FETCH 1 /.test(command)) return undefined;
    const isBody = command.includes('BODY.PEEK[]');
    // From the second chunk on the message is expunged: its sections are empty, and soon it is not there at all.
    isGone ||= command.includes('BODY.PEEK[]<1048576.');
    if (isBody && isGone) return '* 1 FETCH (UID 1 BODY[]<1048576> NIL)\r\n$ OK done\r\n';
    return isBody ? undefined : '$ OK done\r\n';
  };
  const server = await serve({ messages: [bytes], answer });
  const response = await stage.postern.call(server.caller(), `${message(1)}/raw`);
  expect(response.status).toBe(200);
  await expect(response.arrayBuffer()).rejects.toThrow();
});

it('takes NIL for a section for an empty one', async () => {
  const answer = (command: string) =>
    command.includes('BODY.PEEK[TEXT]') ? '* 2 FETCH (UID 2 BODY[TEXT]<0> NIL)\r\n$ OK done\r\n' : undefined;
  const server = await serve({ answer });
  expect((await stage.postern.json(EmailSchema, server.caller(), message(2))).text).toBe('');
});
