/**
 * `POST /v1/consolidations`: several maildrops into one mailbox.
 */
import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Account, toMessage } from '../core/account.ts';
import { byteStreamOf } from '../core/byte-stream.ts';
import { Failed, type FieldError, type MailFailure } from '../core/failure.ts';
import { objectNameOf } from '../http/account-object.ts';
import { type Gateway, unwrapped } from '../http/context.ts';
import { jsonBody } from '../http/faults.ts';
import { callerSecurity } from '../http/operation.ts';
import { mailServerProblems, problemAnswers } from '../http/problems.ts';
import { openedState, sealedState } from '../http/state.ts';
import { refuseInvalid } from '../http/validation.ts';
import { mailboxNameOf } from '../mailbox/rules.ts';
import { accountsOf } from './accounts.ts';
import { Consolidation, type Destination, type Source } from './consolidate.ts';
import { ConsolidationLineSchema, ConsolidationRequestSchema } from './schema.ts';

/** Each line is one of these. Typed loosely: the router takes every media type that ends in `json` for one JSON value. */
const lines = (schema: typeof ConsolidationLineSchema): Record<string, { schema: typeof ConsolidationLineSchema }> => ({
  'application/x-ndjson': { schema },
});

const consolidate = createRoute({
  method: 'post',
  path: '/v1/consolidations',
  operationId: 'consolidateMaildrops',
  tags: ['POP'],
  summary: 'Gather several POP3 mailboxes into one IMAP folder',
  description:
    'Each message is added to the mailbox, proven to be there octet for octet, and only then deleted from its maildrop; with `keep` it stays there. What was in the mailbox before may be the message itself, where the maildrop is another view of the mailbox: it is left unless `alreadyThere` says otherwise. Progress is told line by line, and `end` comes last. A problem instead of lines is about `into`; what is wrong with a maildrop is a line, and the others go on. It can be repeated at any time, also after a stream that was cut: no message is lost, and none is there twice. The accounts are named in the body, each by a capsule (`token`) or by server, user and credential, so there is no `Authorization`. A capsule in `from` has to allow reading, and deleting unless `keep` is set; one in `into` modifying.',
  security: callerSecurity,
  middleware: [jsonBody] as const,
  request: { body: { required: true, content: { 'application/json': { schema: ConsolidationRequestSchema } } } },
  responses: {
    200: { description: 'What is done, while it is done.', content: lines(ConsolidationLineSchema) },
    ...problemAnswers(
      ...mailServerProblems.filter((kind) => kind !== 'credentials-missing' && kind !== 'protocol-mismatch'),
      'mailbox-not-found',
      'unsupported-by-server',
      'body-too-large',
      'media-type-unsupported',
    ),
  },
});

export const consolidationRoutes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(
  consolidate,
  async (c) => {
    const request = c.req.valid('json');
    const { from, into } = await accountsOf(c, request);
    const sources = await sourcesOf(c, from, request.from);
    const destination = await destinationOf(c, into, request.into.mailboxId);
    const consolidation = new Consolidation(destination, {
      isKept: request.keep,
      isTrusted: request.alreadyThere === 'delete',
      limit: request.limit ?? Number.MAX_SAFE_INTEGER,
    });
    return c.body(byteStreamOf(encoded(consolidation.lines(sources))), 200, {
      'Content-Type': 'application/x-ndjson',
      'Cache-Control': 'no-store',
    });
  },
);

async function sourcesOf(
  { env }: Context<Gateway>,
  accounts: readonly Account[],
  fields: z.output<typeof ConsolidationRequestSchema>['from'],
): Promise<readonly Source[]> {
  const errors: FieldError[] = [];
  const sources = await Promise.all(
    accounts.map(async (account, index): Promise<Source> => {
      const text = fields[index]?.since;
      const since = text === undefined ? null : await openedState(env, account, text);
      const message = 'Give the state of this maildrop as it came.';
      if (text !== undefined && since === null) errors.push({ in: 'body', field: `from.${index}.since`, message });
      return {
        stub: env.MAILDROP.getByName(await objectNameOf(env, account)),
        account: toMessage(account),
        since,
        sealed: (state) => sealedState(env, account, state),
      };
    }),
  );
  if (errors.length > 0) throw new Failed({ kind: 'request-invalid', errors });
  return sources;
}

/** Looked at before any maildrop is opened: most of what can be wrong with it is wrong for all of them. */
async function destinationOf(c: Context<Gateway>, account: Account, mailboxId: string): Promise<Destination> {
  const mailbox = mailboxNameOf(mailboxId);
  if (mailbox === null) throw new Failed(noMailbox);
  const stub = c.env.MAILBOX.getByName(await objectNameOf(c.env, account));
  const message = toMessage(account);
  const reply = await stub.mailbox(message, mailbox, { size: false, myRights: false });
  if (!reply.result.ok && reply.result.failure.kind === 'mailbox-not-found') throw new Failed(noMailbox);
  if (!reply.result.ok && reply.result.failure.kind === 'mailbox-not-granted') throw new Failed(notGranted);
  unwrapped(reply, c.get('timings'));
  return { stub, account: message, mailbox };
}

const noMailbox: MailFailure = { kind: 'mailbox-not-found', field: 'mailboxId' };
const notGranted: MailFailure = { kind: 'mailbox-not-granted', field: 'into.mailboxId' };

async function* encoded(lines: AsyncGenerator<string, void, undefined>): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  for await (const line of lines) yield encoder.encode(line);
}
