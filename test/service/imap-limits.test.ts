/**
 * What does a caller hear when other programs have taken all connections that a real server allows the account?
 */
import { expect, it } from 'vitest';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapStage({ maxConnectionsPerUser: 2 });

it('that the limit is the mail server’s', async () => {
  const caller = await stage.callerWith([letter('1')]);
  for (const _ of [1, 2]) await stage.program(caller);
  const response = await stage.postern.call(caller, messagesPath('inbox'));
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '30']);
  expect(await response.json()).toMatchObject({
    type: '/problems/server-limit-reached',
    limitedBy: 'mail-server',
    responseCode: expect.stringMatching(/^(UNAVAILABLE|LIMIT)$/),
  });
});
