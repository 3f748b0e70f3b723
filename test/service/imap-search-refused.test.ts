/**
 * What becomes of a search that cannot be answered: by us, by this server, or at all?
 */
import { describe, expect, it } from 'vitest';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import type { ImapScript } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const inbox = messagesPath('inbox');
const stage = imapScriptStage({ messages: ['1', '2', '3'].map((label) => letter(label)) });
const searched = (q: string): string => `${inbox}?fields=id&q=${encodeURIComponent(q)}`;
const uids = (page: { messages: readonly { id: string }[] }): string[] => page.messages.map(({ id }) => id);
const searches = (commands: readonly string[]): string[] => commands.filter((command) => /SEARCH|SORT/.test(command));

/** A server that finds these, whatever is asked for. */
const finding =
  (answer: string): NonNullable<ImapScript['answer']> =>
  (command) =>
    /^UID (SEARCH|SORT) /.test(command) ? answer : undefined;

describe('a request that is refused', () => {
  it.each([
    ['q', searched('form:grace')],
    ['q', searched('"open')],
    ['q', searched('is:important')],
    ['q', searched('from:"a\r\nX LOGOUT"')],
    ['q', searched('a\0b')],
    ['q', searched('')],
    ['sort', `${inbox}?sort=date`],
    ['sort', `${inbox}?sort=size,size`],
    ['cursor', `${searched('a')}&cursor=1000.2`],
    ['cursor', `${searched('a')}&cursor=1000.2.AAAAAAAAAAAA`],
    ['cursor', `${inbox}?sort=size&cursor=1000.2`],
    ['query', `${inbox}?query=a`],
    ['q', '/v1/imap/search?q=form:a'],
    ['q', '/v1/imap/search'],
    ['mailboxes', '/v1/imap/search?q=a&mailboxes=inbox,nowhere'],
    ['mailboxes', '/v1/imap/search?q=a&mailboxes='],
    ['cursor', '/v1/imap/search?q=a&cursor=1000.2'],
    ['sort', '/v1/imap/search?q=a&sort=size'],
  ])('names %s, and asks the server for nothing (%s)', async (field, path) => {
    const server = await stage.serve();
    const problem = await stage.postern.problem('request-invalid', server.caller(), path);
    expect(problem.errors).toEqual([{ in: 'query', field, message: expect.stringMatching(/\w{4}/) }]);
    expect(server.commands).toEqual([]);
  });

  it.each([
    ['filter.inMailbox', { filter: { inMailbox: 'x' } }],
    ['filter.text', { filter: { text: 'a\nb' } }],
    ['filter.text', { filter: { text: 'a'.repeat(100_000) } }],
    ['filter', { filter: 'a' }],
    ['filter', {}],
    ['colour', { filter: {}, colour: 'blue' }],
    ['limit', { filter: {}, limit: 501 }],
    ['sort', { filter: {}, sort: 'date' }],
    ['fields.0', { filter: {}, fields: ['text'] }],
    ['cursor', { filter: {}, cursor: '1000.2' }],
    ['calculateTotal', { filter: {}, calculateTotal: 'yes' }],
  ])('names %s of a body', async (field, body) => {
    const server = await stage.serve();
    const problem = await stage.postern.problem('request-invalid', server.caller(), `${inbox}/search`, { body });
    expect(problem.errors).toEqual([{ in: 'body', field, message: expect.stringMatching(/\w{4}/) }]);
    expect(server.commands).toEqual([]);
  });

  it('names q when it is longer than a search may be', async () => {
    const server = await stage.serve();
    const problem = await stage.postern.problem('request-invalid', server.caller(), searched('x'.repeat(6_000)));
    expect(problem.errors?.[0]).toMatchObject({ in: 'query', field: 'q' });
  });
});

it('is sent as it is asked for, however it is quoted', async () => {
  const server = await stage.serve({ answer: finding('* SEARCH 2\r\n$ OK done\r\n') });
  const page = await stage.postern.json(
    EmailPageSchema,
    server.caller(),
    searched('"a\\"b\\\\ ) OR (" from:{5} subject:*'),
  );
  expect(searches(server.commands)).toEqual(['UID SEARCH TEXT "a\\"b\\\\ ) OR (" FROM "{5}" SUBJECT "*"']);
  expect(uids(page)).toEqual(['1000.2']);
});

