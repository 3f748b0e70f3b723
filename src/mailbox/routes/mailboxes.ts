/**
 * `GET /v1/imap/mailboxes`: which mailboxes there are.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { refuseInvalid } from '../../http/validation.ts';
import { mailboxIdOf } from '../rules.ts';
import { MailboxesSchema } from '../schema/mailbox.ts';
import { mailboxesOf } from './mailbox.ts';

const listMailboxes = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes',
  operationId: 'listMailboxes',
  tags: ['IMAP'],
  summary: 'List the folders of an IMAP account',
  description: 'With their roles, how they lie in each other, and how many messages they hold.',
  security: accountSecurity,
  middleware: mailAccount('imap'),
  request: { query: z.strictObject({}) },
  responses: {
    200: { description: 'All mailboxes.', content: { 'application/json': { schema: MailboxesSchema } } },
    ...problemAnswers(...mailServerProblems),
  },
});

export const mailboxes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(listMailboxes, async (c) => {
  const { stub, account } = await mailboxesOf(c);
  const reply = await stub.mailboxes(account);
  const listed = unwrapped(reply, c.get('timings')).map(({ path, parentPath, ...mailbox }) => ({
    id: mailboxIdOf(path),
    parentId: parentPath === null ? null : mailboxIdOf(parentPath),
    ...mailbox,
  }));
  return c.json({ mailboxes: listed }, 200, privateAnswer);
});
