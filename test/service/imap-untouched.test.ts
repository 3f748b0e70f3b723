/**
 * Does reading leave a mailbox as it was?
 */
import { expect, it } from 'vitest';
import { withFiles } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { flagsIn, messagesIn } from '../support/maildir.ts';

const stage = imapStage();
const reads = ['', '?fields=text,html&maxBodyBytes=10', '/raw', '/parts/1'];

it('leaves messages and flags on disk as they were, whatever is read', async () => {
  const caller = await stage.callerWith([letter('one'), withFiles, letter('three')]);
  const { dovecot } = stage.host;
  await dovecot.deliver(caller.user, 'INBOX', letter('flagged'), { flags: ['\\Flagged'] });
  const maildir = dovecot.maildir(caller.user);
  const before = { flags: await flagsIn(maildir), messages: await messagesIn(maildir) };
  expect(Object.values(before.flags)).toEqual(['', '', '', 'F']);
  await stage.mailboxes(caller);
  for (const path of await stage.paths(caller)) {
    for (const what of [...reads, '/parts/1.1', '/parts/2', '/parts/99']) {
      await (await stage.postern.call(caller, path + what)).arrayBuffer();
      await (await stage.postern.call(caller, path + what, { method: 'HEAD' })).arrayBuffer();
    }
  }
  const program = await stage.program(caller);
  expect(Object.values(await program.flags())).toEqual([[], [], [], ['\\Flagged']]);
  expect({ flags: await flagsIn(maildir), messages: await messagesIn(maildir) }).toEqual(before);
});

it('sends no command for reading that could change anything', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([letter('one')]));
  await stage.mailboxes(caller);
  for (const path of await stage.paths(caller)) {
    for (const what of reads) await (await stage.postern.call(caller, path + what)).arrayBuffer();
  }
  expect(relay.commands.filter((command) => /BODY\.PEEK/.test(command)).length).toBeGreaterThan(4);
  expect(
    relay.commands.filter((command) => /\bSTORE|EXPUNGE|CLOSE|MOVE|COPY|BODY\[|RFC822(?!\.SIZE)/.test(command)),
  ).toEqual([]);
  await relay.stop();
});
