/**
 * What do a maildrop and its messages look like as JSON?
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

export const exampleSpooled = { id: 'MDAwMDAwMDE2NTVhM2YxMQ', uidl: '00000001655a3f11', size: 25310 } as const;
export const exampleEmail = { ...exampleSpooled, ...exampleHeaders, hasAttachment: true, ...exampleBodies } as const;

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
    state: z
      .string()
      .nullable()
      .describe(
        'Give it as `since` to hear what changes from here on. On the first page; null on others. It is long where the server numbers its messages at random, 48 KB at most for 10,000 of them.',
      ),
    nextCursor: z.string().nullable().describe('Give it as `cursor` to get the next page; null on the last one.'),
  })
  .openapi('MaildropPage', {
    example: { messages: [exampleSpooled], total: 1, totalBytes: 25310, state: 'Eet…', nextCursor: null },
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
