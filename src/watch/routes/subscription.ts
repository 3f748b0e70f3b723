/**
 * `/v1/subscriptions/{id}`: how it stands, another choice, its end, and another secret.
 */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { utcDateOf } from '../../core/utc-date.ts';
import { requireScope } from '../../http/admission.ts';
import type { Gateway } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { unkeptAnswer } from '../../http/pages.ts';
import { problemAnswers } from '../../http/problems.ts';
import { refuseInvalid } from '../../http/validation.ts';
import {
  SecretRequestSchema,
  SecretSchema,
  SubscriptionChangeSchema,
  SubscriptionSchema,
} from '../schema/subscription.ts';
import { bodyProblems, settingProblems, subscriptionParams, watchProblems } from './problems.ts';
import { settingsGiven } from './settings-given.ts';
import { requireSigningSecret } from './signing-secret.ts';
import { subscriptionJson } from './subscription-json.ts';
import { askedOf } from './watchers.ts';

const params = subscriptionParams;
const path = '/v1/subscriptions/{id}';

const getSubscription = createRoute({
  method: 'get',
  path,
  operationId: 'getSubscription',
  tags: ['Webhooks'],
  summary: 'See how a webhook subscription stands',
  description:
    'What was chosen, when the account was looked at, what is wrong if anything is, and what waits to be sent.',
  security: accountSecurity,
  middleware: mailAccount('any', 'subscribe'),
  request: { params },
  responses: {
    200: { description: 'The subscription.', content: { 'application/json': { schema: SubscriptionSchema } } },
    ...problemAnswers(...watchProblems),
  },
});

const updateSubscription = createRoute({
  method: 'patch',
  path,
  operationId: 'updateSubscription',
  tags: ['Webhooks'],
  summary: 'Change, pause or resume a webhook subscription',
  description:
    'What is left out stays as it is; null puts it back to what it is when nothing is said. `include` is replaced as a whole. Mailboxes that are new in it begin now; the others go on where they were. It goes on looking with the credential that it was made with, unless `renewCredential` is true. A capsule that it does not end with changes its settings only so.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('any', 'subscribe')] as const,
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: SubscriptionChangeSchema } } },
  },
  responses: {
    200: {
      description: 'The subscription as it is now.',
      content: { 'application/json': { schema: SubscriptionSchema } },
    },
    ...problemAnswers(...settingProblems, 'subscription-ended'),
  },
});

const deleteSubscription = createRoute({
  method: 'delete',
  path,
  operationId: 'deleteSubscription',
  tags: ['Webhooks'],
  summary: 'End a webhook subscription',
  description:
    'Nothing more is sent, and nothing of it is kept: its credential, its secrets and its deliveries are erased.',
  security: accountSecurity,
  middleware: mailAccount('any', 'subscribe'),
  request: { params },
  responses: { 204: { description: 'It is gone.' }, ...problemAnswers(...watchProblems) },
});

const addSigningSecret = createRoute({
  method: 'post',
  path: `${path}/secrets`,
  operationId: 'addSigningSecret',
  tags: ['Webhooks'],
  summary: 'Change the signing secret of a webhook',
  description:
    'Events are signed with the new secret at once, and with those before it for a while: a receiver takes whichever signature it knows (Standard Webhooks), so that none is refused while you change it over. Not for a capsule that the subscription does not end with.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('any', 'subscribe')] as const,
  request: { params, body: { required: false, content: { 'application/json': { schema: SecretRequestSchema } } } },
  responses: {
    201: { description: 'The new secret.', content: { 'application/json': { schema: SecretSchema } } },
    ...problemAnswers(...watchProblems, ...bodyProblems),
  },
});

export const subscription = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(getSubscription, async (c) => {
    const { id } = c.req.valid('param');
    const told = await askedOf(c, (watcher, caller) => watcher.get(caller, id));
    return c.json(subscriptionJson(told), 200, unkeptAnswer);
  })
  .openapi(updateSubscription, async (c) => {
    const { id } = c.req.valid('param');
    const { status, renewCredential, ...fields } = c.req.valid('json');
    const account = c.get('account');
    requireScope(c, account, 'read');
    const settings = settingsGiven(c.env, account.server.protocol, fields);
    const change = { settings, renewsCredential: renewCredential, ...(status === undefined ? {} : { status }) };
    const told = await askedOf(c, (watcher, caller) => watcher.update(caller, id, change));
    return c.json(subscriptionJson(told), 200, unkeptAnswer);
  })
  .openapi(deleteSubscription, async (c) => {
    const { id } = c.req.valid('param');
    await askedOf(c, (watcher, caller) => watcher.erase(caller, id));
    return c.body(null, 204, { 'Cache-Control': 'no-store' });
  })
  .openapi(addSigningSecret, async (c) => {
    const { id } = c.req.valid('param');
    const { secret = null, keepOldSeconds = limits.oldSecretSeconds } = c.req.valid('json');
    requireSigningSecret(secret);
    const wish = { secret, othersUntilMs: Date.now() + keepOldSeconds * 1000 };
    const added = await askedOf(c, (watcher, caller) => watcher.addSecret(caller, id, wish));
    return c.json({ secret: added.secret, othersUntil: utcDateOf(added.othersUntilMs) }, 201, unkeptAnswer);
  });
