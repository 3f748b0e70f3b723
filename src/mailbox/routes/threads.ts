/**
 * `GET …/threads`, `…/threads/{threadId}`: a mailbox as conversations.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { linkToNext, namedByCursor, privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { fieldsOf, picked, refuseInvalid, wholeNumber } from '../../http/validation.ts';
import type { ThreadName } from '../answers.ts';
import { mailboxIdOf, messageIdOf, messageNameOf, threadNameOf } from '../rules.ts';
import { FoundThreadSchema, ThreadPageSchema, threadFieldNames } from '../schema/thread.ts';
import { threadOf } from '../thread-json.ts';
import { mailboxesOf, mailboxOf, mailboxParam } from './mailbox.ts';

const fieldsQuery = fieldsOf(threadFieldNames).optional().openapi({
  type: 'string',
  description: 'Only these members, separated by commas; what is not asked for is not read.',
  example: 'subject,unreadEmails,latestReceivedAt',
});

const listThreads = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/threads',
  operationId: 'listThreads',
  tags: ['IMAP'],
  summary: 'List the conversations of an IMAP folder',
  description:
    'Newest first, by the arrival of their newest message. `messages` is there only when `fields` names it. While you page, a conversation that gets a message moves to the front, where the first page shows it, so it may be missing from the pages after; one whose newest message goes moves back and may come twice. All others come exactly once.',
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: {
    params: z.strictObject({ mailbox: mailboxParam }),
    query: z.strictObject({
      limit: wholeNumber(1, limits.pageThreads)
        .default(limits.pageThreadsDefault)
        .openapi({ description: 'How many conversations at most.' }),
      cursor: z.string().optional().openapi({ description: 'The `nextCursor` of the page before.' }),
      fields: fieldsQuery,
    }),
  },
  responses: {
    200: {
      description: 'One page of the conversations as they are now.',
      headers: z.object({ Link: z.string().optional().describe('`rel="next"`, when there is a next page.') }),
      content: { 'application/json': { schema: ThreadPageSchema } },
    },
    ...problemAnswers(...mailServerProblems, 'mailbox-not-found', 'state-gone'),
  },
});

const getThread = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/threads/{threadId}',
  operationId: 'getThread',
  tags: ['IMAP'],
  summary: 'Get one conversation of an IMAP folder',
  description: 'With its messages as a listing shows them. The id of any of its messages names it as well.',
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: {
    params: z.strictObject({
      mailbox: mailboxParam,
      threadId: z.string().openapi({
        param: { name: 'threadId', in: 'path' },
        description: 'The `id` of the conversation, or of a message in it.',
        example: '1785230400.17',
      }),
    }),
    query: z.strictObject({ fields: fieldsQuery }),
  },
  responses: {
    200: {
      description: 'The conversation as it is now.',
      content: { 'application/json': { schema: FoundThreadSchema } },
    },
    ...problemAnswers(
      ...mailServerProblems,
      'mailbox-not-found',
      'thread-not-found',
      'state-gone',
      'unsupported-by-server',
    ),
  },
});

/** What a list of conversations shows that has not been asked for anything in particular. */
const listed = threadFieldNames.filter((name) => name !== 'messages');

/** What is known of a conversation without looking into its messages. */
const free: readonly string[] = ['id', 'emailIds', 'totalEmails', 'unreadEmails'];

const detailOf = (fields: readonly string[]) =>
  fields.includes('messages') ? 'summaries' : fields.every((field) => free.includes(field)) ? 'ids' : 'sample';

function threadBy(id: string): ThreadName {
  const name = threadNameOf(id);
  if (name === null) throw new Failed({ kind: 'thread-not-found' });
  return name;
}

export const threads = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(listThreads, async (c) => {
    const { limit, cursor, fields = listed } = c.req.valid('query');
    const { stub, account } = await mailboxesOf(c);
    const reply = await stub.threads(account, mailboxOf(c.req.valid('param').mailbox), {
      before: namedByCursor(cursor, messageNameOf),
      limit,
      detail: detailOf(fields),
    });
    const found = unwrapped(reply, c.get('timings'));
    const { uidValidity, nextBeforeUid, total, method, isComplete } = found;
    const mailboxId = mailboxIdOf(found.mailboxPath);
    const threads = found.threads.map((thread) => picked(threadOf(thread, uidValidity, mailboxId), fields));
    const nextCursor = nextBeforeUid === null ? null : messageIdOf({ uidValidity, uid: nextBeforeUid });
    const answer = { threads, total, nextCursor, method, isComplete };
    return c.json(answer, 200, { ...privateAnswer, ...linkToNext(c.req.url, nextCursor) });
  })
  .openapi(getThread, async (c) => {
    const { mailbox, threadId } = c.req.valid('param');
    const { fields = threadFieldNames } = c.req.valid('query');
    const { stub, account } = await mailboxesOf(c);
    const reply = await stub.thread(account, mailboxOf(mailbox), threadBy(threadId), detailOf(fields));
    const { threads, uidValidity, mailboxPath, method, isComplete } = unwrapped(reply, c.get('timings'));
    const [thread] = threads;
    if (thread === undefined) throw new Failed({ kind: 'thread-not-found' });
    const json = picked(threadOf(thread, uidValidity, mailboxIdOf(mailboxPath)), fields);
    return c.json({ thread: json, method, isComplete }, 200, privateAnswer);
  });
