/**
 * Conversations on servers that name them, and on servers that announce THREAD and do not do it.
 */
import { expect, it } from 'vitest';
import { FoundThreadSchema, ThreadPageSchema } from '../../src/mailbox/schema/thread.ts';
import type { ImapScript } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapScriptStage();
const threadsPath = '/v1/imap/mailboxes/inbox/threads';
const messages = ['1', '2', '3'].map((label) => letter(label));

/** What the script says comes first; searches are what the usual server does not do by UID. */
const script = (capabilities: readonly string[], answers: Readonly<Record<string, string>>): ImapScript => ({
  capabilities,
  messages,
  answer: (command) => {
    const said = Object.entries(answers).find(([pattern]) => new RegExp(pattern).test(command))?.[1];
    if (said !== undefined) return said;
    if (command === 'UID SEARCH ALL' || command === 'UID SEARCH UNSEEN') return '* SEARCH 1 2 3\r\n$ OK done\r\n';
    return undefined;
  },
});

const listed = (caller: Caller) => stage.postern.json(ThreadPageSchema, caller, `${threadsPath}?fields=emailIds`);
const shown = async (caller: Caller) => {
  const { method, threads } = await listed(caller);
  return { method, threads: threads.map(({ id, emailIds = [] }) => [id, ...emailIds.map((id) => id.split('.')[1])]) };
};
const alone = [
  ['1000.3', '3'],
  ['1000.2', '2'],
  ['1000.1', '1'],
];

const row = (uid: number, item: string): string => `* ${uid} FETCH (UID ${uid} FLAGS () ${item})\r\n`;

it.each([
  ['OBJECTID', 'OBJECTID', 'THREADID', (id: string) => `THREADID (${id})`, 'T-a_1'],
  ['X-GM-EXT-1', 'X-GM-THRID', 'X-GM-THRID', (id: string) => `X-GM-THRID ${id}`, '1278455344230334865'],
] as const)(
  'gives conversations the names that the server has for them (%s)',
  async (capability, method, item, told, id) => {
    const server = await stage.serve(
      script([capability, 'THREAD=REFS'], {
        [`^UID FETCH 3 \\(UID ${item}\\)`]: `${row(3, told(id))}$ OK done\r\n`,
        [`^UID FETCH 1 \\(UID ${item}\\)`]: `${row(1, told(id))}$ OK done\r\n`,
        [`^UID FETCH \\S+ \\(UID FLAGS ${item}\\)`]: `${row(1, told(id))}${row(2, told('77'))}${row(3, told(id))}$ OK done\r\n`,
        [`^UID SEARCH ${item} ${id}$`]: '* SEARCH 3 1\r\n$ OK done\r\n',
        [`^UID SEARCH ${item} ${id} UNSEEN$`]: '* SEARCH 3\r\n$ OK done\r\n',
        [`^UID SEARCH ${item}`]: '* SEARCH\r\n$ OK done\r\n',
      }),
    );
    const caller = server.caller();
    expect(await shown(caller)).toEqual({
      method,
      threads: [
        [id, '1', '3'],
        ['77', '2'],
      ],
    });
    const found = await stage.postern.json(
      FoundThreadSchema,
      caller,
      `${threadsPath}/${id}?fields=emailIds,unreadEmails`,
    );
    expect(found).toMatchObject({ method, thread: { id, emailIds: ['1000.1', '1000.3'], unreadEmails: 1 } });
    const byMessage = await stage.postern.json(FoundThreadSchema, caller, `${threadsPath}/1000.1?fields=id`);
    expect(byMessage.thread).toEqual({ id });
    await stage.postern.problem('thread-not-found', caller, `${threadsPath}/88`);
  },
);

it('looks for conversations itself where the server has no names for them although it says so', async () => {
  const server = await stage.serve(
    script(['OBJECTID'], { '^UID FETCH 3 \\(UID THREADID\\)': `${row(3, 'THREADID NIL')}$ OK done\r\n` }),
  );
  expect(await shown(server.caller())).toEqual({ method: 'local', threads: alone });
});

