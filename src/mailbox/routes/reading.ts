/**
 * `GET …/messages/{id}`, `/raw`, `/parts/{partId}`: one message. Reading never marks it as seen.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { etag } from 'hono/etag';
import { transferDecoder } from '../../core/mime/transfer.ts';
import { timed } from '../../core/reply.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { readingAnswers, readingQuery } from '../../http/reading.ts';
import { bytesResponse, contentTypeOf } from '../../http/streaming.ts';
import { picked, refuseInvalid } from '../../http/validation.ts';
import { emailOf } from '../email-json.ts';
import { mailboxIdOf, messageIdOf, stateTagOf } from '../rules.ts';
import { EmailSchema, emailFieldNames } from '../schema/email.ts';
import { idParam, mailboxesOf, mailboxOf, mailboxParam, messageOf } from './mailbox.ts';

const messageParams = { mailbox: mailboxParam, id: idParam };
const messageKinds = [...mailServerProblems, 'mailbox-not-found', 'message-not-found', 'state-gone'] as const;

const getMessage = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}',
  operationId: 'getMessage',
  tags: ['IMAP'],
  summary: 'Read one message of an IMAP folder',
  description:
    'With its text, its HTML and the list of its attachments. It is not marked as seen. The ETag is that of its keywords, which are all that can change; give it back in `If-Match` to change it only if nobody else has.',
  security: accountSecurity,
  middleware: [mailAccount('imap'), etag()] as const,
  request: {
    params: z.strictObject(messageParams),
    query: readingQuery(emailFieldNames),
  },
  responses: {
    ...readingAnswers(EmailSchema),
    ...problemAnswers(...messageKinds, 'unsupported-by-server'),
  },
});

const getRaw = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}/raw',
  operationId: 'getMessageRaw',
  tags: ['IMAP'],
  summary: 'Get one message of an IMAP folder as its original file',
  description: 'Byte for byte as the server has it, streamed.',
  security: accountSecurity,
  middleware: mailAccount('imap'),
  request: { params: z.strictObject(messageParams) },
  responses: {
    200: {
      description: 'The message as RFC 5322 bytes.',
      content: { 'message/rfc822': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...problemAnswers(...messageKinds),
  },
});

const getPart = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}/parts/{partId}',
  operationId: 'getMessagePart',
  tags: ['IMAP'],
  summary: 'Get an attachment of a message in an IMAP folder',
  description: 'The part with its transfer encoding removed, streamed.',
  security: accountSecurity,
  middleware: mailAccount('imap'),
  request: {
    params: z.strictObject({
      ...messageParams,
      partId: z.string().openapi({ param: { name: 'partId', in: 'path' }, description: 'The `partId` of the part.' }),
    }),
  },
  responses: {
    200: {
      description: 'The bytes of the part, with its own Content-Type.',
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...problemAnswers(...messageKinds, 'part-not-found'),
  },
});

export const reading = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(getMessage, async (c) => {
    const { mailbox, id } = c.req.valid('param');
    const { fields, maxBodyBytes } = c.req.valid('query');
    const { stub, account } = await mailboxesOf(c);
    const name = messageOf(id);
    const labels = fields?.includes('labels') === true;
    const reply = await stub.message(account, mailboxOf(mailbox), name, { maxBodyBytes, labels });
    const timings = c.get('timings');
    const message = unwrapped(reply, timings);
    const email = await timed(timings, 'parse', async () =>
      emailOf(message, name.uidValidity, mailboxIdOf(message.mailboxPath), maxBodyBytes),
    );
    return c.json(picked(email, fields), 200, { ...privateAnswer, ETag: stateTagOf(message) });
  })
  .openapi(getRaw, async (c) => {
    const { mailbox, id } = c.req.valid('param');
    const { stub, account } = await mailboxesOf(c);
    const name = messageOf(id);
    const { body } = unwrapped(await stub.raw(account, mailboxOf(mailbox), name), c.get('timings'));
    const fileName = `${messageIdOf(name)}.eml`;
    return bytesResponse(c, { body, type: 'message/rfc822', name: fileName, etag: `"${messageIdOf(name)}"` });
  })
  .openapi(getPart, async (c) => {
    const { mailbox, id, partId } = c.req.valid('param');
    const { stub, account } = await mailboxesOf(c);
    const name = messageOf(id);
    const reply = await stub.part(account, mailboxOf(mailbox), name, partId);
    const { part, body } = unwrapped(reply, c.get('timings'));
    const decoded = body.pipeThrough(transferDecoder(part.encoding));
    const etag = `"${messageIdOf(name)}.${part.partId}"`;
    return bytesResponse(c, { body: decoded, type: contentTypeOf(part), name: part.name, etag });
  });
