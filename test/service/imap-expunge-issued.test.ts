/**
 * `[EXPUNGEISSUED]` says that something was expunged in the mailbox (RFC 5530 §3), and not that this message was: what is
 * still there is not taken for gone, and what is gone is told as gone.
 */
import { describe, expect, it } from 'vitest';
import type { ImapScript, ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Call } from '../support/postern.ts';

const path = `${messagesPath('inbox')}/1000.2`;
const copyOnly: ImapScript = { capabilities: ['UIDPLUS'] };
const withMove: ImapScript = { capabilities: ['UIDPLUS', 'MOVE'] };
const toTrash: Call = { method: 'PATCH', body: { mailboxId: 'trash' } };
const remove: Call = { method: 'DELETE' };
const mark: Call = { method: 'PATCH', body: { keywords: { $seen: true } } };
const copy: Call = { body: { mailboxId: 'trash' } };

const stage = imapScriptStage();
const { serve } = stage;

/** A server that refuses the first command that is like that, and in which `isGone` says whether the message has gone. */
async function refusing(script: ImapScript, pattern: RegExp, isGone: boolean): Promise<ImapServer> {
  let isFirst = true;
  const server: ImapServer = await serve({
    ...script,
    messages: ['1', '2', '3'].map((label) => letter(label)),
    answer: (command) => {
      if (!isFirst || !pattern.test(command)) return undefined;
      isFirst = false;
      if (isGone) server.inbox.splice(1, 1);
      return '$ NO [EXPUNGEISSUED] canary-subject-Kp3Vw\r\n';
    },
  });
  return server;
}

const flags = (server: ImapServer) => Object.fromEntries(server.inbox.map((one) => [one.uid, [...one.flags]]));
const untouched = { 1: [], 2: [], 3: [] };

describe('while the message is there', () => {
  it.each(['UID STORE', 'UID EXPUNGE'])('a copy whose original stays is not told as moved (%s)', async (command) => {
    const server = await refusing(copyOnly, new RegExp(`^${command}`), false);
    const problem = await stage.postern.problem('partly-done', server.caller(), path, toTrash);
    expect(problem).toMatchObject({ status: 502, command, responseCode: 'EXPUNGEISSUED', keywords: {} });
    expect(problem['copy']).toEqual({ id: '1000.70', mailboxId: 'mb_VHJhc2g' });
    expect(flags(server)).toEqual(untouched);
    await stage.postern.call(server.caller(), path, toTrash);
    expect([server.inbox.length, server.trash.length]).toEqual([2, 1]);
  });

  it.each([
    ['UID MOVE', withMove, '', toTrash],
    ['UID COPY', copyOnly, '', toTrash],
    ['UID COPY', copyOnly, '/copy', copy],
    ['UID STORE', copyOnly, '', mark],
    ['UID STORE', copyOnly, '?permanent=true', remove],
    ['UID EXPUNGE', copyOnly, '?permanent=true', remove],
  ] as const)('%s that is refused so is no sign that it is gone (%j %s %j)', async (command, script, suffix, call) => {
    const server = await refusing(script, new RegExp(`^${command}`), false);
    const problem = await stage.postern.problem('command-refused', server.caller(), path + suffix, call);
    expect(problem).toMatchObject({ status: 502, command, responseCode: 'EXPUNGEISSUED' });
    expect(flags(server)).toEqual(untouched);
    expect(server.trash).toEqual([]);
  });

  it('it is read all the same', async () => {
    const server = await refusing({}, /^UID FETCH/, false);
    const response = await stage.postern.call(server.caller(), path);
    expect([response.status, await response.json()]).toMatchObject([200, { text: 'This is 2.\n' }]);
  });
});

describe('when the message is gone', () => {
  it.each([
    ['UID MOVE', withMove, '', toTrash],
    ['UID COPY', copyOnly, '', toTrash],
    ['UID COPY', copyOnly, '/copy', copy],
    ['UID STORE', copyOnly, '', mark],
    ['UID STORE', copyOnly, '?permanent=true', remove],
    ['UID FETCH', copyOnly, '', {}],
  ] as const)('%s says so (%j %s %j)', async (command, script, suffix, call) => {
    const server = await refusing(script, new RegExp(`^${command}`), true);
    await stage.postern.problem('message-not-found', server.caller(), path + suffix, call);
    expect([server.inbox.length, server.trash.length]).toEqual([2, 0]);
  });

  it.each(['UID STORE', 'UID EXPUNGE'])('after it was copied, it has moved (%s)', async (command) => {
    const server = await refusing(copyOnly, new RegExp(`^${command}`), true);
    const response = await stage.postern.call(server.caller(), path, toTrash);
    expect([response.status, await response.json()]).toMatchObject([200, { id: '1000.70' }]);
    expect([server.inbox.length, server.trash.length]).toEqual([2, 1]);
  });

  it('after it was marked to be deleted, it is deleted', async () => {
    const server = await refusing(copyOnly, /^UID EXPUNGE/, true);
    const response = await stage.postern.call(server.caller(), `${path}?permanent=true`, remove);
    expect([response.status, await response.text()]).toEqual([204, '']);
  });
});
