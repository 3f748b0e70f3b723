/**
 * What do leaving a copy on the server for a while, and what became of it, look like as JSON?
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { toldProblem } from '../../core/problem-schema.ts';
import { exampleSpooled, spooledFields } from './message.ts';

const wholeNumber = (max: number) =>
  z
    .int({ message: `Give a whole number from 1 to ${max}.` })
    .min(1, { message: `Give a whole number from 1 to ${max}.` })
    .max(max, { message: `Give a whole number from 1 to ${max}.` })
    .optional();

export const PruneRequestSchema = z
  .strictObject({
    olderThanDays: wholeNumber(limits.pruneDays).describe(
      'Delete what has been there for so many days. From the oldest message on, up to the first that is younger; a message without a date that could be believed stays.',
    ),
    keepNewest: wholeNumber(limits.pruneKept).describe(
      'Delete all but so many, which are the last ones in the order of the maildrop.',
    ),
    dryRun: z.boolean().default(false).describe('`true`: tell what would go, and delete nothing.'),
  })
  .refine(({ olderThanDays, keepNewest }) => olderThanDays !== undefined || keepNewest !== undefined, {
    message: 'Give olderThanDays, keepNewest or both.',
  })
  .openapi('PruneRequest', { example: { olderThanDays: 14, keepNewest: 100, dryRun: true } });

const prunedFields = {
  ...spooledFields,
  date: z.iso
    .datetime({ offset: true })
    .nullable()
    .describe(
      'When it came, as far as its header tells; null when it does not, or when the server does not give the header.',
    ),
  datedBy: z
    .enum(['received', 'date'])
    .nullable()
    .describe(
      'Which field says so: `received`, the uppermost Received field, which the last server wrote; `date`, which the sender wrote, where there is none.',
    ),
};

const exampleMessage = { ...exampleSpooled, date: '2026-11-01T08:30:00Z', datedBy: 'received' } as const;

export const PrunedSchema = z
  .strictObject({
    messages: z
      .array(z.strictObject(prunedFields))
      .describe('What was deleted, or with `dryRun` what would be; oldest first.'),
    deleted: z.int().describe('How many messages were deleted. With `dryRun` none.'),
    kept: z.int().describe('How many messages stay, or would stay, those that a further call would take among them.'),
    notDeleted: z
      .array(
        z.strictObject({
          ...prunedFields,
          problem: toldProblem,
        }),
      )
      .describe('What should have been deleted and stays, since the server refused.'),
    hasMore: z
      .boolean()
      .describe(
        `Whether to call again: one call takes at most ${limits.pruneMessages} messages, and fewer where the server is slow. With \`dryRun\`: whether more than these would go.`,
      ),
  })
  .openapi('Pruned', {
    example: { messages: [exampleMessage], deleted: 1, kept: 100, notDeleted: [], hasMore: false },
  });
