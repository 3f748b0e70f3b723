/**
 * `POST …/messages`: a new message, as the file that it is.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { within } from '../../core/deadline.ts';
import { Failed, type FieldError } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { refuseInvalid } from '../../http/validation.ts';
import { flagOf, isKeyword } from '../rules.ts';
import { keywordMessage, NewEmailSchema } from '../schema/changing.ts';
import { idempotencyKeyHeader, idempotencyKeyOf, keyProblems } from './idempotency-key.ts';
import { mailboxesOf, mailboxOf, mailboxParam, newEmailOf } from './mailbox.ts';

/** Whether a request carries a message, which is larger than any JSON and takes longer. */
export const isUpload = ({ req }: Context): boolean =>
  req.method === 'POST' && /^\/v1\/imap\/mailboxes\/[^/]+\/messages$/.test(req.path);

const messageBody: MiddlewareHandler<Gateway> = async (c, next) => {
  if (!/^message\/rfc822\s*(?:;|$)/i.test(c.req.header('Content-Type') ?? '')) {
    throw new Failed({ kind: 'media-type-unsupported', expected: 'message/rfc822' });
  }
  // It would be kept as it was sent, and be no message.
  if (!/^(?:identity)?$/i.test((c.req.header('Content-Encoding') ?? '').trim())) {
    const expected = 'message/rfc822 with Content-Encoding: identity';
    throw new Failed({ kind: 'media-type-unsupported', expected });
  }
  await next();
};

const keywordList = z
  .string()
  .transform((text) => text.split(',').map((keyword) => keyword.trim()))
  .pipe(
    z
      .array(z.string().refine(isKeyword, { message: keywordMessage }))
      .max(limits.patchKeywords, { message: `Name at most ${limits.patchKeywords} keywords.` }),
  );

const dateMessage =
  'Give a date and time of RFC 3339, 1970 or later: 2026-11-16T09:30:00+01:00, with + written as %2B.';

const appendMessage = createRoute({
  method: 'post',
  path: '/v1/imap/mailboxes/{mailbox}/messages',
  operationId: 'appendMessage',
  tags: ['IMAP'],
  summary: 'Add a message to an IMAP folder',
  description:
    'The body is the message as it shall be kept, byte for byte: lines end in CR LF and there is no NUL; anything else is refused, and nothing is changed or mended. It is streamed to the mail server, so its length must be known (Content-Length). If it does not arrive whole, nothing is added. Called twice, it adds two, unless both have the same `Idempotency-Key`. A `Content-Encoding` is refused.',
  security: accountSecurity,
  middleware: [mailAccount('imap'), messageBody] as const,
  request: {
    params: z.strictObject({ mailbox: mailboxParam }),
    headers: idempotencyKeyHeader,
    query: z.strictObject({
      keywords: keywordList.optional().openapi({
        type: 'string',
        description: 'What it is marked with, separated by commas.',
        example: '$seen,$draft',
      }),
      receivedAt: z.iso
        .datetime({ offset: true, message: dateMessage })
        .transform((text) => new Date(text))
        .refine((date) => date.getTime() >= 0, { message: dateMessage })
        .optional()
        .openapi({
          type: 'string',
          format: 'date-time',
          description: 'When it was received (INTERNALDATE); now, if it is left out.',
          example: '2026-11-16T08:30:02Z',
        }),
    }),
    body: {
      required: true,
      content: { 'message/rfc822': { schema: z.string().openapi({ format: 'binary' }) } },
    },
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
  const lengthBytes = lengthOf(c);
  const key = idempotencyKeyOf(c);
  const { body } = c.req.raw;
  if (body === null) throw invalid({ in: 'body', field: 'body', message: 'Send the message.' });
  const { stub, account } = await mailboxesOf(c);
  const message = { flags: keywords.map(flagOf), receivedAt };
  // Each phase has a deadline of its own; this one is for what none of them sees.
  const limitMs = limits.uploadMs + limits.requestMs;
  const reply = await within(limitMs, 'request', stub.append(account, mailbox, message, lengthBytes, body, key));
  const { email, location } = newEmailOf(unwrapped(reply, c.get('timings')));
  return c.json(email, 201, { ...privateAnswer, ...location });
});

/** Octets, as announced: IMAP wants to know before the first. */
function lengthOf(c: Context<Gateway>): number {
  const header = c.req.header('Content-Length');
  if (header === undefined || !/^\d{1,15}$/.test(header)) {
    const message = 'Say how many octets the message has; a body in chunks cannot be passed on.';
    throw invalid({ in: 'header', field: 'Content-Length', message });
  }
  const lengthBytes = Number(header);
  if (lengthBytes === 0) throw invalid({ in: 'body', field: 'body', message: 'Send the message.' });
  if (lengthBytes > limits.appendBytes) throw new Failed({ kind: 'body-too-large', limitBytes: limits.appendBytes });
  return lengthBytes;
}

const invalid = (error: FieldError): Failed => new Failed({ kind: 'request-invalid', errors: [error] });
