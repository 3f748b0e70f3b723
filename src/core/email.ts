/**
 * What does a message look like as JSON?
 *
 * The names, types and meanings are those of RFC 8621 §4 (JMAP Mail), plus `text` and `html` for those who want one
 * string. Only the shape is here: who fills it from bytes is `core/mime/`, and ids belong to `mailbox/` and `maildrop/`.
 */
import { z } from '@hono/zod-openapi';
import { EmailAddress, EmailBodyPart } from './email-part.ts';

export { EmailAddress, EmailBodyPart };

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

const CidLink = z
  .strictObject({
    cid: z.string().describe('What stands after `cid:` in the HTML, decoded.'),
    partId: z.string().nullable().describe('The part with this Content-ID; null when the message has none.'),
  })
  .openapi('CidLink', { example: { cid: 'logo@weaver.example', partId: '1.2' } });

/** What the body of a message holds, as far as it was asked for. */
export const emailBodyFields = {
  text: z
    .string()
    .nullable()
    .describe(
      'The message as plain text: unwrapped where it is `format=flowed` (RFC 3676), and made from the HTML where there is no plain text. Null when there is neither.',
    ),
  isTextDerived: z.boolean().describe('True when `text`, or some of it, was made from HTML.'),
  html: z
    .string()
    .nullable()
    .describe(
      'The HTML of the message as sent; plain text between its parts is there too, escaped. It is hostile until sanitized. Null when there is no HTML.',
    ),
  cidLinks: z
    .array(CidLink)
    .describe('What `html` shows from inside the message. Put your own address of the part for `cid:…`.'),
  textBody: z.array(EmailBodyPart).describe('The parts that `text` was made from.'),
  htmlBody: z.array(EmailBodyPart).describe('The parts that `html` was made from.'),
  attachments: z.array(EmailBodyPart).describe('Everything else, in order; the bytes are at `…/parts/{partId}`.'),
  isSigned: z
    .boolean()
    .describe('True when it has a signature (S/MIME, OpenPGP, also inside the text). Nobody has verified it.'),
  isEncrypted: z.boolean().describe('True when some of it is encrypted (S/MIME, OpenPGP, also inside the text).'),
  isTruncated: z
    .boolean()
    .describe(
      'True when `text` or `html`, whichever was asked for, was cut at `maxBodyBytes`, or the message has more parts than are looked at. The whole is at `…/parts/{partId}` and `…/raw`.',
    ),
  isEncodingProblem: z
    .boolean()
    .describe(
      'True when `text` or `html`, whichever was asked for, has an unknown charset or bytes that do not belong to the charset it declares.',
    ),
};

/** What is there only when `fields` names it. */
export const emailFieldsOnRequest = {
  headers: z
    .array(
      z.strictObject({
        name: z.string().describe('As it stands in the message.'),
        value: z.string().describe('As it stands behind the colon, folded lines and all (RFC 8621 §4.1.2.1).'),
      }),
    )
    .describe('All header fields, in order; there when `fields` names it.'),
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

const exampleText = {
  partId: '1',
  type: 'text/plain',
  charset: 'utf-8',
  name: null,
  size: 16,
  disposition: null,
  cid: null,
  kind: null,
  message: null,
} as const;

export const exampleBodies = {
  text: 'Here they are.\n',
  isTextDerived: false,
  html: null,
  cidLinks: [],
  textBody: [exampleText],
  htmlBody: [exampleText],
  attachments: [
    {
      partId: '2',
      type: 'application/pdf',
      charset: null,
      name: 'minutes.pdf',
      size: 18213,
      disposition: 'attachment',
      cid: null,
      kind: null,
      message: null,
    },
  ],
  isSigned: false,
  isEncrypted: false,
  isTruncated: false,
  isEncodingProblem: false,
} as const;

const EmailHeaders = z.strictObject(emailHeaderFields);
const EmailBodies = z.strictObject(emailBodyFields);

/** The header half of an Email. */
export type EmailHeaders = z.infer<typeof EmailHeaders>;
/** The body half of an Email. */
export type EmailBodies = z.infer<typeof EmailBodies>;
