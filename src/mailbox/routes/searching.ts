/**
 * `POST …/messages/search`, `GET /v1/imap/search`: by a filter of RFC 8621, and in several mailboxes.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { problemOf } from '../../core/problem.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { linkToNext, privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { picked, refuseInvalid } from '../../http/validation.ts';
import type { MailboxName } from '../answers.ts';
import { summaryOf } from '../email-json.ts';
import { mailboxIdOf, mailboxNameOf } from '../rules.ts';
import { EmailPageSchema } from '../schema/page.ts';
import { EmailSearchSchema, FoundEmailsSchema, queryText } from '../schema/search.ts';
import { searchDigest } from '../search/cursor.ts';
import { conditionOfFilter } from '../search/filter.ts';
import { cursorOfPositions, positionsOf } from '../search/positions.ts';
import { byArrival } from '../search/sort.ts';
import { conditionIn, foreignCursor, foundPage, pageQuery, shapeOf } from './finding.ts';
import { mailboxesOf, mailboxOf, mailboxParam } from './mailbox.ts';

const searchKinds = [
  ...mailServerProblems,
  'mailbox-not-found',
  'state-gone',
  'unsupported-by-server',
  'search-too-broad',
] as const;

const searchMessages = createRoute({
  method: 'post',
  path: '/v1/imap/mailboxes/{mailbox}/messages/search',
  operationId: 'searchMessages',
  tags: ['IMAP'],
  summary: 'Search an IMAP folder by a filter',
  description:
    'The filter of JMAP (RFC 8621 §4.4.1), for programs; `q` of the listing is the same for people. What cannot be answered for one mailbox is refused by its name. Changes nothing.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('imap', 'read')] as const,
  request: {
    params: z.strictObject({ mailbox: mailboxParam }),
    body: { required: true, content: { 'application/json': { schema: EmailSearchSchema } } },
  },
  responses: {
    200: {
      description: 'One page of what was found.',
      content: { 'application/json': { schema: EmailPageSchema } },
    },
    ...problemAnswers(...searchKinds, 'body-too-large', 'media-type-unsupported'),
  },
});

const searchMailboxes = createRoute({
  method: 'get',
  path: '/v1/imap/search',
  operationId: 'searchMailboxes',
  tags: ['IMAP'],
  summary: 'Search in all IMAP folders, or in several',
  description: `In every folder but those with the roles junk and trash, unless \`mailboxes\` names some; on Gmail in \`all\`, which holds all mail but junk and trash. At most ${limits.searchMailboxes} folders. A page stays right while mail comes and goes: nothing is skipped or repeated.`,
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: {
    query: z.strictObject({
      q: z.string({ message: 'Say what to search for.' }).openapi({ description: queryText, example: 'from:grace' }),
      mailboxes: z
        .string()
        .optional()
        .openapi({ description: 'Ids or roles of mailboxes, separated by commas.', example: 'inbox,archive' }),
      ...pageQuery,
    }),
  },
  responses: {
    200: {
      description: 'One page of what was found, and which mailboxes could not be searched.',
      headers: z.object({ Link: z.string().optional().describe('`rel="next"`, when there is a next page.') }),
      content: { 'application/json': { schema: FoundEmailsSchema } },
    },
    ...problemAnswers(...searchKinds),
  },
});

/** What `mailboxes` names. */
function mailboxesIn(list: string | undefined): MailboxName[] | null {
  if (list === undefined) return null;
  return list.split(',').map((id) => {
    const name = mailboxNameOf(id.trim());
    if (name !== null) return name;
    const message = 'Give ids of mailboxes as GET /v1/imap/mailboxes tells them, or roles, separated by commas.';
    throw new Failed({ kind: 'request-invalid', errors: [{ in: 'query', field: 'mailboxes', message }] });
  });
}

const idOf = (name: MailboxName): string => ('role' in name ? name.role : mailboxIdOf(name.path));

export const searching = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(searchMessages, async (c) => {
    const { filter, sort = byArrival, limit, cursor, fields } = c.req.valid('json');
    const condition = conditionOfFilter(filter);
    if (!condition.ok) throw new Failed(condition.failure);
    const search = { condition: condition.value, sort, limit, cursor, fields, cursorIn: 'body' } as const;
    return c.json(await foundPage(c, mailboxOf(c.req.valid('param').mailbox), search), 200, privateAnswer);
  })
  .openapi(searchMailboxes, async (c) => {
    const { q, mailboxes, limit, cursor, fields } = c.req.valid('query');
    const condition = conditionIn(q);
    const digest = searchDigest(condition, byArrival, mailboxes);
    const after = cursor === undefined ? null : positionsOf(cursor, digest);
    if (cursor !== undefined && after === null) throw foreignCursor('query');
    const { stub, account } = await mailboxesOf(c);
    const request = { condition, mailboxes: mailboxesIn(mailboxes), after, ...shapeOf(limit, fields) };
    const found = unwrapped(await stub.findAcross(account, request), c.get('timings'));
    const nextCursor = found.next === null ? null : cursorOfPositions(found.next, digest);
    const answer = {
      messages: found.emails.map(({ email, uidValidity, mailboxPath }) =>
        picked(summaryOf(email, uidValidity, mailboxIdOf(mailboxPath), fields), fields),
      ),
      total: found.total,
      nextCursor,
      search: found.program,
      failed: found.failed.map(({ name, failure }) => ({ mailboxId: idOf(name), problem: problemOf(failure) })),
    };
    return c.json(answer, 200, { ...privateAnswer, ...linkToNext(c.req.url, nextCursor) });
  });
