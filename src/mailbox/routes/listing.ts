/**
 * `GET …/messages`: what is in a mailbox, or what of it is searched for.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { linkToNext, namedByCursor, privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { sealedState } from '../../http/state.ts';
import { picked, refuseInvalid } from '../../http/validation.ts';
import { summaryOf } from '../email-json.ts';
import { mailboxIdOf, messageIdOf, messageNameOf } from '../rules.ts';
import { EmailPageSchema } from '../schema/page.ts';
import { queryParameter, sortParameter } from '../schema/search.ts';
import { byArrival, sortText } from '../search/sort.ts';
import { conditionIn, foundPage, pageQuery, shapeOf } from './finding.ts';
import { mailboxesOf, mailboxOf, mailboxParam } from './mailbox.ts';

const listMessages = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/messages',
  operationId: 'listMessages',
  tags: ['IMAP'],
  summary: 'List or search the messages of an IMAP folder',
  description:
    'Newest first unless `sort` says otherwise, without bodies; with `q` those that it finds. `preview` is there only when `fields` names it. A page stays right while mail comes and goes: nothing is skipped or repeated.',
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: {
    params: z.strictObject({ mailbox: mailboxParam }),
    query: z.strictObject({
      ...pageQuery,
      q: queryParameter,
      sort: sortParameter.optional(),
    }),
  },
  responses: {
    200: {
      description: 'One page of the mailbox as it is now.',
      headers: z.object({ Link: z.string().optional().describe('`rel="next"`, when there is a next page.') }),
      content: { 'application/json': { schema: EmailPageSchema } },
    },
    ...problemAnswers(
      ...mailServerProblems,
      'mailbox-not-found',
      'state-gone',
      'unsupported-by-server',
      'search-too-broad',
    ),
  },
});

export const listing = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(listMessages, async (c) => {
  const { limit, cursor, fields, q, sort = byArrival } = c.req.valid('query');
  const mailbox = mailboxOf(c.req.valid('param').mailbox);
  if (q !== undefined || sortText(sort) !== sortText(byArrival)) {
    const search = { condition: conditionIn(q), sort, limit, cursor, fields, cursorIn: 'query' } as const;
    const page = await foundPage(c, mailbox, search);
    return c.json(page, 200, { ...privateAnswer, ...linkToNext(c.req.url, page.nextCursor) });
  }
  const { stub, account } = await mailboxesOf(c);
  const request = { before: namedByCursor(cursor, messageNameOf), ...shapeOf(limit, fields) };
  const reply = await stub.page(account, mailbox, request);
  const { mailboxPath, uidValidity, total, emails, nextBeforeUid, state: octets } = unwrapped(reply, c.get('timings'));
  const mailboxId = mailboxIdOf(mailboxPath);
  const messages = emails.map((email) => picked(summaryOf(email, uidValidity, mailboxId, fields), fields));
  const nextCursor = nextBeforeUid === null ? null : messageIdOf({ uidValidity, uid: nextBeforeUid });
  const state = octets === null ? null : await sealedState(c.env, c.get('account'), octets);
  return c.json({ messages, total, state, nextCursor }, 200, {
    ...privateAnswer,
    ...linkToNext(c.req.url, nextCursor),
  });
});
