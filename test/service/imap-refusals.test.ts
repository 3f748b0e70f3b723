/**
 * Is what a server means by NO told in words that a caller can act on, and is its session kept?
 */
import { expect, it } from 'vitest';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import type { ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const inbox = messagesPath('inbox');
const message = `${inbox}/1000.1`;
const seen = { method: 'PATCH', body: { keywords: { $seen: true } } };

const stage = imapScriptStage();
const { serve } = stage;

/** Refuses the first such command with `text`. */
async function refusing(command: RegExp, text: string): Promise<ImapServer> {
  let isFirst = true;
  const answer = (sent: string): string | undefined => {
    if (!isFirst || !command.test(sent)) return undefined;
    isFirst = false;
    return `$ ${text}\r\n`;
  };
  const server = await serve({ messages: [letter('1')], capabilities: ['UIDPLUS', 'MOVE'], answer });
  return server;
}

it.each([
  [/^SELECT/, 'NO [NONEXISTENT] no such mailbox', inbox, {}, 'mailbox-not-found', 404, undefined],
  [/^SELECT/, 'NO what?', inbox, {}, 'mailbox-not-found', 404, undefined],
  [/^SELECT/, 'NO [NOPERM] not you', inbox, {}, 'permission-denied', 403, undefined],
  [/^SELECT/, 'NO [UNAVAILABLE] later', inbox, {}, 'server-busy', 503, '30'],
  [/^SELECT/, 'NO [INUSE] locked', inbox, {}, 'server-busy', 503, '30'],
  [/^FETCH/, 'NO [LIMIT] Rate limit hit.', inbox, {}, 'server-limit-reached', 429, '30'],
  [
    /^FETCH/,
    'BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds',
    inbox,
    {},
    'server-limit-reached',
    429,
    '93',
  ],
  [/^UID FETCH/, 'NO [SERVERBUG] oops', message, {}, 'command-refused', 502, undefined],
  [/^UID STORE/, 'NO [NOPERM] not you', message, seen, 'permission-denied', 403, undefined],
  [/^UID STORE/, 'NO [OVERQUOTA] full', message, seen, 'over-quota', 507, undefined],
  [/^LIST/, 'NO [UNAVAILABLE] later', '/v1/imap/mailboxes', {}, 'server-busy', 503, '30'],
])(
  '%s answered %s is told of as it is, and the session goes on',
  async (command, text, path, options, kind, status, after) => {
    const server = await refusing(command, text);
    const response = await stage.postern.call(server.caller(), path, options);
    expect([response.status, response.headers.get('retry-after') ?? undefined]).toEqual([status, after]);
    expect(await response.json()).toMatchObject({ type: `/problems/${kind}` });
    expect((await stage.postern.json(EmailPageSchema, server.caller(), inbox)).total).toBe(1);
    expect(server.connections).toBe(1);
  },
);

it('ends the session of a login that the server takes back', async () => {
  const server = await refusing(/^SELECT/, 'BAD User is authenticated but not connected.');
  const problem = await stage.postern.problem('login-refused', server.caller(), inbox);
  expect(problem.status).toBe(401);
  expect((await stage.postern.json(EmailPageSchema, server.caller(), inbox)).total).toBe(1);
  expect(server.connections).toBe(2);
});

it('opens mailboxes for a server that wants to know who is asking, and says so without a code', async () => {
  let isKnown = false;
  const server = await serve({
    messages: [letter('1')],
    capabilities: ['ID'],
    answer: (command) => {
      if (command.startsWith('ID ')) isKnown = true;
      return command.startsWith('SELECT') && !isKnown ? '$ NO SELECT Unsafe Login.\r\n' : undefined;
    },
  });
  expect((await stage.postern.json(EmailPageSchema, server.caller(), inbox)).total).toBe(1);
  expect(server.commands).toContain('ID ("name" "Postern")');
});
