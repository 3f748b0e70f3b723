/**
 * How is something searched for, in which order does it come, and what is answered?
 */
import { z } from '@hono/zod-openapi';
import { fieldNames } from '../../core/fields.ts';
import { limits } from '../../core/limits.ts';
import { toldProblem } from '../../core/problem-schema.ts';
import { type Sort, sortOf, sortProperties, sortText } from '../search/sort.ts';
import { EmailSummarySchema, exampleSummary, summaryFieldNames } from './email.ts';

const sortMessage = `Name ${sortProperties.join(', ')}, each once, separated by commas and with - before it for descending; or arrival or -arrival alone.`;

/** As it stands in a query and in a body. */
export const sortParameter = z
  .string({ message: sortMessage })
  .transform((text, context): Sort => {
    const sort = sortOf(text);
    if (sort !== null) return sort;
    context.addIssue({ code: 'custom', message: sortMessage });
    return z.NEVER;
  })
  .openapi({
    type: 'string',
    description:
      'What to sort by: `receivedAt`, `sentAt`, `from`, `to`, `subject`, `size`, separated by commas, the first counting most, each with `-` before it for descending. `from` and `to` sort by what stands before the @ of the first address, `subject` without Re: and Fwd: (RFC 5256). `-arrival`, the default, is in the order in which messages came into this mailbox, the newest first. Where the server cannot sort (SORT) they come by arrival, and the member `sort` of the answer says so.',
    example: '-sentAt,subject',
  });

export const queryText =
  'Words (anywhere in the message; `"several words"` as one), `from:` `to:` `cc:` `bcc:` `subject:` `body:`, `has:attachment`, `is:unread` `is:read` `is:flagged` `is:unflagged` `is:answered` `is:unanswered` `is:draft`, `before:` `after:` a date (its midnight in UTC) or a moment (`2026-11-16T08:30:00+01:00`) of arrival, `larger:` `smaller:` (`10k`, `5M`), `keyword:`, `header:Name` or `header:Name:value`, and on Gmail `raw:`. All of them have to hold; `OR` joins the two beside it, `-` negates, parentheses group, values may be quoted. What is not understood is refused by its name and place.';

export const queryParameter = z
  .string()
  .optional()
  .openapi({ description: queryText, example: 'from:grace is:unread after:2026-11-01' });

export const sortMember = z
  .strictObject({
    by: z.string().describe('The order of the messages, as `sort` is written.'),
    isSupported: z.boolean().describe('False when the server cannot sort as asked; then they come by arrival.'),
  })
  .describe('With `q`, a filter or `sort`: the order.');

export const sortAnswer = (sort: Sort, isSupported: boolean): z.infer<typeof sortMember> => ({
  by: sortText(sort),
  isSupported,
});

export const searchMember = z
  .string()
  .describe(
    'With `q`, a filter or `sort`: the IMAP SEARCH program that was sent. Times of day, and attachments, are not in it: they are looked at behind it.',
  );

/** `search/filter.ts` reads them, and says more about what is wrong with one than a schema can. */
const property = (type: 'string' | 'integer' | 'boolean', description: string) =>
  z.unknown().optional().openapi({ type, description });
const list = (items: 'string' | 'object', description: string) =>
  z
    .unknown()
    .optional()
    .openapi({ type: 'array', items: { type: items }, description });

const EmailFilterSchema = z
  .looseObject(
    {
      operator: property('string', 'AND, OR or NOT of the `conditions`; then nothing else stands beside them.'),
      conditions: list('object', 'Filters like this one. `NOT`: none of them.'),
      text: property('string', 'A text anywhere.'),
      from: property('string', 'A text in From.'),
      to: property('string', 'A text in To.'),
      cc: property('string', 'A text in Cc.'),
      bcc: property('string', 'A text in Bcc.'),
      subject: property('string', 'A text in Subject.'),
      body: property('string', 'A text in the body.'),
      header: list('string', 'The name of a header field, and a text in it; without one it only has to be there.'),
      before: property('string', 'Received before this moment (RFC 3339).'),
      after: property('string', 'Received at this moment or later (RFC 3339).'),
      minSize: property('integer', 'At least so many octets.'),
      maxSize: property('integer', 'Fewer octets than that.'),
      hasKeyword: property('string', 'Marked with this keyword.'),
      notKeyword: property('string', 'Not marked with this keyword.'),
      hasAttachment: property('boolean', 'Whether it has an attachment.'),
    },
    { message: 'Give an object: conditions, or an operator with its conditions.' },
  )
  .describe(
    'FilterCondition and FilterOperator of RFC 8621 §4.4.1 and RFC 8620 §5.5: all properties have to hold. `{}` is every message.',
  );

export const EmailSearchSchema = z
  .strictObject({
    filter: EmailFilterSchema,
    sort: sortParameter.optional(),
    limit: z
      .int({ message: `Give a whole number from 1 to ${limits.pageMessages}.` })
      .min(1, { message: `Give a whole number from 1 to ${limits.pageMessages}.` })
      .max(limits.pageMessages, { message: `Give a whole number from 1 to ${limits.pageMessages}.` })
      .default(limits.pageMessagesDefault)
      .describe('How many messages at most.'),
    cursor: z.string().optional().describe('The `nextCursor` of the page before.'),
    fields: fieldNames(summaryFieldNames, { hasHeaders: true })
      .optional()
      .describe('Only these members; what is not asked for is not read.'),
    calculateTotal: z.boolean().optional().describe('As in RFC 8620. `total` costs nothing and is always there.'),
  })
  .openapi('EmailSearch', {
    example: {
      filter: { operator: 'AND', conditions: [{ from: 'grace' }, { notKeyword: '$seen' }] },
      sort: '-sentAt',
      limit: 20,
    },
  });

const exampleProblem = {
  type: '/problems/mailbox-not-found',
  title: 'There is no such mailbox',
  status: 404,
  detail: 'It may have been renamed or deleted.',
};

export const FoundEmailsSchema = z
  .strictObject({
    messages: z
      .array(EmailSummarySchema)
      .describe(
        'Newest first: those of one mailbox in the order of arrival, and of two mailboxes the one whose next message was received later. `mailboxIds` names the mailbox.',
      ),
    total: z.int().describe('How many messages were found in all mailboxes. One that is in two of them counts twice.'),
    nextCursor: z.string().nullable().describe('Give it as `cursor` to get the next page; null on the last one.'),
    search: searchMember,
    failed: z
      .array(
        z.strictObject({
          mailboxId: z.string().describe('As it was named, or its id.'),
          problem: toldProblem,
        }),
      )
      .describe('The mailboxes that could not be searched, and why. They are not in the pages that follow.'),
  })
  .openapi('FoundEmails', {
    example: {
      messages: [exampleSummary],
      total: 1,
      nextCursor: null,
      search: 'FROM "grace" UNSEEN',
      failed: [{ mailboxId: 'archive', problem: exampleProblem }],
    },
  });
