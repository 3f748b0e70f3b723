/**
 * `POST …/messages/batch`: the same done to many messages at once.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { Failed, type Result } from '../../core/failure.ts';
import { problemOf } from '../../core/problem.ts';
import { requireScope } from '../../http/admission.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { refuseInvalid } from '../../http/validation.ts';
import type { ChangedMessage, MessageName } from '../answers.ts';
import { flagChangeOf, keywordsOf, messageIdOf, messageNameOf } from '../rules.ts';
import { BatchSchema, OutcomesSchema } from '../schema/changing.ts';
import { idempotencyKeyHeader, idempotencyKeyOf, keyProblems, refuseKey } from './idempotency-key.ts';
import { destinationOf, mailboxesOf, mailboxOf, mailboxParam, newEmailOf, previousOf } from './mailbox.ts';

/** One tag cannot be meant for all of them; ignoring it would change what was to be left alone. */
const noIfMatch: MiddlewareHandler<Gateway> = async (c, next) => {
  if (c.req.header('If-Match') !== undefined) {
    const message = 'It is for one message. Leave it out, or change the messages one at a time.';
    throw new Failed({ kind: 'request-invalid', errors: [{ in: 'header', field: 'If-Match', message }] });
  }
  await next();
};

const outcomes = { content: { 'application/json': { schema: OutcomesSchema } } };

const changeMessages = createRoute({
  method: 'post',
  path: '/v1/imap/mailboxes/{mailbox}/messages/batch',
  operationId: 'changeMessages',
  tags: ['IMAP'],
  summary: 'Mark, move, copy or delete many messages',
  description:
    'Each message has an outcome of its own, with what is known of it: when the connection is lost on the way, those that may or may not have been changed say so. What no message of this mailbox could be changed by is a problem, and nothing was changed. An `Idempotency-Key` is for `copyTo` alone.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('imap', 'as-the-body-says'), noIfMatch] as const,
  request: {
    params: z.strictObject({ mailbox: mailboxParam }),
    headers: idempotencyKeyHeader,
    body: { required: true, content: { 'application/json': { schema: BatchSchema } } },
  },
  responses: {
    200: { description: 'Done, with all of them.', ...outcomes },
    207: { description: 'Not with all of them: look at each outcome.', ...outcomes },
    ...problemAnswers(
      ...mailServerProblems,
      'mailbox-not-found',
      'state-gone',
      ...keyProblems,
      'already-in-trash',
      'unsupported-by-server',
      'permission-denied',
      'body-too-large',
      'media-type-unsupported',
    ),
  },
});

export const batch = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(changeMessages, async (c) => {
  const { ids, ...body } = c.req.valid('json');
  const change = changeOf(body);
  requireScope(c, c.get('account'), change.kind === 'delete' ? 'delete' : 'modify');
  if (change.kind !== 'copy')
    refuseKey(c, 'It is for copies. Leave it out: what was changed already is not changed again.');
  const key = idempotencyKeyOf(c);
  const named = ids.map((id) => ({ id, name: messageNameOf(id) }));
  const { stub, account } = await mailboxesOf(c);
  const names = named.flatMap(({ name }) => name ?? []);
  const mailbox = mailboxOf(c.req.valid('param').mailbox);
  const results = unwrapped(await stub.batch(account, mailbox, { names, change }, key), c.get('timings'));
  const byId = new Map(names.map((name, index) => [messageIdOf(name), results[index]]));
  // An id that cannot be one of ours names no message.
  const told = named.map(({ id, name }) => outcomeOf(id, name, byId.get(id) ?? missing));
  return c.json({ outcomes: told }, told.some(({ problem }) => problem !== undefined) ? 207 : 200, privateAnswer);
});

const missing = { ok: false, failure: { kind: 'message-not-found' } } as const;

type Body = Omit<z.output<typeof BatchSchema>, 'ids'>;

function changeOf({ patch, copyTo, delete: how }: Body) {
  if (copyTo !== undefined) return { kind: 'copy' as const, to: destinationOf(copyTo, 'copyTo') };
  if (how !== undefined) return { kind: 'delete' as const, permanent: how === 'permanent' };
  const { keywords, mailboxId } = patch ?? {};
  const mailbox = mailboxId === undefined ? null : destinationOf(mailboxId);
  return { kind: 'update' as const, keywords: flagChangeOf(keywords), mailbox };
}

function outcomeOf(id: string, name: MessageName | null, result: Result<ChangedMessage>) {
  if (!result.ok) {
    const problem = problemOf(result.failure);
    return { id, status: problem.status, problem };
  }
  const { now, flags, previous } = result.value;
  const before = previous === null ? {} : { previous: previousOf(previous) };
  if (now === null) return { id, status: 204, ...before };
  const { id: idNow, mailboxId } = newEmailOf(now).email;
  const isElsewhere = name === null || idNow !== id || previous?.mailboxPath !== now.mailboxPath;
  return {
    id,
    status: previous === null ? 201 : 200,
    ...(isElsewhere ? { newId: idNow } : {}),
    mailboxId,
    ...(flags === null ? {} : { keywords: keywordsOf(flags) }),
    ...before,
  };
}
