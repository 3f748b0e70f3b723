/**
 * Can every mailbox that is listed be opened by the id that it was listed with, whatever the server calls it?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { TrashedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { MailboxesSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapScriptStage({ messages: [letter('1')] });
const { serve } = stage;

const opened = '* 1 EXISTS\r\n* OK [UIDVALIDITY 1000]\r\n* OK [PERMANENTFLAGS (\\*)]\r\n$ OK [READ-WRITE] selected\r\n';
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Lists `lines`, lets everything be opened, and writes down the names that it was asked for, in octets. */
async function naming(lines: readonly string[], capabilities: readonly string[] = []) {
  const asked: string[] = [];
  const server = await serve({
    capabilities,
    answer: (command) => {
      if (/^LIST "" "\*"/.test(command)) return `${lines.map((line) => `* LIST ${line}\r\n`).join('')}$ OK\r\n`;
      if (/^(LIST|LSUB)/.test(command)) return '$ OK\r\n';
      if (/^STATUS \{\d+\}$/.test(command)) return '$ NO not now\r\n';
      if (/^SELECT \{\d+\}$/.test(command)) return '+ go on\r\n';
      const [, inQuotes, bare] = /^SELECT (?:"(.*)"|(\S+))$/.exec(command) ?? [];
      if (inQuotes === undefined && bare === undefined) return undefined;
      asked.push(inQuotes?.replace(/\\(.)/g, '$1') ?? bare ?? '');
      return opened;
    },
    answerLine: (line) => {
      asked.push(line);
      return opened;
    },
  });
  const { mailboxes } = await stage.postern.json(MailboxesSchema, server.caller(), '/v1/imap/mailboxes');
  asked.length = 0;
  return { server, asked, mailboxes };
}

const names: readonly (readonly [string, string, string, string])[] = [
  ['() "/" "Entw&APw-rfe"', 'Entw&APw-rfe', 'Entwürfe', 'modified UTF-7'],
  ['() "/" Trips/&2D3cjA-', 'Trips/&2D3cjA-', '💌', 'an emoji'],
  ['() "/" "R&D"', 'R&D', 'R&D', 'a bare ampersand'],
  ['() "/" "R&D/Entw&APw-rfe"', 'R&D/Entw&APw-rfe', 'Entwürfe', 'a bare ampersand above'],
  ['() "/" "R&-D"', 'R&-D', 'R&D', 'an ampersand as it should be'],
  ['() "/" "&AGE-b"', '&AGE-b', '&AGE-b', 'a letter shifted for nothing'],
  ['() "/" "50% *off*"', '50% *off*', '50% *off*', 'wildcards'],
  ['() "/" "say \\"hi\\" \\\\o/"', 'say "hi" \\o/', 'say "hi" \\o', 'quotes, a backslash, and a delimiter at the end'],
  ['() "/" {7}\r\nliteral', 'literal', 'literal', 'a literal'],
  ['() "/" {4}\r\n\xfc\xff"\\', '\xfc\xff"\\', '��"\\', 'a literal that is no text'],
  [`() "/" "${utf8('Büro')}"`, utf8('Büro'), 'Büro', 'raw UTF-8'],
  ['() "/" "B\xfcro"', 'B\xfcro', 'B�ro', 'raw Latin-1'],
  ['() "/" B\xfcro2', 'B\xfcro2', 'B�ro2', 'raw Latin-1 without quotes'],
  ['() "/" 2026', '2026', '2026', 'a number'],
  ['() "/" "/absolute"', '/absolute', 'absolute', 'a delimiter in front'],
  ['() NIL "no/hierarchy"', 'no/hierarchy', 'no/hierarchy', 'no delimiter'],
  ['() "\\\\" "a\\\\b"', 'a\\b', 'b', 'a backslash as delimiter'],
  ['() "\\"" "a\\"b"', 'a"b', 'b', 'a quote as delimiter'],
  ['() "." "INBOX.Sent"', 'INBOX.Sent', 'Sent', 'a dot as delimiter'],
  ['() "/" "inbox/child"', 'inbox/child', 'child', 'a child of INBOX'],
  [`() "/" "${utf8('ınbox')}"`, utf8('ınbox'), 'ınbox', 'almost INBOX'],
  ['(\\Remote \\HasNoChildren) "/" far', 'far', 'far', 'another server'],
];