it('is sent as a literal in UTF-8 with its charset, when it is not ASCII', async () => {
  const sent: string[] = [];
  const server = await stage.serve({
    answer: (command, socket) => {
      if (!command.startsWith('UID SEARCH')) return undefined;
      socket.once('data', (bytes) => sent.push(bytes.toString('utf8')));
      return '+ go on\r\n';
    },
    answerLine: () => '* SEARCH 3\r\n$ OK done\r\n',
  });
  const page = await stage.postern.json(EmailPageSchema, server.caller(), searched('subject:Grüße'));
  expect(searches(server.commands)).toEqual(['UID SEARCH CHARSET UTF-8 SUBJECT {7}']);
  expect(sent).toEqual(['Grüße\r\n']);
  expect(uids(page)).toEqual(['1000.3']);
});

describe('a server that cannot answer it', () => {
  it.each(['$ NO [BADCHARSET (US-ASCII)] no\r\n', '$ BAD what?\r\n', '$ NO no\r\n'])(
    'and says %j is 422',
    async (answer) => {
      const server = await stage.serve({ answer: finding(answer) });
      const problem = await stage.postern.problem('unsupported-by-server', server.caller(), searched('from:grace'));
      expect(problem.status).toBe(422);
    },
  );

  it('at the moment is 503', async () => {
    const server = await stage.serve({ answer: finding('$ NO [UNAVAILABLE] later\r\n') });
    await stage.postern.problem('server-busy', server.caller(), searched('from:grace'));
  });

  it('as Gmail does is 422 for raw:, and nothing is asked', async () => {
    const server = await stage.serve();
    const problem = await stage.postern.problem('unsupported-by-server', server.caller(), searched('a OR -raw:x'));
    expect(problem['feature']).toContain('raw:');
    expect(searches(server.commands)).toEqual([]);
  });

  it('sorts by arrival where there is no SORT, and says so', async () => {
    const server = await stage.serve({ answer: finding('* SEARCH 1 2 3\r\n$ OK done\r\n') });
    const page = await stage.postern.json(EmailPageSchema, server.caller(), `${inbox}?fields=id&sort=subject`);
    expect(uids(page)).toEqual(['1000.3', '1000.2', '1000.1']);
    expect(page.sort).toEqual({ by: '-arrival', isSupported: false });
  });
});

describe('Gmail', () => {
  it('is asked in its own words, for attachments too', async () => {
    const server = await stage.serve({ capabilities: ['X-GM-EXT-1'], answer: finding('* SEARCH 1\r\n$ OK done\r\n') });
    const q = 'raw:"larger:5M in:inbox" -has:attachment';
    const page = await stage.postern.json(EmailPageSchema, server.caller(), searched(q));
    expect(searches(server.commands)).toEqual([
      'UID SEARCH X-GM-RAW "larger:5M in:inbox" NOT X-GM-RAW "has:attachment"',
    ]);
    expect(uids(page)).toEqual(['1000.1']);
  });
});

describe('a server that finds what does not fit', () => {
  it.each(['larger:5M', 'smaller:10', '-larger:10', 'larger:5M OR smaller:10'])(
    'is told from one that can: %s',
    async (q) => {
      const server = await stage.serve({ answer: finding('* SEARCH 1 2 3\r\n$ OK done\r\n') });
      const problem = await stage.postern.problem('unsupported-by-server', server.caller(), searched(q));
      expect(problem.status).toBe(422);
    },
  );

  it.each(['before:2026-11-01', 'after:2026-11-25', 'larger:5M OR after:2027-01-01'])(
    'is not believed where each message is looked at: %s',
    async (q) => {
      const server = await stage.serve({ answer: finding('* SEARCH 1 2 3\r\n$ OK done\r\n') });
      const page = await stage.postern.json(EmailPageSchema, server.caller(), searched(q));
      expect(page).toMatchObject({ messages: [], total: 0 });
    },
  );

  it('does not have a message shown that is not marked so', async () => {
    const server = await stage.serve({ answer: finding('* SEARCH 1 2 3\r\n$ OK done\r\n') });
    server.inbox[1]?.flags.add('\\Seen');
    expect(uids(await stage.postern.json(EmailPageSchema, server.caller(), searched('is:unread')))).toEqual([
      '1000.3',
      '1000.1',
    ]);
    expect(uids(await stage.postern.json(EmailPageSchema, server.caller(), searched('is:read')))).toEqual(['1000.2']);
  });
});

