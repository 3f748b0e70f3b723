/**
 * How is a message changed, and what does a change answer?
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { isKeyword } from '../rules.ts';
import { keywords } from './email.ts';

export const keywordMessage =
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

export const PreviousSchema = z
  .strictObject({
    id: z.string().describe('Its id then. A message that is moved back gets a new one.'),
    mailboxId: z.string().describe('The mailbox where it was.'),
    keywords,
  })
  .openapi('PreviousState', {
    description: 'What the change has changed: to undo it, ask for this.',
    example: { id: '1785230400.42', mailboxId: 'mb_SU5CT1g', keywords: { $flagged: true } },
  });

export const PatchedEmailSchema = z
  .strictObject({
    id: z.string().nullable().describe('Its id where it is now; null when it was moved and the server does not tell.'),
    mailboxId: z.string().describe('The mailbox where it is now.'),
    keywords,
    previous: PreviousSchema.nullable().describe(
      'How it was before; null when nobody can tell, as when the connection was lost and the change was made once more.',
    ),
  })
  .openapi('PatchedEmail', {
    description: 'The message with all its keywords after the change.',
    example: {
      id: '1785230409.7',
      mailboxId: 'mb_QXJjaGl2ZQ',
      keywords: { $seen: true },
      previous: { id: '1785230400.42', mailboxId: 'mb_SU5CT1g', keywords: { $flagged: true } },
    },
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
    previous: PreviousSchema,
  })
  .openapi('TrashedEmail', {
    example: {
      id: '1785230411.7',
      mailboxId: 'mb_VHJhc2g',
      previous: { id: '1785230400.42', mailboxId: 'mb_SU5CT1g', keywords: { $seen: true } },
    },
  });
