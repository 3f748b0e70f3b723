/**
 * What does a listing look like as JSON?
 */
import { z } from '@hono/zod-openapi';
import { EmailSummarySchema, exampleSummary } from './email.ts';
import { searchMember, sortMember } from './search.ts';

export const EmailPageSchema = z
  .strictObject({
    messages: z.array(EmailSummarySchema).describe('Newest first, or as `sort` says.'),
    total: z.int().describe('How many messages the mailbox holds, or how many of them were found.'),
    state: z
      .string()
      .nullable()
      .describe(
        'Give it as `since` to hear what changes from here on. On the first page; null on others, on those of a search, and where the server would have to be asked about every message: take the `newState` of a call for changes before you list.',
      ),
    nextCursor: z.string().nullable().describe('Give it as `cursor` to get the next page; null on the last one.'),
    search: searchMember.optional(),
    sort: sortMember.optional(),
  })
  .openapi('EmailPage', {
    example: { messages: [exampleSummary], total: 34, state: 'AfX2…', nextCursor: '1785230400.42' },
  });
