/**
 * `GET /v1/triggers/messages`: what is newest, for tools that ask instead of being called.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Gateway } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { unkeptAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { refuseInvalid, wholeNumber } from '../../http/validation.ts';
import { queryParameter } from '../../mailbox/schema/search.ts';
import { TriggerItemsSchema } from '../schema/trigger.ts';
import { mailboxItems, maildropItems } from './trigger-items.ts';

const listNewMessages = createRoute({
  method: 'get',
  path: '/v1/triggers/messages',
  operationId: 'listNewMessages',
  tags: ['Webhooks'],
  summary: 'List the newest messages, for a tool that polls',
  description: `For tools that cannot receive webhooks, and to try one out: a bare list, the newest message first, each as its \`message.received\` would tell of it
and with the same \`id\`. A tool that does what it has not seen the \`id\` of does everything once, also when it goes over from asking to webhooks or back. Nothing is
remembered here: ask often enough that no more messages come in between than \`limit\`. Mail is not marked as seen.

The account may be of either protocol. Of a maildrop, these are its last messages, and the mail server has to know TOP.`,
  security: accountSecurity,
  middleware: mailAccount('any', 'read'),
  request: {
    query: z.strictObject({
      mailbox: z.string().optional().openapi({
        description: 'A mailbox id, or a role; `inbox`, unless it is said. Of IMAP alone.',
        example: 'inbox',
      }),
      q: queryParameter,
      limit: wholeNumber(1, limits.triggerMessages)
        .default(limits.triggerMessagesDefault)
        .openapi({ description: 'How many messages at most.' }),
    }),
  },
  responses: {
    200: {
      description: 'The newest messages; none when there are none.',
      content: { 'application/json': { schema: TriggerItemsSchema } },
    },
    ...problemAnswers(
      ...mailServerProblems.filter((kind) => kind !== 'protocol-mismatch'),
      'mailbox-not-found',
      'maildrop-locked',
      'unsupported-by-server',
      'search-too-broad',
    ),
  },
});

export const triggers = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(listNewMessages, async (c) => {
  const { mailbox, q, limit } = c.req.valid('query');
  if (c.get('account').server.protocol === 'imap') {
    return c.json(await mailboxItems(c, { mailbox: mailbox ?? 'inbox', q, limit }), 200, unkeptAnswer);
  }
  refuseOfMaildrop({ mailbox, q });
  return c.json(await maildropItems(c, limit), 200, unkeptAnswer);
});

function refuseOfMaildrop(given: Readonly<Record<string, string | undefined>>): void {
  const fields = Object.keys(given).filter((field) => given[field] !== undefined);
  if (fields.length === 0) return;
  const message = 'Leave it out: this account is a POP3 maildrop, which has no folders and no search.';
  throw new Failed({ kind: 'request-invalid', errors: fields.map((field) => ({ in: 'query', field, message })) });
}
