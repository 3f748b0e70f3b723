/**
 * Two commands in one go: does each get its own answer, in whatever order a server gives it?
 */
import { expect, it } from 'vitest';
import type { ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapScriptStage();
const path = `${messagesPath('inbox')}/1000.2/raw`;
const row = '* 2 FETCH (UID 2 RFC822.SIZE 4 BODY[]<0> {4}\r\nmail)\r\n';

/** Somebody whose session is warm, at a server that answers NOOP together with the command behind it. */
async function callerOf(both: (noop: string, fetch: string) => string): Promise<Caller> {
  let isWarm = false;
  const server: ImapServer = await stage.serve({
    // Without it the mailbox would be selected anew for each request.
    capabilities: ['UIDPLUS'],
    messages: [letter('1'), letter('2')],
    answer: (command) => {
      const [noop = '', fetch = ''] = server.tags.slice(-2);
      if (isWarm && command === 'NOOP') return null;
      return isWarm && command.startsWith('UID FETCH') ? both(noop, fetch) : undefined;
    },
  });
  const caller = server.caller();
  await stage.postern.call(caller, messagesPath('inbox'));
  isWarm = true;
  return caller;
}

const rawOf = async (caller: Caller): Promise<string> => (await stage.postern.call(caller, path)).text();

it('asks for news along with the message, not before it', async () => {
  const caller = await callerOf((noop, fetch) => `${noop} OK done\r\n${row}${fetch} OK done\r\n`);
  expect(await rawOf(caller)).toBe('mail');
});

it('takes what a server tells before it has completed the command before', async () => {
  const caller = await callerOf((noop, fetch) => `${row}${noop} OK done\r\n${fetch} OK done\r\n`);
  expect(await rawOf(caller)).toBe('mail');
});

it('takes the second command for completed when the server says so first', async () => {
  const caller = await callerOf((noop, fetch) => `${row}${fetch} OK done\r\n${noop} OK done\r\n`);
  expect(await rawOf(caller)).toBe('mail');
});

it('gives a refusal to the command that was refused', async () => {
  const caller = await callerOf((noop, fetch) => `${noop} OK done\r\n${fetch} NO not now\r\n`);
  await stage.postern.problem('command-refused', caller, path);
});

it('shows nothing that may be stale when the question for news is refused', async () => {
  const caller = await callerOf((noop, fetch) => `${noop} BAD what?\r\n${row}${fetch} OK done\r\n`);
  await stage.postern.problem('command-refused', caller, path);
});
