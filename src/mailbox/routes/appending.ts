/**
 * `POST …/messages`: a new message, as the file that it is.
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
import { idempotencyKeyHeader, idempotencyKeyOf, keyProblems } from './idempotency-key.ts';
import { mailboxesOf, mailboxOf, mailboxParam, newEmailOf } from './mailbox.ts';
import { messageBody, messageContent, messageQuery, uploaded, uploadOf } from './message-body.ts';

const appendMessage = createRoute({
  method: 'post',
  path: '/v1/imap/mailboxes/{mailbox}/messages',
  operationId: 'appendMessage',
  tags: ['IMAP'],
  summary: 'Add a message to an IMAP folder',
  description:
    'The body is the message as it shall be kept, byte for byte: lines end in CR LF and there is no NUL; anything else is refused, and nothing is changed or mended. It is streamed to the mail server, so its length must be known (Content-Length). If it does not arrive whole, nothing is added. Called twice, it adds two, unless both have the same `Idempotency-Key`. A `Content-Encoding` is refused.',
  security: accountSecurity,
  middleware: [mailAccount('imap', 'modify'), messageBody] as const,
  request: {
    params: z.strictObject({ mailbox: mailboxParam }),
    headers: idempotencyKeyHeader,
    query: messageQuery,
    body: messageContent,
  },
  responses: {
    201: {
      description: 'It is there.',
      headers: z.object({
        Location: z.string().optional().describe('Where it can be read, as far as the server tells.'),
      }),
      content: { 'application/json': { schema: NewEmailSchema } },
    },
    ...problemAnswers(
      ...mailServerProblems,
      'mailbox-not-found',
      'unsupported-by-server',
      'permission-denied',
      'over-quota',
      'message-too-large',
      'body-too-large',
      'media-type-unsupported',
      ...keyProblems,
    ),
  },
});

export const appending = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(appendMessage, async (c) => {
  const { keywords = [], receivedAt = null } = c.req.valid('query');
  const mailbox = mailboxOf(c.req.valid('param').mailbox);
  const { lengthBytes, body } = uploadOf(c);
  const key = idempotencyKeyOf(c);
  const { stub, account } = await mailboxesOf(c);
  const message = { flags: keywords.map(flagOf), receivedAt };
  const reply = await uploaded(stub.append(account, mailbox, message, lengthBytes, body, key));
  const { email, location } = newEmailOf(unwrapped(reply, c.get('timings')));
  return c.json(email, 201, { ...privateAnswer, ...location });
});
