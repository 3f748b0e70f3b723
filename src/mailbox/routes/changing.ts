/**
 * `PATCH` and `DELETE …/messages/{id}`: marking a message, and getting rid of it.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { flag, refuseInvalid } from '../../http/validation.ts';
import { flagOf, keywordsOf, mailboxIdOf, messageIdOf } from '../rules.ts';
import { EmailPatchSchema, PatchedEmailSchema, TrashedEmailSchema } from '../schema.ts';
import { idParam, mailboxesOf, mailboxOf, mailboxParam, messageOf } from './mailbox.ts';

const params = z.strictObject({ mailbox: mailboxParam, id: idParam });
const messageKinds = [
  ...mailServerProblems,
  'mailbox-not-found',
  'message-not-found',
  'state-gone',
  'unsupported-by-server',
] as const;

const patchMessage = createRoute({
  method: 'patch',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}',
  operationId: 'updateMessage',
  tags: ['IMAP'],
  summary: 'Mark a message as read, flagged or anything else',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('imap')] as const,
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: EmailPatchSchema } } },
  },
  responses: {
    200: {
      description: 'All keywords of the message after the change.',
      content: { 'application/json': { schema: PatchedEmailSchema } },
    },
    ...problemAnswers(...messageKinds, 'body-too-large', 'media-type-unsupported'),
  },
});

const deleteMessage = createRoute({
  method: 'delete',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}',
  operationId: 'deleteMessage',
  tags: ['IMAP'],
  summary: 'Move a message to the trash, or delete it for good',
  description: 'To the trash; with `permanent=true` it is expunged, and no other message with it.',
  security: accountSecurity,
  middleware: mailAccount('imap'),
  request: {
    params,
    query: z.strictObject({
      permanent: flag.default(false).openapi({ type: 'boolean', description: 'Do not keep it in the trash.' }),
    }),
  },
  responses: {
    200: {
      description: 'It is in the trash.',
      content: { 'application/json': { schema: TrashedEmailSchema } },
    },
    204: { description: 'It is gone for good.' },
    ...problemAnswers(...messageKinds, 'already-in-trash'),
  },
});

export const changing = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(patchMessage, async (c) => {
    const { mailbox, id } = c.req.valid('param');
    const changes = Object.entries(c.req.valid('json').keywords);
    const { stub, account } = await mailboxesOf(c);
    const name = messageOf(id);
    const reply = await stub.setKeywords(account, mailboxOf(mailbox), name, {
      add: changes.filter(([, value]) => value === true).map(([keyword]) => flagOf(keyword)),
      remove: changes.filter(([, value]) => value === null).map(([keyword]) => flagOf(keyword)),
    });
    const flags = unwrapped(reply, c.get('timings'));
    return c.json({ id: messageIdOf(name), keywords: keywordsOf(flags) }, 200, privateAnswer);
  })
  .openapi(deleteMessage, async (c) => {
    const { mailbox, id } = c.req.valid('param');
    const { permanent } = c.req.valid('query');
    const { stub, account } = await mailboxesOf(c);
    const reply = await stub.remove(account, mailboxOf(mailbox), messageOf(id), { permanent });
    const moved = unwrapped(reply, c.get('timings'));
    if (moved === 'removed') return c.body(null, 204);
    const { mailboxPath, message } = moved;
    const newId = message === null ? null : messageIdOf(message);
    return c.json({ id: newId, mailboxId: mailboxIdOf(mailboxPath) }, 200, privateAnswer);
  });