describe('a mailbox that is listed', () => {
  it.each(names)('as %s is opened by exactly that name', async (line, name, label, _) => {
    const { server, asked, mailboxes } = await naming(['() "/" INBOX', line]);
    const found = mailboxes.find((mailbox) => mailbox.name === label);
    expect(mailboxes).toHaveLength(2);
    const { id } = found ?? { id: 'none' };
    const page = await stage.postern.json(EmailPageSchema, server.caller(), `${messagesPath(id)}?fields=id,mailboxIds`);
    expect(asked).toEqual([name]);
    expect(page.messages[0]?.mailboxIds).toEqual({ [id]: true });
  });

  it('lies in the one above it, also when that has a strange name', async () => {
    const { mailboxes } = await naming(['() "/" inbox', '() "/" inbox/a', '() "/" "R&D"', '() "/" "R&D/b"']);
    const idOf = (label: string) => mailboxes.find(({ name }) => name === label);
    expect(idOf('a')?.parentId).toBe(idOf('INBOX')?.id ?? idOf('inbox')?.id);
    expect(idOf('b')?.parentId).toBe(idOf('R&D')?.id);
  });

  it('is INBOX in any case, and once', async () => {
    const { server, asked, mailboxes } = await naming(['() "/" InBox', '() "/" INBOX']);
    expect(mailboxes.map(({ role }) => role)).toEqual(['inbox']);
    await stage.postern.json(EmailPageSchema, server.caller(), messagesPath(mailboxes[0]?.id ?? ''));
    expect(asked).toEqual(['INBOX']);
  });

  it('and cannot be selected is not opened for its counts', async () => {
    const { server, mailboxes } = await naming(['(\\Noselect) "/" a', '(\\NONEXISTENT) "/" b', '(\\Remote) "/" c']);
    expect(mailboxes.map(({ name, isSelectable }) => [name, isSelectable])).toEqual([
      ['a', false],
      ['b', false],
      ['c', true],
    ]);
    expect(server.commands.filter((command) => command.startsWith('STATUS'))).toEqual(['STATUS "c" (MESSAGES UNSEEN)']);
  });
});

it('speaks UTF-8 with a server that speaks nothing else, and with no other', async () => {
  const lines = [`() "/" "${utf8('Büro & 旅行')}"`];
  const only = await naming(lines, ['ENABLE', 'UTF8=ONLY']);
  expect(only.server.commands.slice(0, 3)).toEqual(['LOGIN', 'CAPABILITY', 'ENABLE UTF8=ACCEPT']);
  expect(only.mailboxes.map(({ name }) => name)).toEqual(['Büro & 旅行']);
  await stage.postern.json(EmailPageSchema, only.server.caller(), messagesPath(only.mailboxes[0]?.id ?? ''));
  expect(only.asked).toEqual([utf8('Büro & 旅行')]);
  const accept = await naming(['() "/" "B&APw-ro"'], ['ENABLE', 'UTF8=ACCEPT']);
  expect(accept.server.commands.filter((command) => command.startsWith('ENABLE'))).toEqual([]);
  expect(accept.mailboxes.map(({ name }) => name)).toEqual(['Büro']);
});

