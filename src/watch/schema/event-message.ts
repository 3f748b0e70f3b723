/**
 * What does a message look like in an event?
 *
 * As a listing shows it, with what `include` asks for besides, and with where the rest is.
 */
import { z } from '@hono/zod-openapi';
import { EmailBodyPart } from '../../core/email-part.ts';
import { limits } from '../../core/limits.ts';
import { EmailSchema, exampleSummary } from '../../mailbox/schema/email.ts';
import { exampleSpooled, MaildropEmailSchema } from '../../maildrop/schema/message.ts';

const attachments = z
  .array(
    EmailBodyPart.extend({
      url: z.string().optional().describe('Where its octets are: `…/parts/{partId}`. A link holds no secret.'),
    }),
  )
  .optional()
  .describe('With `include.attachments`: what there is beside the text. The octets are read by their `url`.');

const included = {
  attachments,
  url: z.string().optional().describe('Where the message is read, with a credential or a capsule of the account.'),
  rawUrl: z.string().optional().describe('Where its octets are read.'),
  raw: z
    .string()
    .nullable()
    .optional()
    .describe(
      `With \`include.raw\`: the octets of the message, in base64; null when there are more than ${limits.rawIncludedBytes}, which are at \`rawUrl\`.`,
    ),
};

export const MailboxEventMessage = z
  .strictObject({ ...EmailSchema.shape, ...included })
  .openapi('MailboxEventMessage', {
    description: 'A message of a mailbox: what a listing shows, and what `include` asks for.',
  });

export const MaildropEventMessage = z
  .strictObject({ ...MaildropEmailSchema.shape, ...included })
  .openapi('MaildropEventMessage', {
    description: 'A message of a maildrop: what a listing with `headers=true` shows, and what `include` asks for.',
  });

const mailboxPath = 'https://postern.example.com/v1/imap/mailboxes/mb_SU5CT1g/messages/1785230400.42';
const maildropPath = `https://postern.example.com/v1/pop/messages/${exampleSpooled.id}`;

export const exampleMailboxMessage = { ...exampleSummary, url: mailboxPath, rawUrl: `${mailboxPath}/raw` } as const;
export const exampleMaildropMessage = { ...exampleSpooled, url: maildropPath, rawUrl: `${maildropPath}/raw` } as const;
