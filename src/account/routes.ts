/**
 * `GET /v1/account`: whose mail it is, and what its server can do.
 */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { toMessage } from '../core/account.ts';
import { type Gateway, unwrapped } from '../http/context.ts';
import { mailAccount, objectNameOf } from '../http/mail-account.ts';
import { accountSecurity } from '../http/operation.ts';
import { privateAnswer } from '../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../http/problems.ts';
import { refuseInvalid } from '../http/validation.ts';
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
  const name = await objectNameOf(c.env, account);
  const message = toMessage(account);
  const known = { protocol, user: account.user, server };
  if (protocol === 'imap') {
    const capabilities = unwrapped(await c.env.MAILBOX.getByName(name).capabilities(message), c.get('timings'));
    return c.json({ ...known, capabilities: [...capabilities] }, 200, privateAnswer);
  }
  const reply = await c.env.MAILDROP.getByName(name).capabilities(message);
  const { capabilities, policy } = unwrapped(reply, c.get('timings'));
  return c.json({ ...known, capabilities: [...capabilities], maildrop: policy }, 200, privateAnswer);
});
