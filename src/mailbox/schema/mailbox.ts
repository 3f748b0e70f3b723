/**
 * What does a mailbox look like as JSON, and how is one made and changed? (RFC 8621 §2)
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { namespaceKinds, type Role, roles } from '../answers.ts';

const exampleMailbox = {
  id: 'mb_SU5CT1g',
  name: 'INBOX',
  parentId: null,
  role: 'inbox',
  namespace: 'personal',
  totalEmails: 34,
  unreadEmails: 5,
  isSubscribed: true,
  isSelectable: true,
} as const;

const may = z.boolean();

const MailboxRightsSchema = z
  .strictObject({
    mayReadItems: may,
    mayAddItems: may,
    mayRemoveItems: may,
    maySetSeen: may.describe('Set and take away `$seen`.'),
    maySetKeywords: may.describe('Set and take away any other keyword.'),
    mayCreateChild: may,
    mayRename: may,
    mayDelete: may.describe('Delete the mailbox itself.'),
  })
  .openapi('MailboxRights', {
    example: {
      mayReadItems: true,
      mayAddItems: false,
      mayRemoveItems: false,
      maySetSeen: true,
      maySetKeywords: false,
      mayCreateChild: false,
      mayRename: false,
      mayDelete: false,
    },
  });

export const MailboxSchema = z
  .strictObject({
    id: z.string().describe('Names the mailbox. Made from its path, so it changes when the mailbox is renamed.'),
    name: z.string().describe('The last part of the path, for showing.'),
    parentId: z.string().nullable().describe('The mailbox it lies in, or null at the top.'),
    role: z.enum(roles).nullable().describe('What it is for. A role can stand wherever a mailbox id is asked for.'),
    namespace: z.enum(namespaceKinds).describe('Whose it is: of this user, of another one, or of a group.'),
    totalEmails: z.int().nullable().describe('Null when the mail server does not tell: it may be seen and not read.'),
    unreadEmails: z.int().nullable().describe('How many lack the keyword `$seen`.'),
    isSubscribed: z.boolean(),
    isSelectable: z.boolean().describe('False for a name that only holds other mailboxes and no messages.'),
    size: z
      .int()
      .nullable()
      .optional()
      .describe('Of all its messages, in octets; with `include=size`. Null when the mail server does not tell.'),
    myRights: MailboxRightsSchema.nullable()
      .optional()
      .describe('What the user may do with it; with `include=myRights`. Null when the mail server does not tell.'),
  })
  .openapi('Mailbox', {
    example: exampleMailbox,
  });

export const MailboxesSchema = z
  .strictObject({ mailboxes: z.array(MailboxSchema) })
  .openapi('Mailboxes', { example: { mailboxes: [exampleMailbox] } });

/** RFC 8621 §2 wants Net-Unicode (RFC 5198): composed, without what controls lines, direction or nothing that can be seen. */
const name = z
  .string()
  .transform((text) => text.normalize('NFC'))
  .pipe(
    z
      .string()
      .min(1, { message: 'Give it a name.' })
      .refine((text) => new TextEncoder().encode(text).length <= limits.mailboxNameBytes, {
        message: `Give a name of at most ${limits.mailboxNameBytes} octets in UTF-8.`,
      })
      .refine((text) => text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u.test(text), {
        message: 'Leave out control characters and whatever is no character.',
      })
      .refine((text) => !/[\u061C\u202A-\u202E\u2066-\u2069]/.test(text), {
        message: 'Leave out characters that only change the direction of the text around them.',
      })
      .refine((text) => !/\{\d+\+?\}$/.test(text), {
        message:
          'End it with something else than a number in braces, which some mail servers take for part of a command.',
      })
      .refine((text) => text === text.trim(), { message: 'Begin and end it with something else than a space.' }),
  )
  .openapi({ type: 'string', description: 'What it is called in its place. The mail server may take fewer names.' });

const parentId = z
  .string({ message: 'Give the id of a mailbox, a role, or null.' })
  .nullable()
  .describe('The mailbox to put it in: an id, a role, or null for the top of the user’s own mailboxes.');

const grantable = roles.filter((role): role is Exclude<Role, 'inbox'> => role !== 'inbox');

export const NewMailboxSchema = z
  .strictObject({
    name,
    parentId: parentId.default(null),
    role: z
      .enum(grantable, { message: `Give one of: ${grantable.join(', ')}.` })
      .nullable()
      .default(null)
      .describe('What it is for. Without CREATE-SPECIAL-USE only a name that mail programs know can stand for a role.'),
    isSubscribed: z.boolean().default(true),
  })
  .openapi('NewMailbox', { example: { name: 'Invoices', parentId: null } });

export const MailboxPatchSchema = z
  .strictObject({
    name: name.optional(),
    parentId: parentId.optional(),
    isSubscribed: z.boolean().optional().describe('Whether mail programs are to show it.'),
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), {
    message: 'Give a name, a parentId, isSubscribed or several of them.',
  })
  .openapi('MailboxPatch', { example: { name: 'Invoices 2026', parentId: 'archive' } });
