/**
 * `POST /v1/pop/prune`: a copy stays on the server for some days, or some messages long.
 */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { problemOf } from '../../core/problem.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { refuseInvalid } from '../../http/validation.ts';
import type { PrunedMessage } from '../answers.ts';
import { idOf, serversUidl } from '../rules.ts';
import { PrunedSchema, PruneRequestSchema } from '../schema/prune.ts';
import { maildropOf } from './maildrop.ts';

const prune = createRoute({
  method: 'post',
  path: '/v1/pop/prune',
  operationId: 'pruneMaildrop',
  tags: ['POP'],
  summary: 'Delete old messages from a POP3 mailbox',
  description:
    'What is older than `olderThanDays`, or all but the newest (`keepNewest`); with both a message goes only when both say so. For good, and without asking whether anybody has downloaded it: try it with `dryRun` first. Safe to repeat.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('pop3', 'delete')] as const,
  request: { body: { required: true, content: { 'application/json': { schema: PruneRequestSchema } } } },
  responses: {
    200: {
      description: 'What was deleted, or would be.',
      content: { 'application/json': { schema: PrunedSchema } },
    },
    ...problemAnswers(
      ...mailServerProblems,
      'body-too-large',
      'media-type-unsupported',
      'unsupported-by-server',
      'maildrop-locked',
    ),
  },
});

export const pruning = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(prune, async (c) => {
  const { olderThanDays = null, keepNewest = null, dryRun } = c.req.valid('json');
  const { stub, account } = await maildropOf(c);
  const reply = await stub.prune(account, { olderThanDays, keepNewest, dryRun });
  const { messages, notDeleted, kept, hasMore } = unwrapped(reply, c.get('timings'));
  const pruned = {
    messages: messages.map(prunedJson),
    deleted: dryRun ? 0 : messages.length,
    kept,
    notDeleted: notDeleted.map(({ message, failure }) => ({ ...prunedJson(message), problem: problemOf(failure) })),
    hasMore,
  };
  return c.json(pruned, 200, privateAnswer);
});

const prunedJson = (message: PrunedMessage) => ({
  id: idOf(message),
  uidl: serversUidl(message),
  size: message.size,
  date: message.dated?.date ?? null,
  datedBy: message.dated?.datedBy ?? null,
});
