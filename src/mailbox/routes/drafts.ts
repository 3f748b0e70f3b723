/**
 * `PUT …/messages/{id}`: another text for a draft.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { refuseInvalid } from '../../http/validation.ts';
import { flagOf } from '../rules.ts';
import { NewEmailSchema } from '../schema/changing.ts';
import { refuseKey } from './idempotency-key.ts';
import {
  expectedBy,
  idParam,
  ifMatchHeader,
  mailboxesOf,
  mailboxOf,
  mailboxParam,
  messageOf,
  newEmailOf,
} from './mailbox.ts';
import { messageBody, messageContent, messageQuery, uploaded, uploadOf } from './message-body.ts';

const replaceDraft = createRoute({
  method: 'put',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}',
  operationId: 'replaceDraft',
  tags: ['IMAP'],
  summary: 'Save a draft again',
  description:
    'The body takes the place of a draft: a message with the keyword `$draft`, or one in the mailbox with the role drafts. It gets an id of its own, and the keywords of the draft unless others are given. The old one is there until the new one is; if that ends half-way both are, and `partly-done` names the new one. The body is as for adding a message.',
  security: accountSecurity,
  middleware: [mailAccount('imap', 'modify'), messageBody] as const,
  request: {
    params: z.strictObject({ mailbox: mailboxParam, id: idParam }),
    headers: ifMatchHeader,
    query: messageQuery,
    body: messageContent,
  },
  responses: {
    200: {
      description: 'It is there, and the old one is not.',
      headers: z.object({
        Location: z.string().optional().describe('Where it can be read, as far as the server tells.'),
      }),
      content: { 'application/json': { schema: NewEmailSchema } },
    },
    ...problemAnswers(
      ...mailServerProblems,
      'mailbox-not-found',
      'message-not-found',
      'state-gone',
      'not-a-draft',
      'partly-done',
      'precondition-failed',
      'unsupported-by-server',
      'permission-denied',
      'over-quota',
      'message-too-large',
      'body-too-large',
      'media-type-unsupported',
    ),
  },
});

export const drafts = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(replaceDraft, async (c) => {
  refuseKey(c, 'Leave it out: who repeats this finds the draft gone (404), and nothing is added.');
  const { mailbox, id } = c.req.valid('param');
  const { keywords, receivedAt = null } = c.req.valid('query');
  const { lengthBytes, body } = uploadOf(c);
  const flags = keywords === undefined ? null : keywords.map(flagOf);
  const replacement = { name: messageOf(id), flags, receivedAt, expected: expectedBy(c) };
  const { stub, account } = await mailboxesOf(c);
  const reply = await uploaded(stub.replace(account, mailboxOf(mailbox), replacement, lengthBytes, body));
  const { email, location } = newEmailOf(unwrapped(reply, c.get('timings')));
  return c.json(email, 200, { ...privateAnswer, ...location });
});
