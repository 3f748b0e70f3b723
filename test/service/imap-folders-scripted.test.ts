/**
 * Mailboxes that are listed, made, renamed and deleted on servers that Dovecot is not like, and connections that end in
 * between.
 */
import { describe, expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { TrashedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { MailboxesSchema, MailboxSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { QuotasSchema } from '../../src/mailbox/schema/quota.ts';
import type { ImapScript, ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapScriptStage({ messages: ['1', '2'].map((label) => letter(label)) });
const { serve } = stage;
const all = '/v1/imap/mailboxes';
const at = (path: string): string => `${all}/${mailboxIdOf(path)}`;
const many = 9;
const atOnce = <T>(ask: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: many }, ask));
const list = async (server: ImapServer, query = '') =>
  (await stage.postern.json(MailboxesSchema, server.caller(), all + query)).mailboxes;

/** The commands that change something, as they came. */
const changes = ({ commands }: ImapServer) =>
  commands.filter((command) => /^(CREATE|RENAME|DELETE|(UN)?SUBSCRIBE|UID (STORE|MOVE|COPY|EXPUNGE))/.test(command));

const lines = (...names: readonly string[]): string => names.map((name) => `* LIST ${name}\r\n`).join('');

it('asks a server without LIST-STATUS about 25 mailboxes before it hears of the first', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `m${index}`);
  const asked: string[] = [];
  const server = await serve({
    answer: (command) => {
      if (command.startsWith('LIST')) return `${lines(...names.map((name) => `() "/" ${name}`))}$ OK\r\n`;
      if (!command.startsWith('STATUS')) return undefined;
      asked.push(command);
      return null;
    },
  });
  const answer = stage.postern.call(server.caller(), all);
  await expect.poll(() => asked.length).toBe(25);
  await server.stop();
  await (await answer).arrayBuffer();
  expect(asked).toHaveLength(25);
});

/** A mailbox `Work` that becomes another one of that name, and how a server follows the name (Courier) or does not. */
function replaceable(): ImapScript & { readonly replace: () => void } {
  let uidValidity = 1000;
  return {
    capabilities: ['UIDPLUS', 'MOVE'],
    replace: () => {
      uidValidity = 2000;
    },
    answer: (command) => {
      if (command.startsWith('LIST')) return `${lines('() "/" INBOX', '() "/" Work', '(\\Trash) "/" Trash')}$ OK\r\n`;
      if (command === 'STATUS "Work" (UIDVALIDITY)') return `* STATUS "Work" (UIDVALIDITY ${uidValidity})\r\n$ OK\r\n`;
      return command === 'SELECT "Work"'
        ? `* 2 EXISTS\r\n* OK [UIDVALIDITY ${uidValidity}]\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)]\r\n$ OK [READ-WRITE]\r\n`
        : undefined;
    },
  };
}

describe('a mailbox that another one has taken the name of, on a server that follows the name', () => {
  const messages = messagesPath(mailboxIdOf('Work'));

  async function replaced() {
    const { replace, ...script } = replaceable();
    const server = await serve(script);
    await stage.postern.json(EmailPageSchema, server.caller(), messages);
    replace();
    return server;
  }

  it.each([
    ['GET', '', undefined],
    ['GET', '/raw', undefined],
    ['GET', '/parts/1', undefined],
    ['PATCH', '', { keywords: { $seen: true } }],
    ['PATCH', '', { mailboxId: 'trash' }],
    ['DELETE', '', undefined],
    ['DELETE', '?permanent=true', undefined],
    ['POST', '/copy', { mailboxId: 'trash' }],
  ])('%s …/{id}%s %j does not take its message for the old one’s', async (method, rest, body) => {
    const server = await replaced();
    const call = body === undefined ? { method } : { method, body };
    await stage.postern.problem('state-gone', server.caller(), `${messages}/1000.1${rest}`, call);
    expect(changes(server)).toEqual([]);
  });

  it('is listed with the ids of the new one', async () => {
    const page = await stage.postern.json(EmailPageSchema, (await replaced()).caller(), `${messages}?fields=id`);
    expect(page.messages.map(({ id }) => id)).toEqual(['2000.2', '2000.1']);
  });

  it.each(['', '/raw', '/parts/1'])(
    'is read by an id of the new one, which the session has never heard of (%s)',
    async (rest) => {
      const server = await replaced();
      const response = await stage.postern.call(server.caller(), `${messages}/2000.1${rest}`);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
      expect(server.connections).toBe(1);
    },
  );
});

