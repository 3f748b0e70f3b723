/**
 * What is told of a message that is expunged in the very moment of looking?
 *
 * Dovecot tells then that it is there, and marked as deleted, and that it has vanished; and HIGHESTMODSEQ counts the latter already.
 */
import { expect, it } from 'vitest';
import { ChangesSchema } from '../../src/mailbox/schema/changes.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapScriptStage({ messages: [letter('1'), letter('2'), letter('3')] });
const changes = '/v1/imap/mailboxes/inbox/changes';

it('that it is gone, since it is not told again', async () => {
  const selected = (rows: string, modseq: number): string =>
    [
      '* 3 EXISTS\r\n* OK [UIDVALIDITY 1000] valid\r\n* OK [UIDNEXT 4] next\r\n',
      `* OK [HIGHESTMODSEQ ${modseq}] highest\r\n${rows}$ OK [READ-WRITE] selected\r\n`,
    ].join('');
  const rows = '* VANISHED (EARLIER) 2:3\r\n* 2 FETCH (UID 2 FLAGS (\\Deleted) MODSEQ (11))\r\n';
  const row = '* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (12))\r\n';
  const server = await stage.serve({
    capabilities: ['ENABLE', 'UIDPLUS', 'UNSELECT', 'CONDSTORE', 'QRESYNC'],
    answer(command) {
      if (command.startsWith('ENABLE')) return '* ENABLED QRESYNC\r\n$ OK enabled\r\n';
      if (!command.startsWith('SELECT')) return undefined;
      return command.includes('QRESYNC') ? selected(rows + row, 12) : selected('', 10);
    },
  });
  const { newState } = await stage.postern.json(ChangesSchema, server.caller(), changes);
  const told = await stage.postern.json(ChangesSchema, server.caller(), `${changes}?since=${newState}`);
  expect(told).toMatchObject({ created: [], updated: ['1000.1'], destroyed: ['1000.2', '1000.3'] });
});
