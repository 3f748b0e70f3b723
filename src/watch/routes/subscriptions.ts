/**
 * `/v1/subscriptions`: have news sent to a webhook, and see what is subscribed to.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Failed } from '../../core/failure.ts';
import { requireScope } from '../../http/admission.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { originOf } from '../../http/origin.ts';
import { unkeptAnswer } from '../../http/pages.ts';
import { problemAnswers } from '../../http/problems.ts';
import { stateGiven } from '../../http/state.ts';
import { refuseInvalid } from '../../http/validation.ts';
import { NewSubscriptionSchema, SubscriptionRequestSchema, SubscriptionsSchema } from '../schema/subscription.ts';
import type { Settings } from '../subscription.ts';
import { settingProblems, watchProblems } from './problems.ts';
import { settingsOf } from './settings-given.ts';
import { requireSigningSecret } from './signing-secret.ts';
import { subscriptionJson } from './subscription-json.ts';
import { watchCallerOf, watchersOf } from './watchers.ts';

const createSubscription = createRoute({
  method: 'post',
  path: '/v1/subscriptions',
  operationId: 'createSubscription',
  tags: ['Webhooks'],
  summary: 'Send new mail to a webhook',
  description:
    'From now on events are sent to `url`, signed by Standard Webhooks, at least once each and always with the same id; mail that is there already never fires. The account is looked at once before this is answered. The credential of this request is kept for it, sealed, until the subscription is deleted or ends; with a capsule it ends when the capsule does. Whoever sends this may have read what is sent: `read` is needed besides `subscribe`.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('any', 'subscribe')] as const,
  request: { body: { required: true, content: { 'application/json': { schema: SubscriptionRequestSchema } } } },
  responses: {
    201: {
      description: 'The subscription, and the secret that its events are signed with.',
      headers: z.object({ Location: z.string() }),
      content: { 'application/json': { schema: NewSubscriptionSchema } },
    },
    ...problemAnswers(...settingProblems.filter((kind) => kind !== 'subscription-not-found'), 'subscriptions-full'),
  },
});

const listSubscriptions = createRoute({
  method: 'get',
  path: '/v1/subscriptions',
  operationId: 'listSubscriptions',
  tags: ['Webhooks'],
  summary: 'List the webhook subscriptions of a mail account',
  description:
    'Those that allow no more than this request may do: with a capsule for some mailboxes only the ones that were made for these.',
  security: accountSecurity,
  middleware: mailAccount('any', 'subscribe'),
  responses: {
    200: {
      description: 'What is subscribed to.',
      content: { 'application/json': { schema: SubscriptionsSchema } },
    },
    ...problemAnswers(...watchProblems.filter((kind) => kind !== 'subscription-not-found')),
  },
});

export const subscriptions = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(createSubscription, async (c) => {
    const { since, secret = null, ...fields } = c.req.valid('json');
    const account = c.get('account');
    requireScope(c, account, 'read');
    const settings = settingsOf(c.env, account.server.protocol, fields);
    requireSigningSecret(secret);
    requireOnePlace(since ?? null, settings);
    const wish = {
      settings,
      since: await stateGiven(c.env, account, since ?? undefined, 'body'),
      secret,
      origin: originOf(c.env.OAUTH2_ORIGIN, c.req.url),
    };
    const [newest] = await watchersOf(c);
    const made = unwrapped(await newest.create(watchCallerOf(c), wish), c.get('timings'));
    const told = { ...subscriptionJson(made.subscription), secret: made.secret };
    return c.json(told, 201, { ...unkeptAnswer, Location: `/v1/subscriptions/${made.subscription.id}` });
  })
  .openapi(listSubscriptions, async (c) => {
    const caller = watchCallerOf(c);
    const replies = await Promise.all((await watchersOf(c)).map((watcher) => watcher.list(caller)));
    const found = replies.flatMap((reply) => unwrapped(reply, c.get('timings')));
    const oldestFirst = found.toSorted((one, other) => one.createdAtMs - other.createdAtMs);
    return c.json({ subscriptions: oldestFirst.map(subscriptionJson) }, 200, unkeptAnswer);
  });

/** A state is that of one mailbox, or of a maildrop. */
function requireOnePlace(since: string | null, { mailboxes }: Settings): void {
  if (since === null || mailboxes === null || (mailboxes.length === 1 && !mailboxes.includes('*'))) return;
  const message = 'Name the one mailbox that this is the state of, or leave it out to begin now.';
  throw new Failed({ kind: 'request-invalid', errors: [{ in: 'body', field: 'since', message }] });
}
