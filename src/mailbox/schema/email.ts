/**
 * What does a message of a mailbox look like as JSON? (RFC 8621 §4)
 */
import { z } from '@hono/zod-openapi';
import {
  emailBodyFields,
  emailFieldsOnRequest,
  emailHeaderFields,
  exampleBodies,
  exampleHeaders,
  hasAttachmentField,
} from '../../core/email.ts';
import { withHeaderProperties } from '../../core/header-schema.ts';

export const exampleSummary = {
  id: '1785230400.42',
  threadId: 'T64b478a75b7ea9',
  mailboxIds: { mb_SU5CT1g: true },
  keywords: { $seen: true },
  size: 25310,
  receivedAt: '2026-11-16T08:30:02.000Z',
  ...exampleHeaders,
  hasAttachment: true,
} as const;

export const keywords = z
  .record(z.string(), z.literal(true))
  .describe('What the message is marked with; `$seen`, `$flagged`, `$answered`, `$draft` and any others.');

const summaryFields = {
  id: z.string().describe('Names the message in its mailbox: UIDVALIDITY, a dot, UID.'),
  threadId: z
    .string()
    .describe(
      'The conversation that it belongs to. Only there where the server has names for conversations (OBJECTID, Gmail); `…/threads` finds them everywhere.',
    ),
  mailboxIds: z.record(z.string(), z.literal(true)).describe('The mailbox it was read from.'),
  keywords,
  size: z.int().describe('Octets of the whole message.'),
  receivedAt: z.iso.datetime().describe('When the server got it (INTERNALDATE), in UTC.'),
  ...emailHeaderFields,
  hasAttachment: hasAttachmentField,
  labels: z
    .record(z.string(), z.literal(true))
    .describe('Gmail’s labels (X-GM-EXT-1). Only when `fields` names them; other servers have none: 422.'),
};

/** What a listing shows only when it is asked for. */
const previewField = {
  preview: z
    .string()
    .describe(
      'What its text begins with, in one line of up to 256 characters, without quoted lines; empty when there is no text to show. Only there when `fields` names it.',
    ),
};

const emailFields = { ...summaryFields, ...emailBodyFields, ...emailFieldsOnRequest };

export const summaryFieldNames = z.strictObject({ ...summaryFields, ...previewField }).keyof().options;
export const emailFieldNames = z.strictObject(emailFields).keyof().options;

export const EmailSummarySchema = withHeaderProperties(
  z
    .strictObject({ ...summaryFields, ...previewField })
    .partial()
    .required({ id: true }),
).openapi('EmailSummary', {
  description: 'A message as a listing shows it. With `fields` only those members are there.',
  example: exampleSummary,
});

export const EmailSchema = withHeaderProperties(z.strictObject(emailFields).partial().required({ id: true })).openapi(
  'Email',
  {
    description: 'A message, read (RFC 8621 §4). With `fields` only those members are there.',
    example: { ...exampleSummary, ...exampleBodies },
  },
);
