/**
 * `DELETE /v1/pop/messages/{id}`: one message, gone when the server has accepted QUIT.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Failed } from '../../core/failure.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { refuseInvalid } from '../../http/validation.ts';
import { uidlDigest } from '../rules.ts';
import { maildropOf, messageOf } from './maildrop.ts';

const deleteMessage = createRoute({
  method: 'delete',
  path: '/v1/pop/messages/{id}',
  operationId: 'deleteMaildropMessage',
  tags: ['POP'],
  summary: 'Delete one message from a POP3 mailbox',
  description: 'For good: a maildrop has no trash.',
  security: accountSecurity,
  middleware: mailAccount('pop3', 'delete'),
  request: {
    params: z.strictObject({
      id: z.string().openapi({ param: { name: 'id', in: 'path' }, description: 'The `id` of the message.' }),
    }),
  },
  responses: {
    204: { description: 'The server has deleted it.' },
    ...problemAnswers(
      ...mailServerProblems,
      'message-not-found',
      'unsupported-by-server',
      'uidl-not-unique',
      'maildrop-locked',
    ),
  },
});

export const deleting = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(deleteMessage, async (c) => {
  const { uidl, occurrence } = messageOf(c.req.valid('param').id);
  if (occurrence !== null) throw new Failed({ kind: 'uidl-not-unique' });
  const { stub, account } = await maildropOf(c);
  const reply = await stub.delete(account, [await uidlDigest(uidl)]);
  const {
    deleted,
    notDeleted: [refused],
  } = unwrapped(reply, c.get('timings'));
  if (refused !== undefined) throw new Failed(refused.failure);
  if (deleted === 0) throw new Failed({ kind: 'message-not-found' });
  return c.body(null, 204);
});
