/**
 * `GET /v1/pop/export`: the whole maildrop, streamed, as lines of JSON, an mbox file, a zip file or a manifest. Nothing is marked.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { byteStreamOf } from '../../core/byte-stream.ts';
import { gathered } from '../../core/gathered.ts';
import { limits } from '../../core/limits.ts';
import { mboxOf } from '../../core/mbox.ts';
import { HeaderFields } from '../../core/mime/fields.ts';
import { receivedAtIn } from '../../core/mime/received.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { linkToNext, namedByCursor } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { savedHeaders } from '../../http/streaming.ts';
import { refuseInvalid, wholeNumber } from '../../http/validation.ts';
import type { ExportNumbers } from '../export/frames.ts';
import { maildropLines } from '../export/lines.ts';
import { cursorOf } from '../export/told.ts';
import { zipOf } from '../export/zip.ts';
import { nameOf } from '../rules.ts';
import { MaildropExportLineSchema } from '../schema/export.ts';
import { maildropOf } from './maildrop.ts';

/** Each line is one of these. Typed loosely: the router takes every media type that ends in `json` for one JSON value. */
const contents = (schema: typeof MaildropExportLineSchema): Record<string, { schema: z.ZodType }> => ({
  'application/x-ndjson': { schema },
  'application/mbox': { schema: z.string().openapi({ format: 'binary' }) },
  'application/zip': { schema: z.string().openapi({ format: 'binary' }) },
});

type Format = 'ndjson' | 'mbox' | 'zip' | 'manifest';

const files: Readonly<Record<Format, { readonly type: string; readonly name: string }>> = {
  ndjson: { type: 'application/x-ndjson', name: 'maildrop.ndjson' },
  mbox: { type: 'application/mbox', name: 'maildrop.mbox' },
  zip: { type: 'application/zip', name: 'maildrop.zip' },
  manifest: { type: 'application/x-ndjson', name: 'maildrop-manifest.ndjson' },
};

const exportMaildrop = createRoute({
  method: 'get',
  path: '/v1/pop/export',
  operationId: 'exportMaildrop',
  tags: ['POP'],
  summary: 'Back up a POP3 mailbox',
  description:
    'Oldest first, byte for byte, streamed. Nothing is deleted, and nothing marked, as far as the server can give whole messages exactly without that. `ndjson`: how many there are, a line for each message with its SHA-256, and `end` last; without that line the stream was cut, and the `id` of the last message line is the `cursor` to go on from. `manifest`: the same without the messages, to hold a backup against the server. `mbox`: a file in the variant mboxrd. `zip`: a file for each message, `manifest.json` and `SHA256SUMS`, stored and not compressed. An mbox or zip file that is cut ends without its last chunk. A message that the server refuses has a line of type `error`, is under `missing` in the manifest of a zip file, and breaks an mbox file. Get it in pieces with `limit`: `Link` leads to the next. The last `id` given later brings what has arrived since, as long as that message is there; else the answer is 410.',
  security: accountSecurity,
  middleware: mailAccount('pop3', 'read'),
  request: {
    query: z.strictObject({
      format: z
        .enum(['ndjson', 'mbox', 'zip', 'manifest'], { message: 'Give ndjson, mbox, zip or manifest.' })
        .default('ndjson'),
      cursor: z
        .string()
        .optional()
        .openapi({ description: 'The `id` of the last message that you have: what comes behind it.' }),
      limit: wholeNumber(1, limits.exportMessages)
        .optional()
        .openapi({
          description: `How many messages at most. All of them when it is left out; a zip file holds ${limits.zipMessages}.`,
        }),
    }),
  },
  responses: {
    200: {
      description: 'The messages.',
      headers: z.object({
        'Export-Count': z.string().describe('How many messages this answer holds.'),
        'Export-Total': z.string().describe('How many the maildrop holds, those before the cursor included.'),
        Link: z.string().optional().describe('`rel="next"`, when `limit` left some out.'),
      }),
      content: contents(MaildropExportLineSchema),
    },
    ...problemAnswers(...mailServerProblems, 'state-gone', 'unsupported-by-server', 'maildrop-locked'),
  },
});

export const exporting = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(exportMaildrop, async (c) => {
  const { format, cursor, limit } = c.req.valid('query');
  const { stub, account } = await maildropOf(c);
  const request = {
    after: namedByCursor(cursor, nameOf),
    limit: limit ?? (format === 'zip' ? limits.zipMessages : null),
    withBody: c.req.method !== 'HEAD',
  };
  const { body, ...numbers } = unwrapped(await stub.export(account, request), c.get('timings'));
  const headers = {
    ...savedHeaders(files[format].type, files[format].name),
    'Export-Count': String(numbers.count),
    'Export-Total': String(numbers.total),
    ...linkToNext(c.req.url, cursorOf(numbers)),
  };
  if (body === null) return c.body(null, 200, headers);
  return c.body(byteStreamOf(gathered(piecesOf(format, body, numbers))), 200, headers);
});

function piecesOf(
  format: Format,
  body: ReadableStream<Uint8Array>,
  numbers: ExportNumbers,
): AsyncGenerator<Uint8Array | string, void, undefined> {
  switch (format) {
    case 'mbox':
      return mboxOf(body, (_, beginning) => receivedAtIn(new HeaderFields(beginning)));
    case 'zip':
      return zipOf(body, numbers);
    case 'ndjson':
    case 'manifest':
      return maildropLines(body, numbers, format);
  }
}
