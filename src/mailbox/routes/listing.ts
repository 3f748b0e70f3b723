/**
 * `GET /v1/imap/mailboxes/{mailbox}/messages`: what is in a mailbox, newest first.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { linkToNext, namedByCursor, privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { fieldsOf, picked, refuseInvalid, wholeNumber } from '../../http/validation.ts';
import { summaryOf } from '../email-json.ts';
import { mailboxIdOf, messageIdOf, messageNameOf } from '../rules.ts';
import { summaryFieldNames } from '../schema/email.ts';
import { EmailPageSchema } from '../schema/page.ts';
import { mailboxesOf, mailboxOf, mailboxParam } from './mailbox.ts';

const listMessages = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/messages',
  operationId: 'listMessages',
  tags: ['IMAP'],
  summary: 'List the messages of an IMAP folder',
  description:
    'Newest first, without bodies. A page stays right while mail comes and goes: nothing is skipped or repeated.',
  security: accountSecurity,
  middleware: mailAccount('imap'),
  request: {
    params: z.strictObject({ mailbox: mailboxParam }),
    query: z.strictObject({
      limit: wholeNumber(1, limits.pageMessages)
        .default(limits.pageMessagesDefault)
        .openapi({ description: 'How many messages at most.' }),
      cursor: z.string().optional().openapi({ description: 'The `nextCursor` of the page before.' }),
      fields: fieldsOf(summaryFieldNames).optional().openapi({
        type: 'string',
        description: 'Only these members, separated by commas; what is not asked for is not read.',
        example: 'subject,from,receivedAt',
      }),
    }),
  },
  responses: {
    200: {
      description: 'One page of the mailbox as it is now.',
      headers: z.object({ Link: z.string().optional().describe('`rel="next"`, when there is a next page.') }),
      content: { 'application/json': { schema: EmailPageSchema } },
    },
    ...problemAnswers(...mailServerProblems, 'mailbox-not-found', 'state-gone', 'unsupported-by-server'),
  },
});

/** What of a summary is not in the header. */
const envelopeFree: readonly string[] = [
  'id',
  'mailboxIds',
  'keywords',
  'size',
  'receivedAt',
  'hasAttachment',
  'labels',
];

export const listing = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(listMessages, async (c) => {
  const { limit, cursor, fields } = c.req.valid('query');
  const { stub, account } = await mailboxesOf(c);
  const reply = await stub.page(account, mailboxOf(c.req.valid('param').mailbox), {
    before: namedByCursor(cursor, messageNameOf),
    limit,
    header: fields === undefined || fields.some((field) => !envelopeFree.includes(field)),
    structure: fields === undefined || fields.includes('hasAttachment'),
    labels: fields?.includes('labels') === true,
  });
  const { mailboxPath, uidValidity, total, emails, nextBeforeUid } = unwrapped(reply, c.get('timings'));
  const mailboxId = mailboxIdOf(mailboxPath);
  const messages = emails.map((email) => picked(summaryOf(email, uidValidity, mailboxId), fields));
  const nextCursor = nextBeforeUid === null ? null : messageIdOf({ uidValidity, uid: nextBeforeUid });
  return c.json({ messages, total, nextCursor }, 200, { ...privateAnswer, ...linkToNext(c.req.url, nextCursor) });
});
