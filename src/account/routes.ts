/**
 * `GET /v1/account`: whose mail it is, and what its server can do.
 */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Gateway } from '../http/context.ts';
import { mailAccount } from '../http/mail-account.ts';
import { accountSecurity } from '../http/operation.ts';
import { privateAnswer } from '../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../http/problems.ts';
import { refuseInvalid } from '../http/validation.ts';
import { abilitiesOf } from './ability.ts';
import { AccountSchema } from './schema.ts';

const getAccount = createRoute({
  method: 'get',
  path: '/v1/account',
  operationId: 'getAccount',
  tags: ['Account'],
  summary: 'Check a login, and what the mail server can do',
  description: 'Logs in, over IMAP or POP3 as `Mail-Server` says. Nothing is read or changed.',
  security: accountSecurity,
  middleware: mailAccount('any', 'read'),
  responses: {
    200: {
      description: 'The mail server took the login.',
      content: { 'application/json': { schema: AccountSchema } },
    },
    ...problemAnswers(...mailServerProblems, 'maildrop-locked'),
  },
});

export const accountRoutes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(getAccount, async (c) => {
  const account = c.get('account');
  const { protocol, ...server } = account.server;
  return c.json({ protocol, user: account.user, server, ...(await abilitiesOf(c, account)) }, 200, privateAnswer);
});
