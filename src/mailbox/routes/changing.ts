/**
 * `PATCH` and `DELETE …/messages/{id}`, `POST …/messages/{id}/copy`: marking a message, putting it elsewhere, and getting
 * rid of it.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { flag, refuseInvalid } from '../../http/validation.ts';
import { changeIn, flagChangeOf, keywordsOf, labelsOf } from '../rules.ts';
import {
  EmailCopySchema,
  EmailPatchSchema,
  NewEmailSchema,
  PatchedEmailSchema,
  TrashedEmailSchema,
} from '../schema/changing.ts';
import { idempotencyKeyHeader, idempotencyKeyOf, keyProblems } from './idempotency-key.ts';
import {
  destinationOf,
  expectedBy,
  idParam,
  ifMatchHeader,
  mailboxesOf,
  mailboxOf,
  mailboxParam,
  messageOf,
  newEmailOf,
  previousOf,
} from './mailbox.ts';

const params = z.strictObject({ mailbox: mailboxParam, id: idParam });
const messageKinds = [
  ...mailServerProblems,
  'mailbox-not-found',
  'message-not-found',
  'state-gone',
  'unsupported-by-server',
  'permission-denied',
  'over-quota',
] as const;

const patchMessage = createRoute({
  method: 'patch',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}',
  operationId: 'updateMessage',
  tags: ['IMAP'],
  summary: 'Mark a message as read, flagged or anything else, or move it',
  description:
    'Keywords that are not named stay as they are, and so do all labels and everything else. Labels are not part of the ETag on servers without CONDSTORE. Moved, it has another id. Where the server cannot move, it is copied first and removed then: if that ends half-way it is there twice, and never not at all.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('imap', 'modify')] as const,
  request: {
    params,
    headers: ifMatchHeader,
    body: { required: true, content: { 'application/json': { schema: EmailPatchSchema } } },
  },
  responses: {
    200: {
      description: 'Where the message is after the change, and all its keywords.',
      headers: z.object({
        ETag: z.string().optional().describe('Of the message after the change, as far as the server tells.'),
      }),
      content: { 'application/json': { schema: PatchedEmailSchema } },
    },
    ...problemAnswers(
      ...messageKinds,
      'partly-done',
      'precondition-failed',
      'body-too-large',
      'media-type-unsupported',
    ),
  },
});

const copyMessage = createRoute({
  method: 'post',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}/copy',
  operationId: 'copyMessage',
  tags: ['IMAP'],
  summary: 'Copy a message into another folder',
  description:
    'The copy has an id of its own. Called twice, it makes two, unless both have the same `Idempotency-Key`.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('imap', 'modify')] as const,
  request: {
    params,
    headers: idempotencyKeyHeader,
    body: { required: true, content: { 'application/json': { schema: EmailCopySchema } } },
  },
  responses: {
    201: {
      description: 'The copy is there.',
      headers: z.object({
        Location: z.string().optional().describe('Where the copy can be read, as far as the server tells.'),
      }),
      content: { 'application/json': { schema: NewEmailSchema } },
    },
    ...problemAnswers(...messageKinds, ...keyProblems, 'body-too-large', 'media-type-unsupported'),
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
  middleware: mailAccount('imap', 'delete'),
  request: {
    params,
    headers: ifMatchHeader,
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
    ...problemAnswers(...messageKinds, 'partly-done', 'precondition-failed', 'already-in-trash'),
  },
});

export const changing = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(patchMessage, async (c) => {
    const { mailbox, id } = c.req.valid('param');
    const { keywords, labels: wanted, mailboxId } = c.req.valid('json');
    const { stub, account } = await mailboxesOf(c);
    const reply = await stub.update(account, mailboxOf(mailbox), messageOf(id), {
      keywords: flagChangeOf(keywords),
      labels: changeIn(wanted),
      mailbox: mailboxId === undefined ? null : destinationOf(mailboxId),
      expected: expectedBy(c),
    });
    const updated = unwrapped(reply, c.get('timings'));
    const { flags, labels, stateTag, previous } = updated;
    const headers = { ...privateAnswer, ...(stateTag === null ? {} : { ETag: stateTag }) };
    const told = labels === null ? {} : { labels: labelsOf(labels) };
    const patched = { ...newEmailOf(updated).email, keywords: keywordsOf(flags), ...told };
    return c.json({ ...patched, previous: previous === null ? null : previousOf(previous) }, 200, headers);
  })
  .openapi(copyMessage, async (c) => {
    const { mailbox, id } = c.req.valid('param');
    const to = destinationOf(c.req.valid('json').mailboxId);
    const { stub, account } = await mailboxesOf(c);
    const reply = await stub.copy(account, mailboxOf(mailbox), messageOf(id), to, idempotencyKeyOf(c));
    const { email, location } = newEmailOf(unwrapped(reply, c.get('timings')));
    return c.json(email, 201, { ...privateAnswer, ...location });
  })
  .openapi(deleteMessage, async (c) => {
    const { mailbox, id } = c.req.valid('param');
    const { permanent } = c.req.valid('query');
    const expected = expectedBy(c);
    const { stub, account } = await mailboxesOf(c);
    const reply = await stub.remove(account, mailboxOf(mailbox), messageOf(id), { permanent, expected });
    const moved = unwrapped(reply, c.get('timings'));
    if (moved === 'removed') return c.body(null, 204);
    return c.json({ ...newEmailOf(moved).email, previous: previousOf(moved.previous) }, 200, privateAnswer);
  });
