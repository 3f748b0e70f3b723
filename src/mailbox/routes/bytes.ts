/**
 * `GET …/messages/{id}/raw` and `/parts/{partId}`: the octets of a message, all of them or a range. Reading never marks it as seen.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { lengthOf } from '../../core/byte-range.ts';
import { Failed } from '../../core/failure.ts';
import type { MimePart } from '../../core/mime/part.ts';
import { pieceDecoder } from '../../core/mime/piece.ts';
import { isEncoded } from '../../core/mime/transfer.ts';
import { converterOf, partQuery, rangeAnswers, rangeHeaders, unconvertible } from '../../http/bytes.ts';
import { type Asked, askedOf } from '../../http/conditions.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import {
  type BytesHead,
  bytesResponse,
  contentTypeOf,
  headResponse,
  notModifiedResponse,
} from '../../http/streaming.ts';
import { refuseInvalid } from '../../http/validation.ts';
import type { BytesWish, MessageName, StreamedMessage } from '../answers.ts';
import { messageIdOf } from '../rules.ts';
import { idParam, mailboxesOf, mailboxOf, mailboxParam, messageOf } from './mailbox.ts';

const messageParams = { mailbox: mailboxParam, id: idParam };
const kinds = [
  ...mailServerProblems,
  'mailbox-not-found',
  'message-not-found',
  'state-gone',
  'precondition-failed',
  'range-not-satisfiable',
] as const;

const getRaw = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}/raw',
  operationId: 'getMessageRaw',
  tags: ['IMAP'],
  summary: 'Get one message of an IMAP folder as its original file',
  description:
    'Byte for byte as the server has it, streamed. A download that broke off is resumed with `Range` and `If-Range`. Whether the message is still there is asked before a 304 or 412 too.',
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: { params: z.strictObject(messageParams), query: z.strictObject({}), headers: rangeHeaders },
  responses: {
    ...rangeAnswers('The message as RFC 5322 bytes.', 'message/rfc822'),
    ...problemAnswers(...kinds),
  },
});

const getPart = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}/parts/{partId}',
  operationId: 'getMessagePart',
  tags: ['IMAP'],
  summary: 'Get an attachment of a message in an IMAP folder',
  description:
    'The part with its transfer encoding removed, streamed. The first range of a part in base64 or quoted-printable has the part read through once on the server side; if that takes too long, the answer is 200 with all of it. `Content-Length` is missing where the length is known at the end alone.',
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: {
    params: z.strictObject({
      ...messageParams,
      partId: z.string().openapi({ param: { name: 'partId', in: 'path' }, description: 'The `partId` of the part.' }),
    }),
    query: partQuery,
    headers: rangeHeaders,
  },
  responses: {
    ...rangeAnswers('The bytes of the part, with its own Content-Type.', 'application/octet-stream'),
    ...problemAnswers(...kinds, 'part-not-found', 'charset-unsupported'),
  },
});

/** Null without a UIDVALIDITY, when the same address may mean another message later: then nobody may keep what it answers. */
const etagOf = (name: MessageName, part = ''): string | null =>
  name.uidValidity === 0 ? null : `"${messageIdOf(name)}${part}"`;

export const bytes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(getRaw, async (c) => {
    const { mailbox, id } = c.req.valid('param');
    const { stub, account } = await mailboxesOf(c);
    const name = messageOf(id);
    const etag = etagOf(name);
    const asked = askedOf(c, etag, true);
    const served = unwrapped(await stub.raw(account, mailboxOf(mailbox), name, wishOf(asked)), c.get('timings'));
    const head = { type: 'message/rfc822', name: `${messageIdOf(name)}.eml`, etag, offersRanges: true };
    return answer(c, asked, head, served, served.body);
  })
  .openapi(getPart, async (c) => {
    const { mailbox, id, partId } = c.req.valid('param');
    const { charset } = c.req.valid('query');
    const { stub, account } = await mailboxesOf(c);
    const name = messageOf(id);
    const offersRanges = charset === undefined;
    const etag = etagOf(name, charset === undefined ? `.${partId}` : `.${partId}.${charset}`);
    const asked = askedOf(c, etag, offersRanges);
    // How long the converted text is nobody knows.
    const wish = asked.kind === 'head' && !offersRanges ? ({ kind: 'presence' } as const) : wishOf(asked);
    const reply = await stub.part(account, mailboxOf(mailbox), name, partId, wish);
    const served = unwrapped(reply, c.get('timings'));
    const { part } = served;
    const body = decoded(part, served);
    const head = { type: contentTypeOf(part), name: part.name, etag, offersRanges };
    if (charset === undefined) return answer(c, asked, head, served, body);
    const converter = converterOf(part);
    if (converter === null) {
      await body?.cancel();
      throw unconvertible(part);
    }
    const converted = { ...head, type: contentTypeOf({ type: part.type, charset }) };
    return answer(c, asked, converted, { ...served, length: null }, body?.pipeThrough(converter) ?? null);
  });

/** A 304 and a 412 are for what is there, and nothing of it is read for them. */
function wishOf(asked: Asked): BytesWish {
  switch (asked.kind) {
    case 'precondition-failed':
    case 'not-modified':
      return { kind: 'presence' };
    case 'head':
      return { kind: 'length' };
    case 'whole':
      return { kind: 'whole' };
    case 'range':
      return asked;
  }
}

function decoded({ encoding }: MimePart, { body, extent, skip }: StreamedMessage): ReadableStream<Uint8Array> | null {
  if (body === null || !isEncoded(encoding)) return body;
  return body.pipeThrough(pieceDecoder(encoding, skip, extent === null ? null : lengthOf(extent)));
}

function answer(
  c: Context,
  asked: Asked,
  head: BytesHead,
  { length, extent }: Pick<StreamedMessage, 'length' | 'extent'>,
  body: ReadableStream<Uint8Array> | null,
): Response {
  if (asked.kind === 'precondition-failed') throw new Failed({ kind: 'precondition-failed' });
  if (asked.kind === 'not-modified') return notModifiedResponse(c, head.etag);
  return body === null ? headResponse(c, head, length) : bytesResponse(c, head, { body, length, extent });
}