it('takes no name that is none, and leaves a message without one alone', async () => {
  const server = await stage.serve(
    script(['OBJECTID'], {
      '^UID FETCH 3 \\(UID THREADID\\)': `${row(3, 'THREADID (T1)')}$ OK done\r\n`,
      '^UID FETCH \\S+ \\(UID FLAGS THREADID\\)': `${row(1, 'THREADID ("a/../b")')}${row(2, 'THREADID NIL')}${row(3, 'THREADID (T1)')}$ OK done\r\n`,
    }),
  );
  expect((await shown(server.caller())).threads).toEqual([['T1', '3'], ...alone.slice(1)]);
});

it.each([
  ['refuses it', '$ BAD unknown command\r\n'],
  ['refuses its charset', '$ NO [BADCHARSET (US-ASCII)] no\r\n'],
  ['says nothing', '$ OK done\r\n'],
  ['leaves out a message', '* THREAD (1)(3)\r\n$ OK done\r\n'],
  ['has one more than there are', '* THREAD (1)(2)(3)(4)\r\n$ OK done\r\n'],
])('looks for conversations itself where the server announces THREAD and %s', async (_, answer) => {
  const server = await stage.serve(script(['THREAD=REFERENCES'], { '^UID THREAD': answer }));
  expect(await shown(server.caller())).toEqual({ method: 'local', threads: alone });
});

it('takes an answer in several lines, and one that nests a million times', async () => {
  const deep = `${'('.repeat(1_000_000)}2${')'.repeat(1_000_000)}`;
  const server = await stage.serve(
    script(['THREAD=REFS'], { '^UID THREAD': `* THREAD (1)\r\n* THREAD ${deep}(3)\r\n$ OK done\r\n` }),
  );
  expect(await shown(server.caller())).toEqual({ method: 'REFS', threads: alone });
});

it.each(['(1 (2)(3)', '(1)(2)(3))', '(1)(2)(three)', '1 2 3'])(
  'says that the server has not kept to the protocol when it answers %s',
  async (answer) => {
    const server = await stage.serve(script(['THREAD=REFS'], { '^UID THREAD': `* THREAD ${answer}\r\n$ OK done\r\n` }));
    expect((await stage.postern.problem('protocol-violated', server.caller(), threadsPath)).status).toBe(502);
  },
);

it('does not lose a message whose header cannot be read', async () => {
  const server = await stage.serve(
    script([], {
      '^UID FETCH 1:3 \\(UID FLAGS INTERNALDATE BODY': [
        row(1, 'INTERNALDATE "23-Nov-2026 10:00:00 +0000"'),
        row(2, 'BODY[HEADER.FIELDS (SUBJECT)]<0> (((('),
        row(3, 'INTERNALDATE "none"'),
        '$ OK done\r\n',
      ].join(''),
    }),
  );
  expect((await shown(server.caller())).threads).toEqual(alone);
});

it('does not show a message that another program has just expunged', async () => {
  const server = await stage.serve(
    script([], {
      '^UID FETCH 3 \\(UID FLAGS\\)': '$ OK done\r\n',
      '^UID FETCH 1:3 \\(UID FLAGS INTERNALDATE BODY': `${row(1, 'INTERNALDATE "23-Nov-2026 10:00:00 +0000"')}${row(2, 'INTERNALDATE "23-Nov-2026 10:00:00 +0000"')}$ OK done\r\n`,
    }),
  );
  expect((await shown(server.caller())).threads).toEqual(alone.slice(1));
});

it('ends the session of a server that floods it with conversations', async () => {
  const server = await stage.serve(
    script(['THREAD=REFS'], { '^UID THREAD': `${'* THREAD (1)(2)(3)\r\n'.repeat(60_000)}$ OK done\r\n` }),
  );
  await stage.postern.problem('limit-exceeded', server.caller(), threadsPath);
});
