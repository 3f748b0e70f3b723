/**
 * How often is a real server asked for an answer?
 */
import { expect, it } from 'vitest';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');

it('needs three commands from the connection to the first page, one more each time, and two for a message', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([letter('1'), letter('2')]));
  const verbs = (): string[] => relay.commands.map((command) => command.replace(/^(UID )?(\w+).*$/, '$1$2'));
  const { messages } = await stage.page(caller);
  expect(verbs()).toEqual(['AUTHENTICATE', 'SELECT', 'FETCH']);
  await stage.page(caller);
  expect(verbs().slice(3)).toEqual(['NOOP', 'FETCH']);
  await stage.read(caller, `${inbox}/${first(messages).id}`);
  expect(verbs().slice(5)).toEqual(['NOOP', 'UID FETCH', 'UID FETCH']);
  await relay.stop();
});

it('needs two commands from the connection to all mailboxes with their counts, and one for the namespaces', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([]));
  await stage.mailboxes(caller);
  expect(relay.commands.map((command) => command.split(' ')[0])).toEqual(['AUTHENTICATE', 'NAMESPACE', 'LIST']);
  await stage.mailboxes(caller);
  expect(relay.commands.slice(3).map((command) => command.split(' ')[0])).toEqual(['LIST']);
  await relay.stop();
});
