/**
 * `POST /v1/pop/downloads`: messages, and the receipt with which they may be deleted. Nothing is changed.
 */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accountParts } from '../../core/account-parts.ts';
import { byteStreamOf } from '../../core/byte-stream.ts';
import { Failed, type FieldError } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { seal } from '../../core/seal.ts';
import { utcDateOf } from '../../core/utc-date.ts';
import { keyringOf } from '../../http/account-object.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { sealedState, stateGiven } from '../../http/state.ts';
import { refuseInvalid } from '../../http/validation.ts';
import { type Conclusion, type Covered, downloadLines } from '../download-lines.ts';
import { joinDigests, type MessageName, nameOf, uidlDigest } from '../rules.ts';
import { DownloadLineSchema, DownloadRequestSchema } from '../schema/download.ts';
import { octetsOf } from '../sync/state.ts';
import { bodyProblems, maildropOf } from './maildrop.ts';

/** Each line is one of these. Typed loosely: the router takes every media type that ends in `json` for one JSON value. */
const lines = (schema: typeof DownloadLineSchema): Record<string, { schema: typeof DownloadLineSchema }> => ({
  'application/x-ndjson': { schema },
});

const download = createRoute({
  method: 'post',
  path: '/v1/pop/downloads',
  operationId: 'downloadMaildrop',
  tags: ['POP'],
  summary: 'Download messages from a POP3 mailbox',
  description: `Oldest first, one JSON object a line, the receipt last. Nothing is deleted: that happens when the receipt is sent back.

A message that cannot be had has a line of type \`error\` in its place, and the others come. It is the oldest again next time: name it in
\`skip\` to get past it. When the mail server is lost on the way, an
error line says so and the receipt follows, for what came complete before. A stream that ends without a receipt was cut: download
again, and name in \`have\` what came whole, so that it is not sent twice.

To leave everything on the server and to get only what is new each time, give the \`state\` of the last receipt line as \`since\`.`,
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('pop3', 'read')] as const,
  request: { body: { required: true, content: { 'application/json': { schema: DownloadRequestSchema } } } },
  responses: {
    200: {
      description: 'A line for each message, and the receipt.',
      content: lines(DownloadLineSchema),
    },
    ...problemAnswers(...mailServerProblems, ...bodyProblems, 'state-gone'),
  },
});

export const downloads = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(download, async (c) => {
  const { limit, maxBytes = null, format, since, ...ids } = c.req.valid('json');
  // Before anything is read: without a key there would be mail and no receipt for it.
  keyringOf(c.env);
  const have = namesIn('have', ids.have);
  const skip = namesIn('skip', ids.skip);
  const state = await stateGiven(c.env, c.get('account'), since, 'body');
  const { stub, account } = await maildropOf(c);
  const reply = await stub.download(account, { limit, maxBytes, since: state, have, skip });
  const download = unwrapped(reply, c.get('timings'));
  const sent = downloadLines(download, { format, have: have.length }, (covered) => conclusionOf(c, covered));
  return c.body(byteStreamOf(sent), 200, {
    'Content-Type': 'application/x-ndjson',
    'Cache-Control': 'no-store',
  });
});

/** What messages these ids name, each once. Fails with `request-invalid` for what is no id. */
function namesIn(field: 'have' | 'skip', ids: readonly string[]): readonly MessageName[] {
  const names = new Map(ids.map((id) => [id, nameOf(id)]));
  const errors = ids.flatMap((id, index): FieldError[] =>
    names.get(id) === null
      ? [
          {
            in: 'body',
            field: `${field}.${index}`,
            message: 'Give the id of a message as a download or a listing gave it.',
          },
        ]
      : [],
  );
  if (errors.length > 0) throw new Failed({ kind: 'request-invalid', errors });
  return [...names.values()].filter((name) => name !== null);
}

async function conclusionOf(c: Context<Gateway>, { covered, known }: Covered): Promise<Conclusion> {
  const expiresAt = Math.floor(Date.now() / 1000) + limits.receiptSeconds;
  const account = c.get('account');
  const digests = joinDigests(await Promise.all(covered.map(uidlDigest)));
  return {
    receipt: await seal(keyringOf(c.env), 'receipt', accountParts(account), expiresAt, digests),
    state: await sealedState(c.env, account, octetsOf(known)),
    expiresAt: utcDateOf(expiresAt * 1000),
  };
}
