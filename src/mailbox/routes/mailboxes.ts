/**
 * `/v1/imap/mailboxes`: which mailboxes there are, and making, renaming and deleting them.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Failed } from '../../core/failure.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { flag, refuseInvalid } from '../../http/validation.ts';
import type { MailboxName } from '../answers.ts';
import { mailboxJsonOf } from '../mailbox-json.ts';
import { mailboxNameOf } from '../rules.ts';
import { MailboxesSchema, MailboxPatchSchema, MailboxSchema, NewMailboxSchema } from '../schema/mailbox.ts';
import { mailboxesOf, mailboxOf, mailboxParam } from './mailbox.ts';

const extras = ['size', 'myRights'] as const;
const include = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(extras, { message: `Name what to include, separated by commas: ${extras.join(', ')}.` })))
  .transform((names) => ({ size: names.includes('size'), myRights: names.includes('myRights') }))
  .optional()
  .openapi({
    type: 'string',
    description: 'Members that cost the mail server work, separated by commas: `size`, `myRights`.',
    example: 'size,myRights',
  });

const path = '/v1/imap/mailboxes/{mailbox}';
const params = z.strictObject({ mailbox: mailboxParam });
const mailboxJson = { 'application/json': { schema: MailboxSchema } };
const changeProblems = [
  ...mailServerProblems,
  'mailbox-not-found',
  'permission-denied',
  'over-quota',
  'mailbox-protected',
] as const;

const listMailboxes = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes',
  operationId: 'listMailboxes',
  tags: ['IMAP'],
  summary: 'List the folders of an IMAP account',
  description:
    'With their roles, how they lie in each other, and how many messages they hold. Mailboxes of other users and of groups are among them; `namespace` says whose one is.',
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: { query: z.strictObject({ include }) },
  responses: {
    200: { description: 'All mailboxes.', content: { 'application/json': { schema: MailboxesSchema } } },
    ...problemAnswers(...mailServerProblems),
  },
});

const getMailbox = createRoute({
  method: 'get',
  path,
  operationId: 'getMailbox',
  tags: ['IMAP'],
  summary: 'Look at one folder of an IMAP account',
  description: 'The same as in the list of all of them.',
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: { params, query: z.strictObject({ include }) },
  responses: {
    200: { description: 'The mailbox.', content: mailboxJson },
    ...problemAnswers(...mailServerProblems, 'mailbox-not-found'),
  },
});

const createMailbox = createRoute({
  method: 'post',
  path: '/v1/imap/mailboxes',
  operationId: 'createMailbox',
  tags: ['IMAP'],
  summary: 'Make a folder',
  description:
    'Subscribed, unless `isSubscribed` is false. Called twice, it makes one: the second answer is `mailbox-exists`. A name that this server does not take, or not in this place, is `unsupported-by-server`.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('imap', 'modify', 'account')] as const,
  request: { body: { required: true, content: { 'application/json': { schema: NewMailboxSchema } } } },
  responses: {
    201: {
      description: 'The mailbox is there.',
      headers: z.object({ Location: z.string().describe('Where it can be looked at.') }),
      content: mailboxJson,
    },
    ...problemAnswers(
      ...mailServerProblems,
      'mailbox-not-found',
      'mailbox-exists',
      'permission-denied',
      'over-quota',
      'unsupported-by-server',
      'body-too-large',
      'media-type-unsupported',
    ),
  },
});

const updateMailbox = createRoute({
  method: 'patch',
  path,
  operationId: 'updateMailbox',
  tags: ['IMAP'],
  summary: 'Rename, move or subscribe to a folder',
  description:
    'Renamed or moved, it has another id, and so has every mailbox that lies in it; they go with it, and so do their subscriptions. The ids of messages stay, under the new id of their mailbox, as far as the server keeps its UIDVALIDITY. `isSubscribed` in the answer is what holds.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('imap', 'modify', 'account')] as const,
  request: { params, body: { required: true, content: { 'application/json': { schema: MailboxPatchSchema } } } },
  responses: {
    200: { description: 'The mailbox as it is now.', content: mailboxJson },
    ...problemAnswers(
      ...changeProblems,
      'mailbox-exists',
      'unsupported-by-server',
      'body-too-large',
      'media-type-unsupported',
    ),
  },
});

const deleteMailbox = createRoute({
  method: 'delete',
  path,
  operationId: 'deleteMailbox',
  tags: ['IMAP'],
  summary: 'Delete a folder',
  description:
    'For good, and only when it holds nothing, unless `removeEmails=true`. One that holds other mailboxes is never deleted, and neither is the inbox. Messages are counted right before; mail that arrives in that moment goes with the mailbox, which nothing in IMAP can prevent.',
  security: accountSecurity,
  middleware: mailAccount('imap', 'delete', 'account'),
  request: {
    params,
    query: z.strictObject({
      removeEmails: flag.default(false).openapi({
        type: 'boolean',
        description: 'Delete it with all messages in it, for good, and even if it has a role.',
      }),
    }),
  },
  responses: {
    204: { description: 'It is gone.' },
    ...problemAnswers(...changeProblems, 'mailbox-not-empty', 'mailbox-has-children', 'unsupported-by-server'),
  },
});

export const mailboxes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(listMailboxes, async (c) => {
    const { include = nothing } = c.req.valid('query');
    const { stub, account } = await mailboxesOf(c);
    const listed = unwrapped(await stub.mailboxes(account, include), c.get('timings'));
    return c.json({ mailboxes: listed.map((mailbox) => mailboxJsonOf(mailbox, include)) }, 200, privateAnswer);
  })
  .openapi(getMailbox, async (c) => {
    const { include = nothing } = c.req.valid('query');
    const name = mailboxOf(c.req.valid('param').mailbox);
    const { stub, account } = await mailboxesOf(c);
    const mailbox = unwrapped(await stub.mailbox(account, name, include), c.get('timings'));
    return c.json(mailboxJsonOf(mailbox, include), 200, privateAnswer);
  })
  .openapi(createMailbox, async (c) => {
    const { parentId, ...wish } = c.req.valid('json');
    const parent = parentId === null ? null : parentOf(parentId);
    const { stub, account } = await mailboxesOf(c);
    const made = unwrapped(await stub.createMailbox(account, { ...wish, parent }), c.get('timings'));
    const mailbox = mailboxJsonOf(made);
    return c.json(mailbox, 201, { ...privateAnswer, Location: `/v1/imap/mailboxes/${mailbox.id}` });
  })
  .openapi(updateMailbox, async (c) => {
    const { name, parentId, isSubscribed } = c.req.valid('json');
    const parent = typeof parentId === 'string' ? parentOf(parentId) : parentId;
    const mailbox = mailboxOf(c.req.valid('param').mailbox);
    const { stub, account } = await mailboxesOf(c);
    const reply = await stub.updateMailbox(account, mailbox, { name, parent, isSubscribed });
    return c.json(mailboxJsonOf(unwrapped(reply, c.get('timings'))), 200, privateAnswer);
  })
  .openapi(deleteMailbox, async (c) => {
    const mailbox = mailboxOf(c.req.valid('param').mailbox);
    const { stub, account } = await mailboxesOf(c);
    const reply = await stub.deleteMailbox(account, mailbox, c.req.valid('query').removeEmails);
    unwrapped(reply, c.get('timings'));
    return c.body(null, 204);
  });

const nothing = { size: false, myRights: false };

/** The mailbox that a body names. */
function parentOf(id: string): MailboxName {
  const name = mailboxNameOf(id);
  if (name === null) throw new Failed({ kind: 'mailbox-not-found', field: 'parentId' });
  return name;
}
