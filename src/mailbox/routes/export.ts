/**
 * `GET …/export`: the messages of a mailbox or of a search, streamed, as lines of JSON or as an mbox file.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { byteStreamOf } from '../../core/byte-stream.ts';
import { gathered } from '../../core/gathered.ts';
import { limits } from '../../core/limits.ts';
import { mboxOf } from '../../core/mbox.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { linkToNext, namedByCursor } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { savedHeaders } from '../../http/streaming.ts';
import { refuseInvalid, wholeNumber } from '../../http/validation.ts';
import type { ExportedMessage } from '../export/frames.ts';
import { cursorOf, mailboxLines } from '../export/ndjson.ts';
import { messageNameOf } from '../rules.ts';
import { ExportLineSchema } from '../schema/export.ts';
import { queryParameter } from '../schema/search.ts';
import { conditionIn } from './finding.ts';
import { mailboxesOf, mailboxOf, mailboxParam } from './mailbox.ts';

/** Each line is one of these. Typed loosely: the router takes every media type that ends in `json` for one JSON value. */
const lines = (schema: typeof ExportLineSchema): Record<string, { schema: z.ZodType }> => ({
  'application/x-ndjson': { schema },
  'application/mbox': { schema: z.string().openapi({ format: 'binary' }) },
});

const types = { ndjson: 'application/x-ndjson', mbox: 'application/mbox' } as const;

const exportMailbox = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/export',
  operationId: 'exportMailbox',
  tags: ['IMAP'],
  summary: 'Export the messages of an IMAP folder, or of a search in it',
  description:
    'Oldest first, byte for byte, streamed. `ndjson`: how many there are, a line for each message with its SHA-256, and `end` last; without that line the stream was cut, and the `id` of the last message line is the `cursor` to go on from. What is expunged meanwhile has a line of type `error`. `mbox`: a file in the variant mboxrd; what is expunged meanwhile is left out, and a stream that is cut ends without its last chunk. Get it in pieces with `limit`: `Link` leads to the next, and pieces put one behind the other are one mbox file. The last `id` given later brings what has arrived since.',
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: {
    params: z.strictObject({ mailbox: mailboxParam }),
    query: z.strictObject({
      format: z.enum(['ndjson', 'mbox'], { message: 'Give ndjson or mbox.' }).default('ndjson'),
      cursor: z
        .string()
        .optional()
        .openapi({ description: 'The `id` of the last message that you have: what comes behind it.' }),
      q: queryParameter,
      limit: wholeNumber(1, limits.exportMessages)
        .optional()
        .openapi({ description: 'How many messages at most; all of them when it is left out.' }),
    }),
  },
  responses: {
    200: {
      description: 'The messages.',
      headers: z.object({
        'Export-Count': z.string().describe('How many messages this answer holds.'),
        'Export-Total': z
          .string()
          .describe('How many the mailbox holds, or the search finds, those before the cursor included.'),
        Link: z.string().optional().describe('`rel="next"`, when `limit` left some out.'),
      }),
      content: lines(ExportLineSchema),
    },
    ...problemAnswers(
      ...mailServerProblems,
      'mailbox-not-found',
      'state-gone',
      'unsupported-by-server',
      'search-too-broad',
    ),
  },
});

export const exporting = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(exportMailbox, async (c) => {
  const { format, cursor, q, limit } = c.req.valid('query');
  const { stub, account } = await mailboxesOf(c);
  const request = {
    after: namedByCursor(cursor, messageNameOf),
    condition: conditionIn(q),
    limit: limit ?? null,
    withBody: c.req.method !== 'HEAD',
  };
  const reply = await stub.export(account, mailboxOf(c.req.valid('param').mailbox), request);
  const { body, ...mailbox } = unwrapped(reply, c.get('timings'));
  const headers = {
    ...savedHeaders(types[format], `${mailbox.mailboxPath}.${format}`),
    'Export-Count': String(mailbox.count),
    'Export-Total': String(mailbox.total),
    ...linkToNext(c.req.url, cursorOf(mailbox)),
  };
  if (body === null) return c.body(null, 200, headers);
  const pieces =
    format === 'mbox' ? mboxOf<ExportedMessage>(body, ({ receivedAt }) => receivedAt) : mailboxLines(body, mailbox);
  return c.body(byteStreamOf(gathered(pieces)), 200, headers);
});
