/**
 * `GET /v1/imap/quota`: how much room there is.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { refuseInvalid } from '../../http/validation.ts';
import { quotaOf } from '../quota-json.ts';
import { QuotasSchema } from '../schema/quota.ts';
import { mailboxesOf, mailboxOf } from './mailbox.ts';

const getQuota = createRoute({
  method: 'get',
  path: '/v1/imap/quota',
  operationId: 'getQuota',
  tags: ['IMAP'],
  summary: 'How full the account is',
  description:
    'The limits that count for a mailbox, as the mail server tells them (RFC 9208), in the words of RFC 9425.',
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: {
    query: z.strictObject({
      mailbox: z
        .string()
        .default('inbox')
        .openapi({ description: 'A mailbox id, or a role. Mailboxes of other users may have limits of their own.' }),
    }),
  },
  responses: {
    200: { description: 'Its limits.', content: { 'application/json': { schema: QuotasSchema } } },
    ...problemAnswers(...mailServerProblems, 'mailbox-not-found', 'permission-denied', 'unsupported-by-server'),
  },
});

export const quota = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(getQuota, async (c) => {
  const name = mailboxOf(c.req.valid('query').mailbox);
  const { stub, account } = await mailboxesOf(c);
  const told = unwrapped(await stub.quotas(account, name), c.get('timings'));
  return c.json({ quotas: told.map(quotaOf) }, 200, privateAnswer);
});
