/**
 * Does a sign-in with a provider end in a capsule that reads mail, and only in the right hands?
 */
import { expect, it } from 'vitest';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { bearer, oauth2Stage } from '../support/oauth2-stage.ts';

const stage = oauth2Stage();

it('a sign-in ends in a capsule that reads mail over IMAP', async () => {
  const caller = await stage.somebody();
  await stage.host.dovecot.deliver(caller.user, 'INBOX', letter('one'));
  const capsule = await stage.capsule('?protocol=imap');
  expect(capsule.account).toMatchObject({ protocol: 'imap', user: caller.user });
  const response = await stage.postern.call(null, messagesPath('inbox'), { headers: bearer(capsule) });
  expect(EmailPageSchema.parse(await response.json()).total).toBe(1);
});
