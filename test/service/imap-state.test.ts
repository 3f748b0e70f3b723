/**
 * Does a message's id mean that message and no other, whatever the server tells in between?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { MailboxesSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import type { ImapScript, ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const inbox = messagesPath('inbox');
const message = (uid: number, uidValidity = 1000): string => `${inbox}/${uidValidity}.${uid}`;
const ids = (page: { messages: readonly { id: string }[] }): string[] => page.messages.map(({ id }) => id);
const date = 'INTERNALDATE "23-Nov-2026 10:00:00 +0000" RFC822.SIZE 1';

const stage = imapScriptStage({
  messages: ['1', '2', '3'].map((label) => letter(label)),
  capabilities: ['UIDPLUS', 'MOVE'],
});
const { serve } = stage;

/** Says `line` before its usual answer to the nth such command. */
function saying(line: string, before: RegExp, nth = 1): NonNullable<ImapScript['answer']> {
  let count = 0;
  return (command, socket) => {
    if (before.test(command) && ++count === nth) socket.write(line);
    return undefined;
  };
}

const renumbered = '* OK [UIDVALIDITY 2000] all new\r\n';

describe('a mailbox that is numbered anew while it is selected', () => {
  it.each([
    ['GET a message', /^UID FETCH/, message(2), {}],
    ['GET its second half', /^UID FETCH .*TEXT/, message(2), {}],
    ['GET raw', /^UID FETCH/, `${message(2)}/raw`, {}],
    ['GET a part', /^UID FETCH/, `${message(2)}/parts/1`, {}],
    ['GET the next page, at the search', /^SEARCH/, `${inbox}?cursor=1000.3`, {}],
    ['GET the next page, at the fetch', /^FETCH/, `${inbox}?cursor=1000.3`, {}],
    ['PATCH', /^UID STORE/, message(2), { method: 'PATCH', body: { keywords: { $seen: true } } }],
    ['DELETE', /^UID FETCH/, message(2), { method: 'DELETE' }],
    ['DELETE for good', /^UID STORE/, `${message(2)}?permanent=true`, { method: 'DELETE' }],
  ])('is 410 at %s, and nothing is moved or expunged', async (_, before, path, options) => {
    const server = await serve({ answer: saying(renumbered, before) });
    const problem = await stage.postern.problem('state-gone', server.caller(), path, options);
    expect(problem.status).toBe(410);
    expect(server.commands.filter((command) => /MOVE|COPY|EXPUNGE/.test(command))).toEqual([]);
    expect(server.inbox).toHaveLength(3);
  });

  it('is selected again when that is told to a warm session', async () => {
    const server: ImapServer = await serve({ answer: saying(renumbered, /^NOOP/) });
    await stage.postern.json(EmailPageSchema, server.caller(), inbox);
    server.uidValidity = 2000;
    expect(ids(await stage.postern.json(EmailPageSchema, server.caller(), inbox))).toEqual([
      '2000.3',
      '2000.2',
      '2000.1',
    ]);
    await stage.postern.problem('state-gone', server.caller(), message(2));
    expect(server.connections).toBe(1);
    expect(server.commands.filter((command) => command.startsWith('SELECT'))).toHaveLength(2);
  });

  it('does not keep anybody from listing mailboxes', async () => {
    const server = await serve({ answer: saying(renumbered, /^NOOP/) });
    await stage.postern.json(EmailPageSchema, server.caller(), inbox);
    const { mailboxes } = await stage.postern.json(MailboxesSchema, server.caller(), '/v1/imap/mailboxes');
    expect(mailboxes).toHaveLength(2);
  });
});