it('no session throws mail into what was the trash when the trash has been renamed', async () => {
  let isRenamed = false;
  const server = await serve({
    capabilities: ['UIDPLUS', 'MOVE'],
    messages: Array.from({ length: 2 * many }, (_, index) => letter(`${index}`)),
    answer: (command) => {
      if (command.startsWith('RENAME')) isRenamed = true;
      if (!command.startsWith('LIST')) return undefined;
      const now = isRenamed ? ['(\\Trash) "/" Bin', '() "/" Trash'] : ['(\\Trash) "/" Trash'];
      return `${lines('() "/" INBOX', ...now)}$ OK\r\n`;
    },
  });
  let uid = 0;
  const trash = () => {
    uid += 1;
    const path = `${messagesPath('inbox')}/1000.${uid}`;
    return stage.postern.json(TrashedEmailSchema, server.caller(), path, { method: 'DELETE' });
  };
  expect(new Set((await atOnce(trash)).map(({ mailboxId }) => mailboxId))).toEqual(new Set([mailboxIdOf('Trash')]));
  expect(server.connections).toBe(3);
  await stage.postern.json(MailboxSchema, server.caller(), `${all}/trash`, { method: 'PATCH', body: { name: 'Bin' } });
  expect(new Set((await atOnce(trash)).map(({ mailboxId }) => mailboxId))).toEqual(new Set([mailboxIdOf('Bin')]));
});

describe('a connection that ends', () => {
  it.each([
    ['POST', all, { name: 'New' }, /^CREATE/],
    ['PATCH', at('Trash'), { name: 'Bin' }, /^RENAME/],
    ['PATCH', at('Trash'), { isSubscribed: false }, /^UNSUBSCRIBE/],
    ['DELETE', `${at('Trash')}?removeEmails=true`, undefined, /^DELETE/],
  ])('while %s %s %j is done is told, and the command is not sent again', async (method, path, body, deadly) => {
    const server = await serve({
      answer: (command, socket) => {
        if (deadly.test(command)) socket.destroy();
        return deadly.test(command) ? null : undefined;
      },
    });
    // On a session that is warm: reading would be repeated there.
    await list(server);
    await stage.postern.problem(
      'connection-lost',
      server.caller(),
      path,
      body === undefined ? { method } : { method, body },
    );
    expect(changes(server).filter((command) => deadly.test(command))).toHaveLength(1);
  });

  it('before anything was changed is made up for by another one', async () => {
    let isDoomed = false;
    const server = await serve({
      answer: (command, socket) => {
        if (isDoomed && command === 'NOOP') socket.destroy();
        if (command.startsWith('CREATE')) return '$ OK made\r\n';
        if (command.startsWith('LIST')) return `${lines('() "/" INBOX', ...(isDoomed ? ['() "/" New'] : []))}$ OK\r\n`;
        return undefined;
      },
    });
    await list(server);
    isDoomed = true;
    const problem = await stage.postern.problem('mailbox-exists', server.caller(), all, { body: { name: 'New' } });
    expect(problem.status).toBe(409);
    expect(server.connections).toBe(2);
    expect(changes(server)).toEqual([]);
  });
});

