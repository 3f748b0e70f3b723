/**
 * `GET /v1/pop/messages/{id}`: one message. It stays on the server and is not marked.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { etag } from 'hono/etag';
import { requestedHeaders } from '../../core/mime/header-forms.ts';
import { readEmail } from '../../core/mime/read.ts';
import { timed } from '../../core/reply.ts';
import type { Gateway } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { readingAnswers, readingQuery } from '../../http/reading.ts';
import { picked, refuseInvalid } from '../../http/validation.ts';
import { idOf, serversUidl } from '../rules.ts';
import { emailFieldNames, MaildropEmailSchema } from '../schema/message.ts';
import { idParam, readingProblems } from './maildrop.ts';
import { lossTold, streamed } from './streamed.ts';

const getMessage = createRoute({
  method: 'get',
  path: '/v1/pop/messages/{id}',
  operationId: 'getMaildropMessage',
  tags: ['POP'],
  summary: 'Read one message of a POP3 mailbox',
  description: 'The message stays on the server and is not marked as fetched.',
  security: accountSecurity,
  middleware: [mailAccount('pop3', 'read'), etag()] as const,
  request: {
    params: z.strictObject({ id: idParam }),
    query: readingQuery(emailFieldNames),
  },
  responses: {
    ...readingAnswers(MaildropEmailSchema),
    ...readingProblems,
  },
});

export const reading = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(getMessage, async (c) => {
  const { fields, maxBodyBytes } = c.req.valid('query');
  const message = await streamed(c, c.req.valid('param').id);
  const { headers, header, hasAttachment, bodies } = await timed(c.get('timings'), 'parse', () =>
    readEmail(lossTold(message.body), { maxBodyBytes }),
  );
  const { size } = message;
  const email = { id: idOf(message), uidl: serversUidl(message), size, ...headers, hasAttachment, ...bodies };
  return c.json(picked({ ...email, ...requestedHeaders(header, fields) }, fields), 200, privateAnswer);
});
