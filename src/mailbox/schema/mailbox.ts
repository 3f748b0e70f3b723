/**
 * What does a mailbox look like as JSON? (RFC 8621 §2)
 */
import { z } from '@hono/zod-openapi';
import { roles } from '../answers.ts';

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
