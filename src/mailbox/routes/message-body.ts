/**
 * A message as the body of a request: what it has to be, and what may be said beside it.
 */
import { z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { within } from '../../core/deadline.ts';
import { Failed, type FieldError } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Gateway } from '../../http/context.ts';
import { isKeyword } from '../rules.ts';
import { keywordMessage } from '../schema/changing.ts';

/** Whether a request carries a message, which is larger than any JSON and takes longer. */
export const isUpload = ({ req }: Context): boolean =>
  (req.method === 'POST' && /^\/v1\/imap\/mailboxes\/[^/]+\/messages$/.test(req.path)) ||
  (req.method === 'PUT' && /^\/v1\/imap\/mailboxes\/[^/]+\/messages\/[^/]+$/.test(req.path));

export const messageBody: MiddlewareHandler<Gateway> = async (c, next) => {
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

/** Each phase of an upload has a deadline of its own; this one is for what none of them sees. */
export const uploaded = <T>(work: Promise<T>): Promise<T> =>
  within(limits.uploadMs + limits.requestMs, 'request', work);

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

export const messageQuery = z.strictObject({
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
});

export const messageContent = {
  required: true,
  content: { 'message/rfc822': { schema: z.string().openapi({ format: 'binary' }) } },
};

/** The body, and how long it is. */
export function uploadOf(c: Context<Gateway>): { lengthBytes: number; body: ReadableStream<Uint8Array> } {
  const lengthBytes = lengthOf(c);
  const { body } = c.req.raw;
  if (body === null) throw invalid({ in: 'body', field: 'body', message: 'Send the message.' });
  return { lengthBytes, body };
}

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
