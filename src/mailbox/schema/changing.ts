/**
 * How is a message changed, and what does a change answer?
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { isKeyword, isLabel } from '../rules.ts';
import { keywords } from './email.ts';

export const keywordMessage =
  'Name a keyword with 1 to 255 characters of ASCII, without spaces and without ( ) { } [ ] % * " \\.';

const destination = z
  .string({ message: 'Give the id of a mailbox, or a role.' })
  .describe('A mailbox id, or a role: inbox, sent, drafts, trash, junk, archive, all, flagged.');

const changesOfMarks = {
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
};

const someOf = (patch: Readonly<Record<string, unknown>>): boolean =>
  Object.values(patch).some((change) => change !== undefined);

export const EmailPatchSchema = z
  .strictObject({
    ...changesOfMarks,
    labels: z
      .record(
        z.string().refine(isLabel, { message: 'Name a label with 1 to 225 characters.' }),
        z.union([z.literal(true), z.null()], { message: 'Give true to set the label, null to take it away.' }),
      )
      .refine((changes) => Object.keys(changes).length > 0, { message: 'Name at least one label.' })
      .refine((changes) => Object.keys(changes).length <= limits.patchKeywords, {
        message: `Name at most ${limits.patchKeywords} labels.`,
      })
      .optional()
      .describe('Gmail’s labels (X-GM-EXT-1), in the same way. Other servers have none: 422.'),
  })
  .refine(someOf, { message: 'Give keywords, labels, a mailboxId or several of them.' })
  .openapi('EmailPatch', { example: { keywords: { $seen: true, $flagged: null }, mailboxId: 'archive' } });

export const BatchPatchSchema = z
  .strictObject(changesOfMarks)
  .refine(someOf, { message: 'Give keywords, a mailboxId or both.' })
  .openapi('BatchPatch', { example: { keywords: { $seen: true } } });

const labels = z
  .record(z.string(), z.literal(true))
  .optional()
  .describe('Gmail’s labels, when they were to be changed.');

export const PreviousSchema = z
  .strictObject({
    id: z.string().describe('Its id then. A message that is moved back gets a new one.'),
    mailboxId: z.string().describe('The mailbox where it was.'),
    keywords,
    labels,
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
    labels,
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

const exactlyOne = ({
  patch,
  copyTo,
  delete: how,
}: Readonly<Record<'patch' | 'copyTo' | 'delete', unknown>>): boolean =>
  [patch, copyTo, how].filter((one) => one !== undefined).length === 1;

export const BatchSchema = z
  .strictObject({
    ids: z
      .array(z.string({ message: 'Give ids of messages.' }), { message: 'Give a list of ids.' })
      .min(1, { message: 'Name at least one message.' })
      .max(limits.batchMessages, { message: `Name at most ${limits.batchMessages} messages.` })
      .refine((ids) => new Set(ids).size === ids.length, { message: 'Name each message once.' })
      .describe('Messages of this mailbox.'),
    patch: BatchPatchSchema.optional(),
    copyTo: destination.optional(),
    delete: z
      .enum(['trash', 'permanent'], { message: 'Give trash or permanent.' })
      .optional()
      .describe('`trash` moves them there; `permanent` expunges them, and no other message with them.'),
  })
  .refine((body) => exactlyOne({ patch: undefined, copyTo: undefined, delete: undefined, ...body }), {
    message: 'Give one of patch, copyTo and delete.',
  })
  .openapi('Batch', {
    example: { ids: ['1785230400.42', '1785230400.41'], patch: { keywords: { $seen: true } } },
  });

export const OutcomeSchema = z
  .strictObject({
    id: z.string().describe('As it was given.'),
    status: z.int().describe('As if this message alone had been changed: 200, 201, 204, or that of `problem`.'),
    newId: z
      .string()
      .nullable()
      .optional()
      .describe('Its id where it was moved, or that of its copy; null when the server does not tell.'),
    mailboxId: z.string().optional().describe('The mailbox where it is now, or where its copy is.'),
    keywords: keywords.optional(),
    previous: PreviousSchema.optional(),
    problem: z
      .looseObject({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() })
      .optional()
      .describe('Why it was not changed, or not known to be.'),
  })
  .openapi('Outcome');

export const OutcomesSchema = z
  .strictObject({ outcomes: z.array(OutcomeSchema).describe('In the order of the ids.') })
  .openapi('Outcomes', {
    example: {
      outcomes: [
        {
          id: '1785230400.42',
          status: 200,
          mailboxId: 'mb_SU5CT1g',
          keywords: { $seen: true },
          previous: { id: '1785230400.42', mailboxId: 'mb_SU5CT1g', keywords: {} },
        },
        {
          id: '1785230400.41',
          status: 404,
          problem: {
            type: '/problems/message-not-found',
            title: 'There is no such message',
            status: 404,
            detail: 'It was moved, deleted or expunged since it was listed, or it never existed.',
          },
        },
      ],
    },
  });
