/**
 * `…/test`, `…/deliveries`, `…/replay`: try it out, see what became of events, and have them sent again.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import type { Gateway } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { linkToNext, namedByCursor, unkeptAnswer } from '../../http/pages.ts';
import { problemAnswers } from '../../http/problems.ts';
import { refuseInvalid, wholeNumber } from '../../http/validation.ts';
import { deliveryStatuses } from '../delivery/delivery.ts';
import {
  AttemptSchema,
  DeliveryPageSchema,
  DeliverySchema,
  ReplayedSchema,
  ReplayRequestSchema,
} from '../schema/delivery.ts';
import { attemptJson, deliveryJson } from './delivery-json.ts';
import { bodyProblems, idParam, subscriptionParams, watchProblems } from './problems.ts';
import { askedOf } from './watchers.ts';

const params = subscriptionParams;
const path = '/v1/subscriptions/{id}';
const ofWebhook = { tags: ['Webhooks'], security: accountSecurity };

const testSubscription = createRoute({
  ...ofWebhook,
  method: 'post',
  path: `${path}/test`,
  operationId: 'testSubscription',
  summary: 'Send a test event to a webhook',
  description:
    'Sends an event of type `subscription.test`, signed like any other, now and once, and tells what became of it. It is not kept, and not tried again.',
  middleware: mailAccount('any', 'subscribe'),
  request: { params },
  responses: {
    200: {
      description: 'It was tried; `failure` says whether it arrived.',
      content: { 'application/json': { schema: AttemptSchema } },
    },
    ...problemAnswers(...watchProblems, 'subscription-ended'),
  },
});

const listDeliveries = createRoute({
  ...ofWebhook,
  method: 'get',
  path: `${path}/deliveries`,
  operationId: 'listDeliveries',
  summary: 'See what became of the events of a webhook',
  description: `Newest first, with all that was tried and how it was answered. They are kept for ${limits.deliveriesKeptMs / 86_400_000} days after their end. \`status=dead\` lists what was given up.`,
  middleware: mailAccount('any', 'subscribe'),
  request: {
    params,
    query: z.strictObject({
      limit: wholeNumber(1, limits.pageMessages)
        .default(limits.pageMessagesDefault)
        .openapi({ description: 'How many at most.' }),
      cursor: z.string().optional().openapi({ description: 'The `nextCursor` of the page before.' }),
      status: z
        .enum(deliveryStatuses, { message: `Give one of ${deliveryStatuses.join(', ')}.` })
        .optional()
        .openapi({ description: 'Only those that are so.' }),
    }),
  },
  responses: {
    200: {
      description: 'One page of them.',
      headers: z.object({ Link: z.string().optional().describe('`rel="next"`, when there is a next page.') }),
      content: { 'application/json': { schema: DeliveryPageSchema } },
    },
    ...problemAnswers(...watchProblems),
  },
});

const replayDelivery = createRoute({
  ...ofWebhook,
  method: 'post',
  path: `${path}/deliveries/{deliveryId}/replay`,
  operationId: 'replayDelivery',
  summary: 'Send an event to a webhook again',
  description:
    'With the same id, and the message as it is in the mailbox now. It is tried as often as a new one, whatever became of it before.',
  middleware: mailAccount('any', 'subscribe'),
  request: {
    params: z.strictObject({
      id: idParam,
      deliveryId: z
        .string()
        .openapi({ param: { name: 'deliveryId', in: 'path' }, description: 'The `id` of the delivery.' }),
    }),
  },
  responses: {
    202: { description: 'It is on its way.', content: { 'application/json': { schema: DeliverySchema } } },
    ...problemAnswers(
      ...watchProblems,
      'delivery-not-found',
      'message-not-found',
      'mailbox-not-found',
      'state-gone',
      'subscription-ended',
    ),
  },
});

const replayDeliveries = createRoute({
  ...ofWebhook,
  method: 'post',
  path: `${path}/replay`,
  operationId: 'replayDeliveries',
  summary: 'Send the events of some time again',
  description: `All that were noticed in this time and are kept still, oldest first and ${limits.replayedEvents} at most, each with the same id and with the message as it is now; of one that is gone, or cannot be read in time, what is kept of it is sent. When \`count\` is ${limits.replayedEvents}, there may be more: call again for the time behind.`,
  middleware: [jsonBody, mailAccount('any', 'subscribe')] as const,
  request: { params, body: { required: true, content: { 'application/json': { schema: ReplayRequestSchema } } } },
  responses: {
    202: { description: 'They are on their way.', content: { 'application/json': { schema: ReplayedSchema } } },
    ...problemAnswers(...watchProblems, ...bodyProblems, 'subscription-ended'),
  },
});

export const deliveries = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(testSubscription, async (c) => {
    const { id } = c.req.valid('param');
    const attempt = await askedOf(c, (watcher, caller) => watcher.test(caller, id));
    return c.json(attemptJson(attempt), 200, unkeptAnswer);
  })
  .openapi(listDeliveries, async (c) => {
    const { id } = c.req.valid('param');
    const { limit, cursor, status = null } = c.req.valid('query');
    const request = { limit, before: namedByCursor(cursor, seqOf), status };
    const page = await askedOf(c, (watcher, caller) => watcher.deliveries(caller, id, request));
    const nextCursor = page.nextBefore === null ? null : String(page.nextBefore);
    const told = { deliveries: page.deliveries.map(deliveryJson), nextCursor };
    return c.json(told, 200, { ...unkeptAnswer, ...linkToNext(c.req.url, nextCursor) });
  })
  .openapi(replayDelivery, async (c) => {
    const { id, deliveryId } = c.req.valid('param');
    const delivery = await askedOf(c, (watcher, caller) => watcher.replay(caller, id, deliveryId));
    return c.json(deliveryJson(delivery), 202, unkeptAnswer);
  })
  .openapi(replayDeliveries, async (c) => {
    const { id } = c.req.valid('param');
    const { from, to, status = null } = c.req.valid('json');
    const range = { fromMs: Date.parse(from), toMs: Date.parse(to), status };
    const replayed = await askedOf(c, (watcher, caller) => watcher.replayRange(caller, id, range));
    return c.json({ count: replayed.count }, 202, unkeptAnswer);
  });

/** The place of the last one that was seen, among all of the account. */
const seqOf = (text: string): number | null => (/^[1-9]\d{0,14}$/.test(text) ? Number(text) : null);
