/**
 * A server that says OK to COPY or MOVE and not where the message went, while another session expunges the message: OK is
 * also what it says when there was nothing to copy (RFC 9051 §6.4.7, §6.4.8).
 */
import { describe, expect, it } from 'vitest';
import type { ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Call } from '../support/postern.ts';

const path = `${messagesPath('inbox')}/1000.2`;
const move: Call = { method: 'PATCH', body: { mailboxId: 'trash' } };
const copy: Call = { body: { mailboxId: 'trash' } };

const stage = imapScriptStage();
const { serve } = stage;

interface Race {
  readonly capabilities: readonly string[];
  /** Whether the message arrived before the other session expunged it. */
  readonly hasArrived: boolean;
}

/** The message is gone after the command, which this session is told of with the next NOOP only. */
async function racing({ capabilities, hasArrived }: Race): Promise<ImapServer> {
  let uidNext = 70;
  let isGone = false;
  const server: ImapServer = await serve({
    capabilities,
    messages: ['1', '2'].map((label) => letter(label)),
    answer: (command) => {
      if (command.startsWith('STATUS')) return `* STATUS "Trash" (UIDNEXT ${uidNext})\r\n$ OK done\r\n`;
      if (isGone && command === 'NOOP') server.inbox.splice(1, 1);
      if (!/^UID (COPY|MOVE)/.test(command)) return undefined;
      isGone = true;
      if (hasArrived) uidNext += 1;
      return '$ OK done\r\n';
    },
  });
  return server;
}

const cases = [
  ['MOVE', ['MOVE'], '', move, 200],
  ['COPY', [], '/copy', copy, 201],
] as const;

describe.each(cases)('without UIDPLUS, %s', (_, capabilities, suffix, call, status) => {
  it('that brought nothing to where it was to go is not believed', async () => {
    const server = await racing({ capabilities, hasArrived: false });
    await stage.postern.problem('message-not-found', server.caller(), path + suffix, call);
  });

  it('that brought something there is, and its id stays unknown', async () => {
    const server = await racing({ capabilities, hasArrived: true });
    const response = await stage.postern.call(server.caller(), path + suffix, call);
    expect([response.status, await response.json()]).toMatchObject([status, { id: null }]);
  });
});

it.each([
  ['MOVE', ['UIDPLUS', 'MOVE'], '', move],
  ['COPY', ['UIDPLUS'], '/copy', copy],
  ['COPY to move', ['UIDPLUS'], '', move],
] as const)('with UIDPLUS, %s that names no copy of a message that is gone is not believed', async (...given) => {
  const [, capabilities, suffix, call] = given;
  const server = await racing({ capabilities, hasArrived: false });
  await stage.postern.problem('message-not-found', server.caller(), path + suffix, call);
  expect(server.commands.filter((command) => /STATUS|EXPUNGE|STORE/.test(command))).toEqual([]);
});
