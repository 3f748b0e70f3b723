/**
 * What does a message look like as JSON?
 *
 * The names, types and meanings are those of RFC 8621 §4 (JMAP Mail), plus `text` and `html` for those who want one
 * string. Only the shape is here: who fills it from bytes is `core/mime/`, and ids belong to `mailbox/` and `maildrop/`.
 */
import { z } from '@hono/zod-openapi';

export const EmailAddress = z
  .strictObject({
    name: z.string().nullable().describe('The display name, or null when there is none.'),
    email: z.string().describe('The address as the message gives it.'),
  })
  .openapi('EmailAddress', { example: { name: 'Grace Weaver', email: 'grace@weaver.example' } });

export const EmailBodyPart = z
  .strictObject({
    partId: z.string().describe('Names the part inside its message, with the numbers of IMAP (RFC 9051 §6.4.5.1).'),
    type: z.string().describe('The media type in lower case, for example `application/pdf`.'),
    charset: z
      .string()
      .nullable()
      .describe('The charset of a text part, `us-ascii` when it declares none; null for any other part.'),
    name: z
      .string()
      .nullable()
      .describe('The file name, decoded. It is what the sender wrote: never use it as a path.'),
    size: z
      .int()
      .describe(
        'Octets after transfer decoding. Over IMAP it is computed from the encoded size, which for base64 and quoted-printable is an estimate.',
      ),
    disposition: z.string().nullable().describe('`attachment`, `inline`, or null when the part does not say.'),
    cid: z.string().nullable().describe('The Content-ID without its angle brackets; HTML refers to it as `cid:…`.'),
  })
  .openapi('EmailBodyPart', {
    example: {
      partId: '2',
      type: 'application/pdf',
      charset: null,
      name: 'invoice.pdf',
      size: 18213,
      disposition: 'attachment',
      cid: null,
    },
  });

const addresses = z.array(EmailAddress).nullable();
const messageIds = z.array(z.string()).nullable();

/** What the header of a message says, decoded; each member is null when its field is missing (RFC 8621 §4.1.3). */
export const emailHeaderFields = {
  subject: z.string().nullable().describe('The subject, decoded.'),
  from: addresses.describe('The authors.'),
  sender: addresses.describe('Who sent it, when that is somebody else than the author.'),
  to: addresses.describe('The main recipients.'),
  cc: addresses.describe('The copied recipients.'),
  bcc: addresses.describe('The blind recipients; only in mail you wrote yourself.'),
  replyTo: addresses.describe('Where answers should go.'),
  messageId: messageIds.describe('The Message-ID, without angle brackets.'),
  inReplyTo: messageIds.describe('The messages it answers.'),
  references: messageIds.describe('The thread it belongs to, oldest first.'),
  sentAt: z.iso
    .datetime({ offset: true })
    .nullable()
    .describe('The Date field, with the zone of the sender; null when it is missing or no date.'),
};

/** What the body of a message holds, as far as it was asked for. */
export const emailBodyFields = {
  text: z.string().nullable().describe('The plain text of the message, or null when it has none.'),
  html: z.string().nullable().describe('The HTML of the message as sent. It is hostile until sanitized.'),
  textBody: z.array(EmailBodyPart).describe('The parts that `text` was made from.'),
  htmlBody: z.array(EmailBodyPart).describe('The parts that `html` was made from.'),
  attachments: z.array(EmailBodyPart).describe('Everything else, in order; the bytes are at `…/parts/{partId}`.'),
  isTruncated: z
    .boolean()
    .describe(
      'True when `text` or `html` was cut at `maxBodyBytes`, or the message has more parts than are looked at. The whole is at `…/parts/{partId}` and `…/raw`.',
    ),
  isEncodingProblem: z
    .boolean()
    .describe(
      'True when `text` or `html` has an unknown charset or bytes that do not belong to the charset it declares.',
    ),
};

export const hasAttachmentField = z
  .boolean()
  .describe('True when there is a part that a reader would show as an attachment.');

/** One message for the examples of the OpenAPI document. */
export const exampleHeaders = {
  subject: 'Minutes of Monday',
  from: [{ name: 'Grace Weaver', email: 'grace@weaver.example' }],
  sender: null,
  to: [{ name: null, email: 'ada@postern.example' }],
  cc: null,
  bcc: null,
  replyTo: null,
  messageId: ['minutes.16@weaver.example'],
  inReplyTo: null,
  references: null,
  sentAt: '2026-11-16T09:30:00+01:00',
} as const;

export const exampleBodies = {
  text: 'Here they are.\n',
  html: null,
  textBody: [{ partId: '1', type: 'text/plain', charset: 'utf-8', name: null, size: 16, disposition: null, cid: null }],
  htmlBody: [{ partId: '1', type: 'text/plain', charset: 'utf-8', name: null, size: 16, disposition: null, cid: null }],
  attachments: [
    {
      partId: '2',
      type: 'application/pdf',
      charset: null,
      name: 'minutes.pdf',
      size: 18213,
      disposition: 'attachment',
      cid: null,
    },
  ],
  isTruncated: false,
  isEncodingProblem: false,
} as const;

export type EmailAddress = z.infer<typeof EmailAddress>;
export type EmailBodyPart = z.infer<typeof EmailBodyPart>;

const EmailHeaders = z.strictObject(emailHeaderFields);
const EmailBodies = z.strictObject(emailBodyFields);

/** The header half of an Email. */
export type EmailHeaders = z.infer<typeof EmailHeaders>;
/** The body half of an Email. */
export type EmailBodies = z.infer<typeof EmailBodies>;