describe('a new mailbox', () => {
  it.each([
    ['NO [ALREADYEXISTS] it is there', 'mailbox-exists', 409],
    ['NO [CANNOT] not so', 'unsupported-by-server', 422],
    ['NO I do not like it', 'unsupported-by-server', 422],
    ['BAD no', 'unsupported-by-server', 422],
    ['NO [NOPERM] not you', 'permission-denied', 403],
    ['NO [OVERQUOTA] no room', 'over-quota', 507],
    ['NO [LIMIT] too many mailboxes', 'server-limit-reached', 429],
    ['NO [USEATTR] nobody has two', 'unsupported-by-server', 422],
    ['NO [SERVERBUG] oh', 'command-refused', 502],
  ])('that the server answers with %s is %s, and is not subscribed', async (answer, kind, status) => {
    const server = await serve({
      capabilities: ['CREATE-SPECIAL-USE'],
      answer: (command) => (command.startsWith('CREATE') ? `$ ${answer}\r\n` : undefined),
    });
    const body = { name: 'Sent', role: 'sent' };
    const problem = await stage.postern.problem(kind, server.caller(), all, { body });
    expect(problem.status).toBe(status);
    expect(changes(server)).toEqual(['CREATE "Sent" (USE (\\Sent))']);
  });

  it('that somebody else has made in the same moment is there, whatever the server says about it', async () => {
    let isMade = false;
    const server = await serve({
      answer: (command) => {
        if (command.startsWith('CREATE')) isMade = true;
        if (command.startsWith('CREATE')) return '$ NO Cannot create this folder.\r\n';
        if (!command.startsWith('LIST')) return undefined;
        return `${lines('() "/" INBOX', ...(isMade ? ['() "/" New'] : []))}$ OK\r\n`;
      },
    });
    await stage.postern.problem('mailbox-exists', server.caller(), all, { body: { name: 'New' } });
  });

  it('goes below the prefix of one’s own, and with a role where the server knows roles', async () => {
    let made = '';
    const server = await serve({
      capabilities: ['NAMESPACE', 'CREATE-SPECIAL-USE'],
      answer: (command) => {
        if (command === 'NAMESPACE') return '* NAMESPACE (("INBOX." ".")) (("user." ".")) (("" "."))\r\n$ OK\r\n';
        const [, name] = /^CREATE ("[^"]*")/.exec(command) ?? [];
        if (name !== undefined) made = `(\\Archive) "." ${name}`;
        if (command.startsWith('LSUB')) return '* LSUB () "." "INBOX.Old stuff"\r\n$ OK\r\n';
        return command.startsWith('LIST')
          ? `${lines('() "." INBOX', ...(made === '' ? [] : [made]))}$ OK\r\n`
          : undefined;
      },
    });
    const mailbox = await stage.postern.json(MailboxSchema, server.caller(), all, {
      body: { name: 'Old stuff', role: 'archive' },
    });
    expect(mailbox).toMatchObject({ id: mailboxIdOf('INBOX.Old stuff'), role: 'archive', isSubscribed: true });
    expect(changes(server)).toEqual(['CREATE "INBOX.Old stuff" (USE (\\Archive))', 'SUBSCRIBE "INBOX.Old stuff"']);
  });

  it('has a role by its name where the server knows none, if it is a name for that', async () => {
    const made: string[] = [];
    const server = await serve({
      answer: (command) => {
        const [, name] = /^CREATE ("[^"]*")/.exec(command) ?? [];
        if (name !== undefined) made.push(`() "/" ${name}`);
        return command.startsWith('LIST') ? `${lines('() "/" INBOX', ...made)}$ OK\r\n` : undefined;
      },
    });
    const bin = await stage.postern.json(MailboxSchema, server.caller(), all, {
      body: { name: 'Papierkorb', role: 'trash' },
    });
    expect(bin.role).toBe('trash');
    const body = { name: 'Whatever', role: 'sent' };
    const problem = await stage.postern.problem('unsupported-by-server', server.caller(), all, { body });
    expect(problem['feature']).toBe('CREATE-SPECIAL-USE');
    expect(made).toHaveLength(1);
  });

  it.each([
    ['(\\Noinferiors) "/" Leaf', 'a mailbox that may hold no others'],
    ['() NIL Leaf', 'a mailbox without a hierarchy'],
  ])('is not put into %s', async (line) => {
    const server = await serve({
      answer: (command) => (command.startsWith('LIST') ? `${lines('() "/" INBOX', line)}$ OK\r\n` : undefined),
    });
    const body = { name: 'New', parentId: mailboxIdOf('Leaf') };
    await stage.postern.problem('unsupported-by-server', server.caller(), all, { body });
    expect(changes(server)).toEqual([]);
  });
});

describe('a mailbox that is deleted', () => {
  const counted = (answer: string): ImapScript => ({
    answer: (command) => {
      if (command.startsWith('LIST')) return `${lines('() "/" INBOX', '() "/" Work')}$ OK\r\n`;
      return command === 'STATUS "Work" (MESSAGES)' ? answer : undefined;
    },
  });

  it.each([
    ['* STATUS "Work" (MESSAGES 1)\r\n$ OK\r\n', 'mailbox-not-empty'],
    ['$ OK but I do not tell\r\n', 'mailbox-not-empty'],
    ['* STATUS "Work" (MESSAGES many)\r\n$ OK\r\n', 'mailbox-not-empty'],
    ['$ NO [NOPERM] not you\r\n', 'permission-denied'],
    ['$ NO why should I\r\n', 'command-refused'],
  ])('stays when its messages cannot be counted as none (%j)', async (answer, kind) => {
    const server = await serve(counted(answer));
    await stage.postern.problem(kind, server.caller(), at('Work'), { method: 'DELETE' });
    expect(changes(server)).toEqual([]);
  });

  it('is counted right before, and not while it is selected', async () => {
    const server = await serve(counted('* STATUS "Work" (MESSAGES 0)\r\n$ OK\r\n'));
    await stage.postern.json(EmailPageSchema, server.caller(), messagesPath(mailboxIdOf('Work')));
    const response = await stage.postern.call(server.caller(), at('Work'), { method: 'DELETE' });
    expect(response.status).toBe(204);
    expect(server.commands.slice(-3)).toEqual(['SELECT "INBOX"', 'STATUS "Work" (MESSAGES)', 'DELETE "Work"']);
  });
});

