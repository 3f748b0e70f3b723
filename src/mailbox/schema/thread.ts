/**
 * What does a conversation look like as JSON? (RFC 8621 §3, Thread, and what a list of conversations shows)
 */
import { z } from '@hono/zod-openapi';
import { EmailAddress } from '../../core/email.ts';
import { limits } from '../../core/limits.ts';
import { threadMethods } from '../answers.ts';
import { EmailSummarySchema, exampleSummary } from './email.ts';

const exampleThread = {
  id: '1785230400.17',
  emailIds: ['1785230400.17', '1785230400.42'],
  totalEmails: 2,
  unreadEmails: 1,
  subject: 'Minutes of Monday',
  participants: [
    { name: 'Ada', email: 'ada@postern.example' },
    { name: 'Grace Weaver', email: 'grace@weaver.example' },
  ],
  latestReceivedAt: '2026-11-16T08:30:02.000Z',
} as const;

const threadFields = {
  id: z
    .string()
    .describe(
      'Names the conversation in its mailbox. What the server calls it, where it has names for conversations (OBJECTID, Gmail); that never changes. Else the id of its oldest message here: the same until that message goes, or an older one joins.',
    ),
  emailIds: z.array(z.string()).describe('All its messages in this mailbox, in the order of their arrival here.'),
  totalEmails: z.int().describe('How many messages that are.'),
  unreadEmails: z.int().describe('How many of them lack the keyword `$seen`.'),
  subject: z.string().nullable().describe('The subject of its oldest message here, decoded.'),
  participants: z
    .array(EmailAddress)
    .describe(
      `Who wrote it, in the order of their first message; of a conversation with more than ${limits.threadSample} messages, who wrote the oldest and the newest ones.`,
    ),
  latestReceivedAt: z.iso.datetime().describe('When the newest message came to the server, in UTC.'),
  messages: z
    .array(EmailSummarySchema)
    .describe(
      `Its messages as a listing shows them, in the order of \`emailIds\`. Of more than ${limits.threadSummaries}, or what a page of conversations has of that for each, only the oldest and the newest ones.`,
    ),
};

export const threadFieldNames = z.strictObject(threadFields).keyof().options;

export const ThreadSchema = z.strictObject(threadFields).partial().required({ id: true }).openapi('Thread', {
  description: 'A conversation. With `fields` only those members are there.',
  example: exampleThread,
});

const foundFields = {
  method: z
    .enum(threadMethods)
    .describe(
      'How it was found out which messages belong together: by the names that the server gives to conversations (`OBJECTID`, RFC 8474; `X-GM-THRID`, Gmail), by its THREAD command (`REFS`, by Message-IDs alone; `REFERENCES`, RFC 5256, by subjects as well), or by Postern from their headers as RFC 5256 says for REFERENCES (`local`).',
    ),
  isComplete: z
    .boolean()
    .describe(
      `False when the mailbox has more than ${limits.threadedMessages} messages and the server has no THREAD: then the newest ${limits.threadedMessages} are looked at, and older messages are in no conversation.`,
    ),
};

export const ThreadPageSchema = z
  .strictObject({
    threads: z.array(ThreadSchema).describe('The one whose newest message came last is first.'),
    total: z.int().describe('How many conversations there are in the mailbox, as far as it was looked at.'),
    nextCursor: z.string().nullable().describe('Give it as `cursor` to get the next page; null on the last one.'),
    ...foundFields,
  })
  .openapi('ThreadPage', {
    example: { threads: [exampleThread], total: 12, nextCursor: '1785230400.42', method: 'REFS', isComplete: true },
  });

export const FoundThreadSchema = z.strictObject({ thread: ThreadSchema, ...foundFields }).openapi('FoundThread', {
  example: { thread: { ...exampleThread, messages: [exampleSummary] }, method: 'REFS', isComplete: true },
});
