/**
 * Gmail's labels (X-GM-EXT-1): shown when they are asked for, changed by PATCH, and never silently ignored elsewhere.
 */
import { describe, expect, it } from 'vitest';
import { PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapScriptStage({ messages: [letter('1')] });
const inbox = messagesPath('inbox');
const path = `${inbox}/1000.1`;

/** One message with labels, as Gmail has them: its own as flags are written, others as mailboxes are. */
async function gmail({ refused }: { refused?: RegExp } = {}) {
  const labels = new Set(['"\\\\Important"', 'Work', '"Gr&APwA3w-e &- Co"', 'constructor']);
  const server = await stage.serve({
    capabilities: ['X-GM-EXT-1', 'UIDPLUS', 'MOVE'],
    answer: (command) => {
      if (refused?.test(command) === true) return '$ NO [CANNOT] no\r\n';
      const [, sign, list] = /^UID STORE 1 ([+-])X-GM-LABELS \((.*)\)$/.exec(command) ?? [];
      if (list !== undefined) {
        for (const [label] of list.matchAll(/"[^"]*"|[^ ]+/g)) {
          const name = label.replace(/^"([^\\" ]*)"$/, '$1').replace(/^(\\\w+)$/, '"\\$1"');
          if (sign === '+') labels.add(name);
          else labels.delete(name);
        }
        return '$ OK done\r\n';
      }
      if (!command.includes('X-GM-LABELS')) return undefined;
      const flags = [...(server.inbox[0]?.flags ?? [])].join(' ');
      const rest = 'INTERNALDATE "23-Nov-2026 10:00:00 +0000" RFC822.SIZE 10';
      const body = `BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 1 1) BODY[HEADER] {4}\r\nA: b BODY[TEXT] {1}\r\nx`;
      return `* 1 FETCH (UID 1 FLAGS (${flags}) ${rest} X-GM-LABELS (${[...labels].join(' ')}) ${body})\r\n$ OK done\r\n`;
    },
  });
  return { server, caller: server.caller() };
}

const all = { '\\Important': true, Work: true, 'Grüße & Co': true, constructor: true } as const;

it('are shown in a listing and in a message when they are asked for, and not else', async () => {
  const { server, caller } = await gmail();
  const page = await stage.postern.json(EmailPageSchema, caller, `${inbox}?fields=keywords,labels`);
  expect(page.messages[0]).toEqual({ id: '1000.1', keywords: {}, labels: all });
  expect((await stage.postern.json(EmailPageSchema, caller, inbox)).messages[0]).not.toHaveProperty('labels');
  const email = await stage.postern.json(EmailSchema, caller, `${path}?fields=labels`);
  expect(email).toEqual({ id: '1000.1', labels: all });
  expect(server.commands.filter((command) => command.includes('X-GM-LABELS'))).toHaveLength(2);
});

it('are set and taken away, in the names that the server knows, and what there was before is told', async () => {
  const { server, caller } = await gmail();
  const body = { labels: { 'Zürich & more': true, '\\Starred': true, Work: null }, keywords: { $seen: true } };
  const patched = await stage.postern.json(PatchedEmailSchema, caller, path, { method: 'PATCH', body });
  const { Work: _, ...others } = all;
  expect(patched.labels).toEqual({ ...others, 'Zürich & more': true, '\\Starred': true });
  expect(patched.keywords).toEqual({ $seen: true });
  expect(patched.previous).toMatchObject({ keywords: {}, labels: all });
  expect(server.commands.filter((command) => command.startsWith('UID STORE'))).toEqual([
    'UID STORE 1 +FLAGS (\\Seen)',
    'UID STORE 1 +X-GM-LABELS ("Z&APw-rich &- more" \\Starred)',
    'UID STORE 1 -X-GM-LABELS ("Work")',
  ]);
});

it.each([
  [{ labels: { No: true } }, /\+X-GM/, 'command-refused', undefined],
  [{ labels: { No: true }, keywords: { $seen: true } }, /\+X-GM/, 'partly-done', { $seen: true }],
  [{ labels: { No: true, Work: null } }, /-X-GM/, 'partly-done', {}],
  [{ labels: { No: true }, mailboxId: 'trash' }, /^UID MOVE/, 'partly-done', {}],
])('%j that the server refuses are told as they are', async (body, refused, kind, keywords) => {
  const { caller } = await gmail({ refused });
  const problem = await stage.postern.problem(kind, caller, path, { method: 'PATCH', body });
  expect(problem['keywords']).toEqual(keywords);
});

describe('on any other server', () => {
  it('are refused, and nothing is changed', async () => {
    const server = await stage.serve({});
    const body = { labels: { Work: true }, keywords: { $seen: true } };
    const call = { method: 'PATCH', body };
    for (const [where, options] of [
      [path, call],
      [`${path}?fields=labels`, {}],
      [`${inbox}?fields=subject,labels`, {}],
    ] as const) {
      const problem = await stage.postern.problem('unsupported-by-server', server.caller(), where, options);
      expect(problem).toMatchObject({ status: 422, feature: 'labels (X-GM-EXT-1)' });
    }
    expect(server.commands.filter((command) => command.includes('STORE'))).toEqual([]);
  });
});

it.each([
  [{ labels: {} }, 'labels'],
  [{ labels: { '': true } }, 'labels.'],
  [{ labels: { 'a\r\nb': true } }, 'labels.a\r\nb'],
  [{ labels: { ['x'.repeat(226)]: true } }, `labels.${'x'.repeat(226)}`],
  [{ labels: { Work: false } }, 'labels.Work'],
  [{ labels: ['Work'] }, 'labels'],
])('%j is refused, and the field is named', async (body, field) => {
  const { server, caller } = await gmail();
  const problem = await stage.postern.problem('request-invalid', caller, path, { method: 'PATCH', body });
  expect(problem.errors).toMatchObject([{ in: 'body', field }]);
  expect(server.commands.filter((command) => command.includes('STORE'))).toEqual([]);
});