it('asks for rights with the list where the server knows LIST-MYRIGHTS, and one by one where it does not', async () => {
  for (const extension of [['LIST-EXTENDED', 'LIST-STATUS', 'LIST-MYRIGHTS'], []]) {
    const server = await serve({
      capabilities: ['ACL', ...extension],
      answer: (command) => {
        const rights = '* MYRIGHTS INBOX lrswicd\r\n* MYRIGHTS Trash lr\r\n';
        if (command.startsWith('LIST')) {
          return `${lines('() "/" INBOX', '() "/" Trash')}${extension.length > 0 ? rights : ''}$ OK\r\n`;
        }
        const [, name = ''] = /^MYRIGHTS "(\w+)"/.exec(command) ?? [];
        return name === '' ? undefined : `${rights.split(/(?<=\n)/).find((line) => line.includes(name))}$ OK\r\n`;
      },
    });
    const listed = await list(server, '?include=myRights');
    const may = (name: string) => listed.find((mailbox) => mailbox.name === name)?.myRights;
    // Without RIGHTS= the letters are those of RFC 2086: `c` and `d` are what was told apart later.
    expect(may('INBOX')).toMatchObject({
      mayAddItems: true,
      mayRemoveItems: true,
      mayCreateChild: true,
      mayDelete: true,
    });
    expect(may('Trash')).toMatchObject({ mayReadItems: true, mayAddItems: false, mayCreateChild: false });
  }
});

describe('quota', () => {
  const quotas = async (answer: string) => {
    const server = await serve({
      capabilities: ['QUOTA'],
      answer: (command) => (command.startsWith('GETQUOTAROOT') ? answer : undefined),
    });
    return (await stage.postern.json(QuotasSchema, server.caller(), '/v1/imap/quota')).quotas;
  };

  it('is every limit of every root, in the words of JMAP', async () => {
    const told = await quotas(
      '* QUOTAROOT INBOX "" group\r\n* QUOTA "" (STORAGE 10 512 X-NUM-FOLDERS 3 20)\r\n* QUOTA group (message 7 100 ANNOTATION-STORAGE 1 2)\r\n$ OK\r\n',
    );
    expect(
      told.map(({ name, resourceType, types, used, hardLimit }) => [name, resourceType, types, used, hardLimit]),
    ).toEqual([
      ['', 'octets', ['Mail'], 10_240, 524_288],
      ['', 'count', ['Mailbox'], 3, 20],
      ['group', 'count', ['Mail'], 7, 100],
    ]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
  });

  it.each([
    ['Courier’s, where nothing is limited', '* QUOTAROOT "INBOX" "ROOT"\r\n* QUOTA "ROOT"\r\n$ OK\r\n'],
    ['one without a list', '* QUOTA "ROOT" NIL\r\n$ OK\r\n'],
    ['one without numbers', '* QUOTA "" (STORAGE much more)\r\n* QUOTA "" (STORAGE 1)\r\n$ OK\r\n'],
    ['one beyond all numbers', '* QUOTA "" (STORAGE 5 18446744073709551615)\r\n$ OK\r\n'],
    ['none', '$ OK\r\n'],
  ])('is empty for %s', async (_what, answer) => {
    expect(await quotas(answer)).toEqual([]);
  });

  it('is not what a server without it is asked for', async () => {
    const server = await serve();
    const problem = await stage.postern.problem('unsupported-by-server', server.caller(), '/v1/imap/quota');
    expect(problem).toMatchObject({ status: 422, feature: 'QUOTA' });
    expect(server.commands.filter((command) => command.startsWith('GETQUOTA'))).toEqual([]);
  });
});

it('ends the session of a server that floods it with namespaces, before it compares them with mailboxes', async () => {
  const namespaces = Array.from({ length: 20_000 }, (_, index) => `("n${index}/" "/")`).join('');
  const names = Array.from({ length: 20_000 }, (_, index) => `() "/" n${index}`);
  const server = await serve({
    capabilities: ['NAMESPACE', 'LIST-EXTENDED', 'LIST-STATUS'],
    answer: (command) => {
      if (command === 'NAMESPACE') return `* NAMESPACE (("" "/")) NIL (${namespaces})\r\n$ OK\r\n`;
      return command.startsWith('LIST') ? `${lines(...names)}$ OK\r\n` : undefined;
    },
  });
  await stage.postern.problem('limit-exceeded', server.caller(), all);
});
