/**
 * `GET /v1/pop/messages/{id}`, `/raw`, `/parts/{partId}`: one message. It stays on the server and is not marked.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { etag } from 'hono/etag';
import { Failed } from '../../core/failure.ts';
import { requestedHeaders } from '../../core/mime/header-forms.ts';
import { openPart, readEmail } from '../../core/mime/read.ts';
import { timed } from '../../core/reply.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { readingAnswers, readingQuery } from '../../http/reading.ts';
import { bytesResponse, contentTypeOf } from '../../http/streaming.ts';
import { picked, refuseInvalid } from '../../http/validation.ts';
import type { StreamedMessage } from '../answers.ts';
import { idOf, isNamedForGood, serversUidl } from '../rules.ts';
import { emailFieldNames, MaildropEmailSchema } from '../schema.ts';
import { maildropOf, messageOf } from './maildrop.ts';

const id = z.string().openapi({ param: { name: 'id', in: 'path' }, description: 'The `id` of the message.' });
const readingProblems = problemAnswers(
  ...mailServerProblems,
  'message-not-found',
  'unsupported-by-server',
  'maildrop-locked',
);

const getMessage = createRoute({
  method: 'get',
  path: '/v1/pop/messages/{id}',
  operationId: 'getMaildropMessage',
  tags: ['POP'],
  summary: 'Read one message of a POP3 mailbox',
  description: 'The message stays on the server and is not marked as fetched.',
  security: accountSecurity,
  middleware: [mailAccount('pop3'), etag()] as const,
  request: {
    params: z.strictObject({ id }),
    query: readingQuery(emailFieldNames),
  },
  responses: {
    ...readingAnswers(MaildropEmailSchema),
    ...readingProblems,
  },
});

const getRaw = createRoute({
  method: 'get',
  path: '/v1/pop/messages/{id}/raw',
  operationId: 'getMaildropMessageRaw',
  tags: ['POP'],
  summary: 'Get one message of a POP3 mailbox as its original file',
  description: 'Byte for byte as the server sends it, streamed.',
  security: accountSecurity,
  middleware: mailAccount('pop3'),
  request: { params: z.strictObject({ id }) },
  responses: {
    200: {
      description: 'The message as RFC 5322 bytes.',
      content: { 'message/rfc822': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...readingProblems,
  },
});

const getPart = createRoute({
  method: 'get',
  path: '/v1/pop/messages/{id}/parts/{partId}',
  operationId: 'getMaildropMessagePart',
  tags: ['POP'],
  summary: 'Get an attachment of a message in a POP3 mailbox',
  description: 'The part with its transfer encoding removed, streamed.',
  security: accountSecurity,
  middleware: mailAccount('pop3'),
  request: {
    params: z.strictObject({
      id,
      partId: z.string().openapi({ param: { name: 'partId', in: 'path' }, description: 'The `partId` of the part.' }),
    }),
  },
  responses: {
    200: {
      description: 'The bytes of the part, with its own Content-Type.',
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...readingProblems,
    ...problemAnswers('message-not-found', 'part-not-found'),
  },
});

async function streamed(c: Context<Gateway>, messageId: string): Promise<StreamedMessage> {
  const { stub, account } = await maildropOf(c);
  return unwrapped(await stub.read(account, messageOf(messageId)), c.get('timings'));
}

/** Null where the same address may mean another message later: then nobody may keep what it answers. */
const etagOf = (message: StreamedMessage, part = ''): string | null =>
  isNamedForGood(message) ? `"${idOf(message)}${part}"` : null;

/**
 * The same bytes, with a failure that says what happened. What broke is on the other side of RPC, where it was logged;
 * here it is only known that it did.
 */
function lossTold(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch {
          controller.error(new Failed({ kind: 'connection-lost' }));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

export const reading = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(getMessage, async (c) => {
    const { fields, maxBodyBytes } = c.req.valid('query');
    const message = await streamed(c, c.req.valid('param').id);
    const { headers, header, hasAttachment, bodies } = await timed(c.get('timings'), 'parse', () =>
      readEmail(lossTold(message.body), { maxBodyBytes }),
    );
    const { size } = message;
    const email = { id: idOf(message), uidl: serversUidl(message), size, ...headers, hasAttachment, ...bodies };
    return c.json(picked({ ...email, ...requestedHeaders(header, fields) }, fields), 200, privateAnswer);
  })
  .openapi(getRaw, async (c) => {
    const message = await streamed(c, c.req.valid('param').id);
    const name = `${idOf(message)}.eml`;
    return bytesResponse(c, { body: message.body, type: 'message/rfc822', name, etag: etagOf(message) });
  })
  .openapi(getPart, async (c) => {
    const { id: messageId, partId } = c.req.valid('param');
    const message = await streamed(c, messageId);
    const opened = await openPart(lossTold(message.body), partId);
    if (opened === null) throw new Failed({ kind: 'part-not-found' });
    const { part, body } = opened;
    return bytesResponse(c, {
      body,
      type: contentTypeOf(part),
      name: part.name,
      etag: etagOf(message, `.${part.partId}`),
    });
  });