describe('a UIDVALIDITY', () => {
  const selecting = (told: string) => (command: string) =>
    command.startsWith('SELECT') ? `* 3 EXISTS\r\n${told}$ OK [READ-WRITE] selected\r\n` : undefined;

  it.each(['4294967296', '99999999999999999999', 'abc', '-1', '1.5', ''])(
    'that is none (%j) is a violation',
    async (text) => {
      const server = await serve({ answer: selecting(`* OK [UIDVALIDITY ${text}]\r\n`) });
      await stage.postern.problem('protocol-violated', server.caller(), inbox);
      await stage.postern.problem('protocol-violated', server.caller(), message(1), { method: 'DELETE' });
      expect(server.commands.filter((command) => /FETCH|STORE|MOVE/.test(command))).toEqual([]);
    },
  );

  it.each(['* OK [UIDVALIDITY 0]\r\n', ''])(
    'that is missing (%j) leaves the mailbox readable, and nothing in it is changed',
    async (told) => {
      const server = await serve({ answer: selecting(told) });
      expect(ids(await stage.postern.json(EmailPageSchema, server.caller(), inbox))).toEqual(['0.3', '0.2', '0.1']);
      await stage.postern.problem('state-gone', server.caller(), message(2));
      for (const options of [{ method: 'DELETE' }, { method: 'PATCH', body: { keywords: { $seen: true } } }]) {
        await stage.postern.problem('permission-denied', server.caller(), message(2, 0), options);
      }
      expect(server.commands.filter((command) => /STORE|MOVE|COPY/.test(command))).toEqual([]);
    },
  );

  it('that changes from one SELECT to the next is 410', async () => {
    const server = await serve();
    await stage.postern.json(EmailPageSchema, server.caller(), inbox);
    await stage.postern.json(EmailPageSchema, server.caller(), messagesPath('trash'));
    server.uidValidity = 0;
    await stage.postern.problem('state-gone', server.caller(), message(1), { method: 'DELETE' });
  });
});

it('counts what is told right behind SELECT, and nowhere else', async () => {
  const answers = new Map([
    ['SELECT', '* 9 EXISTS\r\n* OK [UIDVALIDITY 1000]\r\n$ OK selected\r\n* 1 EXPUNGE\r\n* VANISHED 90:92,94,95\r\n'],
    ['NOOP', '$ OK\r\n'],
  ]);
  const server = await serve({ answer: (command) => answers.get(command.split(' ')[0] ?? '') });
  expect(await stage.postern.json(EmailPageSchema, server.caller(), inbox)).toMatchObject({ total: 3 });
});

