/**
 * `GET /v1/pop/messages`: what lies in the maildrop.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { headersOf } from '../../core/mime/header.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { linkToNext, namedByCursor, privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { sealedState } from '../../http/state.ts';
import { flag, refuseInvalid, wholeNumber } from '../../http/validation.ts';
import { idOf, nameOf, serversUidl } from '../rules.ts';
import { MaildropPageSchema } from '../schema/message.ts';
import { maildropOf } from './maildrop.ts';

const listMessages = createRoute({
  method: 'get',
  path: '/v1/pop/messages',
  operationId: 'listMaildropMessages',
  tags: ['POP'],
  summary: 'List the messages waiting in a POP3 mailbox',
  description: 'Oldest first. Nothing is changed, marked or removed.',
  security: accountSecurity,
  middleware: mailAccount('pop3', 'read'),
  request: {
    query: z.strictObject({
      limit: wholeNumber(1, limits.pageMessages)
        .default(limits.pageMessagesDefault)
        .openapi({ description: 'How many messages at most.' }),
      cursor: z.string().optional().openapi({ description: 'The `nextCursor` of the page before.' }),
      headers: flag
        .default(false)
        .openapi({ type: 'boolean', description: 'Also give subject, sender and the other header fields (TOP).' }),
    }),
  },
  responses: {
    200: {
      description: 'One page of the maildrop as it is now.',
      headers: z.object({
        Link: z.string().optional().describe('`rel="next"`, when there is a next page.'),
      }),
      content: { 'application/json': { schema: MaildropPageSchema } },
    },
    ...problemAnswers(...mailServerProblems, 'state-gone', 'unsupported-by-server', 'maildrop-locked'),
  },
});

export const listing = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(listMessages, async (c) => {
  const { limit, cursor, headers } = c.req.valid('query');
  const { stub, account } = await maildropOf(c);
  const reply = await stub.page(account, { after: namedByCursor(cursor, nameOf), limit, header: headers });
  const page = unwrapped(reply, c.get('timings'));
  const last = page.messages.at(-1);
  const nextCursor = page.isLast || last === undefined ? null : idOf(last);
  const messages = page.messages.map(({ uidl, occurrence, size, header }) => ({
    id: idOf({ uidl, occurrence }),
    uidl: serversUidl({ uidl }),
    size,
    ...(header === null ? {} : headersOf(header)),
  }));
  const { total, totalBytes } = page;
  const state = page.state === null ? null : await sealedState(c.env, c.get('account'), page.state);
  return c.json({ messages, total, totalBytes, state, nextCursor }, 200, {
    ...privateAnswer,
    ...linkToNext(c.req.url, nextCursor),
  });
});