describe('an answer to a search', () => {
  const answered = async (answer: string, capabilities: readonly string[] = ['ESEARCH']) => {
    const server = await stage.serve({ capabilities, answer: finding(answer) });
    return { server, response: await stage.postern.call(server.caller(), searched('a')) };
  };

  it.each([
    ['* ESEARCH (TAG "A") UID COUNT 2 ALL 1,3\r\n', ['1000.3', '1000.1']],
    ['* ESEARCH (TAG "A") UID ALL 2:1 COUNT 2\r\n', ['1000.2', '1000.1']],
    ['* ESEARCH (TAG "A") UID COUNT 0\r\n', []],
    ['* ESEARCH UID ALL 3\r\n', ['1000.3']],
    ['* SEARCH 1\r\n* SEARCH 3 1\r\n', ['1000.3', '1000.1']],
    ['* SEARCH\r\n', []],
    ['* SEARCH 1 (MODSEQ 7)\r\n', ['1000.1']],
    ['', []],
  ])('is understood: %j', async (answer, expected) => {
    const { response } = await answered(`${answer}$ OK done\r\n`);
    const page = EmailPageSchema.parse(await response.json());
    expect([uids(page), page.total]).toEqual([expected, expected.length]);
  });

  it.each([
    ['* ESEARCH (TAG "A") UID ALL 1:4294967295\r\n', 502],
    [`* ESEARCH (TAG "A") UID ALL ${'1:1999999,2000000:3999999'}\r\n`, 502],
    ['* ESEARCH (TAG "A") UID ALL 0\r\n', 502],
    ['* ESEARCH (TAG "A") UID ALL x\r\n', 502],
    ['* SEARCH 4294967296\r\n', 502],
    ['* SEARCH 0\r\n', 502],
    ['* SEARCH many\r\n', 502],
  ])('is refused: %j', async (answer, status) => {
    const { response } = await answered(`${answer}$ OK done\r\n`);
    expect(response.status).toBe(status);
  });

  it('whose ranges stand for more than was found is asked for once more, one by one', async () => {
    const server = await stage.serve({
      capabilities: ['ESEARCH'],
      answer: (command) => {
        if (command.startsWith('UID SEARCH RETURN')) return '* ESEARCH (TAG "A") UID COUNT 2 ALL 1:3\r\n$ OK done\r\n';
        return command.startsWith('UID SEARCH') ? '* SEARCH 1 3\r\n$ OK done\r\n' : undefined;
      },
    });
    const page = await stage.postern.json(EmailPageSchema, server.caller(), searched('a'));
    expect([uids(page), page.total]).toEqual([['1000.3', '1000.1'], 2]);
  });

  it('may name what is gone', async () => {
    const { response } = await answered('* SEARCH 2 90 91\r\n$ OK done\r\n');
    expect(uids(EmailPageSchema.parse(await response.json()))).toEqual(['1000.2']);
  });
});

it('says that too many messages would have to be looked at, before any is', async () => {
  const server = await stage.serve({
    capabilities: ['ESEARCH'],
    answer: finding('* ESEARCH (TAG "A") UID ALL 1:5001\r\n$ OK done\r\n'),
  });
  const problem = await stage.postern.problem('search-too-broad', server.caller(), searched('has:attachment'));
  expect([problem.status, problem['limit'], problem['of']]).toEqual([422, 5_000, 'messages']);
  expect(server.commands.filter((command) => command.includes('FETCH'))).toEqual([]);
});

it('says that its cursor is gone when the mailbox was numbered anew', async () => {
  const server = await stage.serve({ answer: finding('* SEARCH 1 2 3\r\n$ OK done\r\n') });
  const caller = server.caller();
  const { nextCursor } = await stage.postern.json(EmailPageSchema, caller, `${searched('a')}&limit=1`);
  server.uidValidity = 2000;
  await stage.postern.json(EmailPageSchema, caller, messagesPath('trash'));
  await stage.postern.problem('state-gone', caller, `${searched('a')}&limit=1&cursor=${nextCursor}`);
});