describe('namespaces', () => {
  const cyrus = '* NAMESPACE (("INBOX." ".")) (("user." ".")) (("" "."))\r\n$ OK\r\n';
  const listed = [
    '() "." INBOX',
    '(\\Trash) "." user.ann.Trash',
    '() "." Trash',
    '() "." INBOX.Sent',
    '() "." "shared.R&D.Trash"',
  ];

  it.each([
    [cyrus, listed],
    ['* NAMESPACE (("INBOX." ".")) NIL (("user." ".")("shared." ".")("" "."))\r\n$ OK\r\n', listed],
  ])('of others are listed and opened, and have no roles (%s)', async (namespace, lines) => {
    const server = await serve({
      capabilities: ['NAMESPACE', 'MOVE', 'UIDPLUS'],
      answer: (command) => {
        if (command === 'NAMESPACE') return namespace;
        if (/^LIST "" /.test(command)) return `${lines.map((line) => `* LIST ${line}\r\n`).join('')}$ OK\r\n`;
        if (/^(LIST|LSUB)/.test(command)) return '$ OK\r\n';
        return /^SELECT "user.ann/.test(command) ? opened : undefined;
      },
    });
    const { mailboxes } = await stage.postern.json(MailboxesSchema, server.caller(), '/v1/imap/mailboxes');
    expect(mailboxes.flatMap(({ name, role }) => (role === null ? [] : [[name, role]]))).toEqual([
      ['INBOX', 'inbox'],
      ['Sent', 'sent'],
    ]);
    expect(mailboxes.filter(({ name }) => name === 'Trash')).toHaveLength(3);
    const [foreign] = mailboxes.filter(({ name }) => name === 'Trash').map(({ id }) => id);
    expect(foreign).toBeDefined();
    const options = { method: 'DELETE' };
    await stage.postern.problem('unsupported-by-server', server.caller(), `${messagesPath('inbox')}/1000.1`, options);
    expect(server.commands.filter((command) => /MOVE|COPY|STORE/.test(command))).toEqual([]);
  });

  it('that LIST does not show by itself are looked into, and one that may not be is empty', async () => {
    const server = await serve({
      capabilities: ['NAMESPACE', 'MOVE'],
      answer: (command) => {
        if (command === 'NAMESPACE')
          return '* NAMESPACE (("" "/")("#mh/" "/")) NIL (("#news." ".")("#p." "."))\r\n$ OK\r\n';
        if (command.startsWith('LIST "#mh/"')) return '* LIST (\\Trash) "/" "#mh/Bin"\r\n$ OK\r\n';
        if (command.startsWith('LIST "#p."')) return '* LIST () "." "#p.team"\r\n$ OK\r\n';
        if (command.startsWith('LIST "#news."')) return '$ NO [NOPERM] not you\r\n';
        return /^(LIST)/.test(command) ? '* LIST () "/" INBOX\r\n$ OK\r\n' : undefined;
      },
    });
    const { mailboxes } = await stage.postern.json(MailboxesSchema, server.caller(), '/v1/imap/mailboxes');
    expect(mailboxes.map(({ name, role }) => [name, role])).toEqual([
      ['INBOX', 'inbox'],
      ['Bin', 'trash'],
      ['team', null],
    ]);
    const trashed = await stage.postern.json(TrashedEmailSchema, server.caller(), `${messagesPath('inbox')}/1000.1`, {
      method: 'DELETE',
    });
    expect(server.commands).toContain('UID MOVE 1 "#mh/Bin"');
    expect(trashed.mailboxId).toBe(mailboxes.find(({ role }) => role === 'trash')?.id);
  });
});

it('lists by plain LIST and LSUB where the server takes back that it could do more', async () => {
  const server = await serve({
    capabilities: ['LIST-EXTENDED', 'LIST-STATUS', 'SPECIAL-USE'],
    answer: (command) => {
      if (command.includes('RETURN')) return '* LIST () "/" half\r\n$ BAD no such thing\r\n';
      if (command.startsWith('LIST')) return '* LIST () "/" INBOX\r\n* LIST () "/" a\r\n* LIST () "/" b\r\n$ OK\r\n';
      if (command.startsWith('LSUB')) return '* LSUB () "/" b\r\n* LSUB () "/" gone\r\n$ OK\r\n';
      return command === 'STATUS "a" (MESSAGES UNSEEN)' ? '* STATUS "a" (UNSEEN 2 MESSAGES 5)\r\n$ OK\r\n' : undefined;
    },
  });
  const { mailboxes } = await stage.postern.json(MailboxesSchema, server.caller(), '/v1/imap/mailboxes');
  expect(
    mailboxes.map(({ name, isSubscribed, totalEmails, unreadEmails }) => [
      name,
      isSubscribed,
      totalEmails,
      unreadEmails,
    ]),
  ).toEqual([
    ['INBOX', true, 1, 0],
    ['a', false, 5, 2],
    ['b', true, 0, 0],
  ]);
});