describe('rows that nobody asked for', () => {
  const usualOf = (uid: number, sequence: number, flags = '') =>
    `* ${sequence} FETCH (UID ${uid} FLAGS (${flags}) ${date})\r\n`;

  it('do not come into a list', async () => {
    const noise = `* 7 FETCH (FLAGS (\\Seen))\r\n${usualOf(99, 99)}* 2 FETCH (FLAGS (\\Flagged))\r\n* 0 FETCH (UID 5)\r\n`;
    const server = await serve({ answer: saying(noise, /^FETCH/) });
    const page = await stage.postern.json(EmailPageSchema, server.caller(), `${inbox}?fields=id,keywords`);
    expect(ids(page)).toEqual(['1000.3', '1000.2', '1000.1']);
  });

  it.each([
    ['one UID for two messages', `${usualOf(5, 1)}${usualOf(5, 2)}${usualOf(6, 3)}`],
    ['two UIDs for one message', `${usualOf(1, 1)}${usualOf(2, 2)}${usualOf(3, 3)}${usualOf(9, 2)}`],
    ['a UID beyond 32 bits', `${usualOf(1, 1)}${usualOf(2, 2)}${usualOf(4_294_967_296, 3)}`],
    ['a message without a UID', `${usualOf(1, 1)}* 2 FETCH (FLAGS () ${date})\r\n${usualOf(3, 3)}`],
    ['a UID of 0', `${usualOf(1, 1)}${usualOf(0, 2)}${usualOf(3, 3)}`],
  ])('make a list a violation when they contradict (%s)', async (_, rows) => {
    const server = await serve({ answer: (command) => (command.startsWith('FETCH') ? `${rows}$ OK\r\n` : undefined) });
    await stage.postern.problem('protocol-violated', server.caller(), `${inbox}?fields=id`);
  });

  it('are not mistaken for the message that was asked for, though an EXPUNGE has shifted the numbers', async () => {
    const shifted = '* 1 EXPUNGE\r\n* 1 FETCH (UID 2 FLAGS (\\Seen))\r\n* 2 FETCH (UID 3 FLAGS (\\Flagged))\r\n';
    let isFirst = true;
    const server: ImapServer = await serve({
      answer: (command, socket) => {
        if (!command.startsWith('UID FETCH') || !isFirst) return undefined;
        isFirst = false;
        // The row of UID 2 comes under its old number first.
        socket.write(`* 2 FETCH (UID 2 FLAGS ())\r\n${shifted}`);
        server.inbox.shift();
        return undefined;
      },
    });
    const email = await stage.postern.json(EmailSchema, server.caller(), message(2));
    expect(email).toMatchObject({ id: '1000.2', messageId: ['2@weaver.example'], text: 'This is 2.\n' });
  });

  it('do not shift a page when messages go and come inside the search for it', async () => {
    let isFirst = true;
    const server: ImapServer = await serve({
      answer: (command) => {
        if (!command.startsWith('SEARCH') || !isFirst) return undefined;
        isFirst = false;
        server.inbox.shift();
        server.inbox.push({ uid: 4, bytes: letter('4'), flags: new Set() });
        return '* SEARCH 1 2\r\n* 1 EXPUNGE\r\n* 3 EXISTS\r\n$ OK\r\n';
      },
    });
    const page = await stage.postern.json(EmailPageSchema, server.caller(), `${inbox}?cursor=1000.3&fields=id`);
    expect([ids(page), page.total, page.nextCursor]).toEqual([['1000.2'], 3, null]);
  });

  it.each(['* 1 EXPUNGE\r\n', '* VANISHED 1\r\n'])(
    'do not answer for the message that was marked, though %j has shifted the numbers',
    async (removal) => {
      const server: ImapServer = await serve({
        answer: (command, socket) => {
          if (!command.startsWith('UID STORE')) return undefined;
          socket.write(`* 2 FETCH (UID 2 FLAGS (\\Draft))\r\n${removal}* 2 FETCH (UID 3 FLAGS (\\Answered))\r\n`);
          server.inbox.shift();
          return undefined;
        },
      });
      const options = { method: 'PATCH', body: { keywords: { $seen: true } } };
      const patched = await stage.postern.json(PatchedEmailSchema, server.caller(), message(2), options);
      expect(patched).toMatchObject({ id: '1000.2', keywords: { $seen: true } });
      expect(server.inbox.map(({ uid, flags }) => [uid, [...flags]])).toEqual([
        [2, ['\\Seen']],
        [3, []],
      ]);
    },
  );

  it('do not answer for a message that is not there', async () => {
    const server = await serve({ answer: saying(`${usualOf(2, 2)}* 3 FETCH (FLAGS ())\r\n`, /^UID FETCH/) });
    await stage.postern.problem('message-not-found', server.caller(), message(77));
    await stage.postern.problem('message-not-found', server.caller(), message(77), {
      method: 'PATCH',
      body: { keywords: { $seen: true } },
    });
  });
});

describe('a server that does not stop', () => {
  it.each([
    ['rows', '* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n', 60_000, 'imapAnswerResponses'],
    ['lines about nothing', '* OK still here\r\n', 60_000, 'imapAnswerResponses'],
    ['bytes', `* 2 FETCH (UID 2 BODY[1] {1000000}\r\n${'x'.repeat(1_000_000)})\r\n`, 40, 'imapAnswerBytes'],
  ])('sending %s is cut off, and said to be', async (_, piece, times, limit) => {
    let isFirst = true;
    const answer = (command: string) => {
      if (!isFirst || !/FETCH/.test(command)) return undefined;
      isFirst = false;
      return piece.repeat(times);
    };
    const server = await serve({ answer });
    const problem = await stage.postern.problem('limit-exceeded', server.caller(), message(2));
    expect(problem).toMatchObject({ status: 502, limit });
    expect((await stage.postern.json(EmailPageSchema, server.caller(), inbox)).total).toBe(3);
  });
});

