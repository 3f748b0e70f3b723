/**
 * What does a maildrop look like as JSON?
 */
import { z } from '@hono/zod-openapi';
import {
  emailBodyFields,
  emailFieldsOnRequest,
  emailHeaderFields,
  exampleBodies,
  exampleHeaders,
  hasAttachmentField,
} from '../core/email.ts';
import { withHeaderProperties } from '../core/header-schema.ts';
import { limits } from '../core/limits.ts';

const id = z
  .string()
  .describe(
    'Names the message in this maildrop. Made from the UIDL, or from header and size where the server has none, so it stays the same.',
  );
const uidl = z
  .string()
  .nullable()
  .describe('The unique-id that the server gave the message (RFC 1939 §7); null when it gives none.');

export const spooledFields = {
  id,
  uidl,
  size: z.int().describe('Octets of the whole message, as the server says.'),
};

const exampleSpooled = { id: 'MDAwMDAwMDE2NTVhM2YxMQ', uidl: '00000001655a3f11', size: 25310 } as const;
const exampleEmail = { ...exampleSpooled, ...exampleHeaders, hasAttachment: true, ...exampleBodies } as const;

export const ListedMessageSchema = z
  .strictObject({ ...spooledFields, ...z.strictObject(emailHeaderFields).partial().shape })
  .openapi('MaildropMessage', {
    description: 'A message in a maildrop. The header fields are there when `headers=true` asked for them.',
    example: { ...exampleSpooled, ...exampleHeaders },
  });

export const MaildropPageSchema = z
  .strictObject({
    messages: z.array(ListedMessageSchema).describe('In the order of the maildrop, oldest first.'),
    total: z.int().describe('How many messages the maildrop holds.'),
    totalBytes: z.int().describe('Octets of all of them.'),
    nextCursor: z.string().nullable().describe('Give it as `cursor` to get the next page; null on the last one.'),
  })
  .openapi('MaildropPage', {
    example: { messages: [exampleSpooled], total: 1, totalBytes: 25310, nextCursor: null },
  });

const emailFields = {
  ...spooledFields,
  ...emailHeaderFields,
  hasAttachment: hasAttachmentField,
  ...emailBodyFields,
  ...emailFieldsOnRequest,
};

export const emailFieldNames = z.strictObject(emailFields).keyof().options;

export const MaildropEmailSchema = withHeaderProperties(
  z.strictObject(emailFields).partial().required({ id: true }),
).openapi('MaildropEmail', {
  description: 'A message of a maildrop, read. With `fields` only those members are there.',
  example: exampleEmail,
});

export const DownloadRequestSchema = z
  .strictObject({
    limit: z
      .int()
      .min(1)
      .max(limits.downloadMessages)
      .default(limits.downloadMessagesDefault)
      .describe('How many messages at most, oldest first.'),
    maxBytes: z
      .int()
      .min(1)
      .optional()
      .describe('How many octets at most, by the sizes that the server tells. One message always comes.'),
    format: z
      .enum(['json', 'raw'])
      .default('json')
      .describe(
        '`json`: each message as an Email, without the bytes of its attachments; acknowledging deletes those too, so fetch them before. `raw`: each message whole, in base64, with its SHA-256.',
      ),
  })
  .openapi('DownloadRequest', { example: { limit: 100 } });

export const DownloadLineSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('message'),
      ...spooledFields,
      index: z.int().describe('Counted from 0.'),
      count: z.int().describe('How many messages this download sends.'),
      message: MaildropEmailSchema.optional().describe('With `format: json`.'),
      raw: z.string().optional().describe('With `format: raw`: the message, byte for byte, in base64.'),
      sha256: z.string().optional().describe('With `format: raw`: SHA-256 of the bytes, in hexadecimal.'),
    }),
    z.strictObject({
      type: z.literal('error'),
      id: z.string().optional().describe('The message it is about; missing when it ended the whole download.'),
      uidl: z.string().nullable().optional(),
      size: z.int().optional(),
      index: z.int().optional(),
      count: z.int().optional(),
      raw: z.string().optional().describe('What had come of the message until then. Throw it away.'),
      problem: z.looseObject({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() }),
    }),
    z.strictObject({
      type: z.literal('receipt'),
      receipt: z.string().describe('Send it to `/v1/pop/downloads/ack` when the messages are safe with you.'),
      count: z.int().describe('How many messages it covers: those that came complete.'),
      expiresAt: z.iso.datetime(),
    }),
  ])
  .openapi('DownloadLine', {
    example: { type: 'message', ...exampleSpooled, index: 0, count: 1, message: exampleEmail },
  });

export const AcknowledgeRequestSchema = z
  .strictObject({
    receipt: z
      .string()
      .min(1, { message: 'Give the receipt that ended the download.' })
      .max(64 * 1024),
    ids: z
      .array(z.string())
      .max(limits.downloadMessages)
      .optional()
      .describe('Only these of the messages that the receipt covers. Left out: all of them.'),
  })
  .openapi('AcknowledgeRequest', {
    example: { receipt: 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..q2w.c2VhbGVk.dGFn' },
  });

export const AcknowledgedSchema = z
  .strictObject({
    deleted: z.int().describe('How many messages were deleted just now.'),
    alreadyGone: z.int().describe('How many were not in the maildrop any more.'),
  })
  .openapi('Acknowledged', { example: { deleted: 2, alreadyGone: 0 } });
