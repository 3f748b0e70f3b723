/**
 * What do a mailbox and its messages look like as JSON? (RFC 8621 §2 and §4)
 */
import { z } from '@hono/zod-openapi';
import {
  emailBodyFields,
  emailHeaderFields,
  exampleBodies,
  exampleHeaders,
  hasAttachmentField,
} from '../core/email.ts';
import { limits } from '../core/limits.ts';
import { roles } from './answers.ts';
import { isKeyword } from './rules.ts';

const exampleMailbox = {
  id: 'mb_SU5CT1g',
  name: 'INBOX',
  parentId: null,
  role: 'inbox',
  totalEmails: 34,
  unreadEmails: 5,
  isSubscribed: true,
  isSelectable: true,
} as const;

const exampleSummary = {
  id: '1785230400.42',
  mailboxIds: { mb_SU5CT1g: true },
  keywords: { $seen: true },
  size: 25310,
  receivedAt: '2026-11-16T08:30:02.000Z',
  ...exampleHeaders,
  hasAttachment: true,
} as const;

export const MailboxSchema = z
  .strictObject({
    id: z.string().describe('Names the mailbox. Made from its path, so it changes when the mailbox is renamed.'),
    name: z.string().describe('The last part of the path, for showing.'),
    parentId: z.string().nullable().describe('The mailbox it lies in, or null at the top.'),
    role: z.enum(roles).nullable().describe('What it is for. A role can stand wherever a mailbox id is asked for.'),
    totalEmails: z.int(),
    unreadEmails: z.int().describe('How many lack the keyword `$seen`.'),
    isSubscribed: z.boolean(),
    isSelectable: z.boolean().describe('False for a name that only holds other mailboxes and no messages.'),
  })
  .openapi('Mailbox', {
    example: exampleMailbox,
  });

export const MailboxesSchema = z
  .strictObject({ mailboxes: z.array(MailboxSchema) })
  .openapi('Mailboxes', { example: { mailboxes: [exampleMailbox] } });

const keywords = z
  .record(z.string(), z.literal(true))
  .describe('What the message is marked with; `$seen`, `$flagged`, `$answered`, `$draft` and any others.');

const summaryFields = {
  id: z.string().describe('Names the message in its mailbox: UIDVALIDITY, a dot, UID.'),
  mailboxIds: z.record(z.string(), z.literal(true)).describe('The mailbox it was read from.'),
  keywords,
  size: z.int().describe('Octets of the whole message.'),
  receivedAt: z.iso.datetime().describe('When the server got it (INTERNALDATE), in UTC.'),
  ...emailHeaderFields,
  hasAttachment: hasAttachmentField,
};

const emailFields = { ...summaryFields, ...emailBodyFields };

export const summaryFieldNames = z.strictObject(summaryFields).keyof().options;
export const emailFieldNames = z.strictObject(emailFields).keyof().options;

export const EmailSummarySchema = z
  .strictObject(summaryFields)
  .partial()
  .required({ id: true })
  .openapi('EmailSummary', {
    description: 'A message as a listing shows it. With `fields` only those members are there.',
    example: exampleSummary,
  });

export const EmailSchema = z
  .strictObject(emailFields)
  .partial()
  .required({ id: true })
  .openapi('Email', {
    description: 'A message, read (RFC 8621 §4). With `fields` only those members are there.',
    example: { ...exampleSummary, ...exampleBodies },
  });

export const EmailPageSchema = z
  .strictObject({
    messages: z.array(EmailSummarySchema).describe('Newest first.'),
    total: z.int().describe('How many messages the mailbox holds.'),
    nextCursor: z.string().nullable().describe('Give it as `cursor` to get the next page; null on the last one.'),
  })
  .openapi('EmailPage', { example: { messages: [exampleSummary], total: 34, nextCursor: '1785230400.42' } });

const keywordMessage =
  'Name a keyword with 1 to 255 characters of ASCII, without spaces and without ( ) { } [ ] % * " \\.';

const destination = z
  .string({ message: 'Give the id of a mailbox, or a role.' })
  .describe('A mailbox id, or a role: inbox, sent, drafts, trash, junk, archive, all, flagged.');

export const EmailPatchSchema = z
  .strictObject({
    keywords: z
      .record(
        z.string().refine(isKeyword, { message: keywordMessage }),
        z.union([z.literal(true), z.null()], { message: 'Give true to set the keyword, null to take it away.' }),
      )
      .refine((changes) => Object.keys(changes).length > 0, { message: 'Name at least one keyword.' })
      .refine((changes) => Object.keys(changes).length <= limits.patchKeywords, {
        message: `Name at most ${limits.patchKeywords} keywords.`,
      })
      .optional()
      .describe('`true` sets a keyword, `null` takes it away; those not named stay as they are.'),
    mailboxId: destination.optional(),
  })
  .refine(({ keywords, mailboxId }) => keywords !== undefined || mailboxId !== undefined, {
    message: 'Give keywords, a mailboxId or both.',
  })
  .openapi('EmailPatch', { example: { keywords: { $seen: true, $flagged: null }, mailboxId: 'archive' } });

export const PatchedEmailSchema = z
  .strictObject({
    id: z.string().nullable().describe('Its id where it is now; null when it was moved and the server does not tell.'),
    mailboxId: z.string().describe('The mailbox where it is now.'),
    keywords,
  })
  .openapi('PatchedEmail', {
    description: 'The message with all its keywords after the change.',
    example: { id: '1785230409.7', mailboxId: 'mb_QXJjaGl2ZQ', keywords: { $seen: true } },
  });

export const EmailCopySchema = z
  .strictObject({ mailboxId: destination })
  .openapi('EmailCopy', { example: { mailboxId: 'archive' } });

export const NewEmailSchema = z
  .strictObject({
    id: z.string().nullable().describe('Its id; null when the server does not tell.'),
    mailboxId: z.string().describe('The mailbox where it is.'),
  })
  .openapi('NewEmail', { example: { id: '1785230409.7', mailboxId: 'mb_QXJjaGl2ZQ' } });

export const TrashedEmailSchema = z
  .strictObject({
    id: z.string().nullable().describe('Its id in the trash; null when the server does not tell.'),
    mailboxId: z.string().describe('The mailbox with the role `trash`.'),
  })
  .openapi('TrashedEmail', { example: { id: '1785230411.7', mailboxId: 'mb_VHJhc2g' } });