it.each([
  ['of each message of a large mailbox', 51_000],
  ['without an end', 310_000],
])('a warm session that is told news %s answers all the same, or another one does', async (_, news) => {
  const server = await serve({ answer: saying('* 2 FETCH (FLAGS (\\Seen))\r\n'.repeat(news), /^NOOP/) });
  for (let call = 1; call <= 2; call++) {
    expect((await stage.postern.json(EmailPageSchema, server.caller(), inbox)).total).toBe(3);
  }
});

it('a warm session may complete what it was asked in one go in another order', async () => {
  const told = '* STATUS "Trash" (UIDVALIDITY 1000)\r\n$ OK\r\n';
  const server: ImapServer = await serve({
    answer: (command) => {
      if (command.startsWith('STATUS "Trash"')) return `${told}${server.tags.at(-2)} OK\r\n`;
      return command === 'NOOP' ? '' : undefined;
    },
  });
  for (let call = 1; call <= 2; call++) {
    expect((await stage.postern.json(EmailPageSchema, server.caller(), messagesPath('trash'))).total).toBe(0);
  }
  expect(server.connections).toBe(1);
});

describe('one message whose structure cannot be read', () => {
  const unreadable = '* 2 FETCH (UID 2 BODYSTRUCTURE ("text" "plain\r\n';

  it.each([
    ['is no line', unreadable],
    ['is empty', `* 2 FETCH (UID 2 FLAGS () ${date} BODYSTRUCTURE ())\r\n`],
    ['is nested NILs', `* 2 FETCH (UID 2 FLAGS () ${date} BODYSTRUCTURE (NIL NIL (NIL) NIL))\r\n`],
    ['is endless depth', `* 2 FETCH (UID 2 FLAGS () ${date} BODYSTRUCTURE ${'('.repeat(2000)}${')'.repeat(2000)})\r\n`],
  ])('does not hide the others: %s', async (_, broken) => {
    const rows = [1, 3].map(
      (uid) =>
        `* ${uid} FETCH (UID ${uid} FLAGS () ${date} BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 5 1 NIL NIL NIL NIL))\r\n`,
    );
    const server = await serve({
      answer: (command) => (/^FETCH .*BODYSTRUCTURE/.test(command) ? `${rows.join('')}${broken}$ OK\r\n` : undefined),
    });
    const page = await stage.postern.json(EmailPageSchema, server.caller(), `${inbox}?fields=id,hasAttachment`);
    expect(ids(page)).toEqual(['1000.3', '1000.2', '1000.1']);
    expect([page.messages[0]?.hasAttachment, page.messages[2]?.hasAttachment]).toEqual([false, false]);
  });

  it('is said to be broken when it is read, and not to be missing; its bytes are there', async () => {
    const server = await serve({
      answer: (command) => (command.includes('BODYSTRUCTURE') ? `${unreadable}$ OK\r\n` : undefined),
    });
    await stage.postern.problem('protocol-violated', server.caller(), message(2));
    await stage.postern.problem('protocol-violated', server.caller(), `${message(2)}/parts/1`);
    await stage.postern.problem('message-not-found', server.caller(), message(77));
    const raw = await stage.postern.call(server.caller(), `${message(2)}/raw`);
    expect(Buffer.from(await raw.arrayBuffer())).toEqual(Buffer.from(letter('2')));
  });
});

it('never sends a command that could expunge what somebody else has marked', async () => {
  const server = await serve();
  const caller = server.caller();
  server.inbox[0]?.flags.add('\\Deleted');
  for (const mailbox of ['inbox', 'trash', 'inbox'])
    await stage.postern.json(EmailPageSchema, caller, messagesPath(mailbox));
  await stage.postern.json(MailboxesSchema, caller, '/v1/imap/mailboxes');
  await (await stage.postern.call(caller, message(2), { method: 'DELETE' })).arrayBuffer();
  await (await stage.postern.call(caller, `${message(3)}?permanent=true`, { method: 'DELETE' })).arrayBuffer();
  expect(server.commands.filter((command) => /^(CLOSE|UNSELECT|EXPUNGE|LOGOUT)/.test(command))).toEqual([]);
  expect(server.commands.filter((command) => command.includes('EXPUNGE'))).toEqual(['UID EXPUNGE 3']);
  expect(server.inbox.some(({ uid }) => uid === 1)).toBe(true);
});
