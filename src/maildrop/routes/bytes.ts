/**
 * `GET /v1/pop/messages/{id}/raw` and `/parts/{partId}`: the octets of a message. It stays on the server and is not marked.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Failed } from '../../core/failure.ts';
import { openPart } from '../../core/mime/read.ts';
import { conditionHeaders, converterOf, partQuery, unconvertible, wholeAnswers } from '../../http/bytes.ts';
import { type Asked, askedOf } from '../../http/conditions.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { problemAnswers } from '../../http/problems.ts';
import { bytesResponse, contentTypeOf, headResponse, notModifiedResponse } from '../../http/streaming.ts';
import { refuseInvalid } from '../../http/validation.ts';
import { idOf, isNamedForGood, type MessageName } from '../rules.ts';
import { idParam, maildropOf, messageOf, readingProblems } from './maildrop.ts';
import { lossTold, streamed } from './streamed.ts';

const getRaw = createRoute({
  method: 'get',
  path: '/v1/pop/messages/{id}/raw',
  operationId: 'getMaildropMessageRaw',
  tags: ['POP'],
  summary: 'Get one message of a POP3 mailbox as its original file',
  description:
    'Byte for byte as the server sends it, streamed. POP3 sends a message from its beginning alone, so there are no ranges, and its length is known at the end.',
  security: accountSecurity,
  middleware: mailAccount('pop3', 'read'),
  request: { params: z.strictObject({ id: idParam }), query: z.strictObject({}), headers: conditionHeaders },
  responses: {
    ...wholeAnswers('The message as RFC 5322 bytes.', 'message/rfc822'),
    ...readingProblems,
    ...problemAnswers('precondition-failed'),
  },
});

const getPart = createRoute({
  method: 'get',
  path: '/v1/pop/messages/{id}/parts/{partId}',
  operationId: 'getMaildropMessagePart',
  tags: ['POP'],
  summary: 'Get an attachment of a message in a POP3 mailbox',
  description: 'The part with its transfer encoding removed, streamed. There are no ranges.',
  security: accountSecurity,
  middleware: mailAccount('pop3', 'read'),
  request: {
    params: z.strictObject({
      id: idParam,
      partId: z.string().openapi({ param: { name: 'partId', in: 'path' }, description: 'The `partId` of the part.' }),
    }),
    query: partQuery,
    headers: conditionHeaders,
  },
  responses: {
    ...wholeAnswers('The bytes of the part, with its own Content-Type.', 'application/octet-stream'),
    ...readingProblems,
    ...problemAnswers(
      'message-not-found',
      'part-not-found',
      'precondition-failed',
      'unsupported-by-server',
      'charset-unsupported',
    ),
  },
});

/** What can name a part at all; nothing else reaches a header. */
const isPartId = (text: string): boolean => /^[1-9]\d{0,4}(\.[1-9]\d{0,4})*$/.test(text);

/** Fails with `message-not-found`. */
async function find(c: Context<Gateway>, messageId: string): Promise<void> {
  const { stub, account } = await maildropOf(c);
  unwrapped(await stub.find(account, messageOf(messageId)), c.get('timings'));
}

/** Null where the same address may mean another message later: then nobody may keep what it answers. */
const etagOf = (name: MessageName, part = ''): string | null =>
  isNamedForGood(name) ? `"${idOf(name)}${part}"` : null;

export const bytes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(getRaw, async (c) => {
    const { id: messageId } = c.req.valid('param');
    const etag = etagOf(messageOf(messageId));
    const head = { type: 'message/rfc822', name: `${messageId}.eml`, etag, offersRanges: false };
    const asked = askedOf(c, etag, false);
    if (asked.kind !== 'whole') await find(c, messageId);
    if (isUnmodified(asked)) return notModifiedResponse(c, etag);
    if (asked.kind === 'head') return headResponse(c, head, null);
    const { body } = await streamed(c, messageId);
    return bytesResponse(c, head, { body, length: null, extent: null });
  })
  .openapi(getPart, async (c) => {
    const { id: messageId, partId } = c.req.valid('param');
    const { charset } = c.req.valid('query');
    if (!isPartId(partId)) throw new Failed({ kind: 'part-not-found' });
    const etag = etagOf(messageOf(messageId), charset === undefined ? `.${partId}` : `.${partId}.${charset}`);
    const asked = askedOf(c, etag, false);
    if (asked.kind === 'not-modified' || asked.kind === 'precondition-failed') await find(c, messageId);
    if (isUnmodified(asked)) return notModifiedResponse(c, etag);
    const { body } = await streamed(c, messageId);
    const opened = await openPart(lossTold(body), partId);
    if (opened === null) throw new Failed({ kind: 'part-not-found' });
    const { part } = opened;
    const converter = charset === undefined ? null : converterOf(part);
    if (charset !== undefined && converter === null) {
      await opened.body.cancel();
      throw unconvertible(part);
    }
    const type = contentTypeOf(charset === undefined ? part : { type: part.type, charset });
    const head = { type, name: part.name, etag, offersRanges: false };
    const content = converter === null ? opened.body : opened.body.pipeThrough(converter);
    if (asked.kind !== 'head') return bytesResponse(c, head, { body: content, length: null, extent: null });
    await content.cancel();
    return headResponse(c, head, null);
  });

/** Fails as a precondition does that does not hold. */
function isUnmodified({ kind }: Asked): boolean {
  if (kind === 'precondition-failed') throw new Failed({ kind });
  return kind === 'not-modified';
}
