/**
 * `/v1/subscriptions` and `/v1/triggers`: news of a mail account, sent to webhooks or asked for.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Gateway } from '../../http/context.ts';
import { deliveries } from './deliveries.ts';
import { subscription } from './subscription.ts';
import { subscriptions } from './subscriptions.ts';
import { triggers } from './triggers.ts';

export { describeWebhooks } from './event-webhooks.ts';

export const watchRoutes = new OpenAPIHono<Gateway>()
  .route('/', subscriptions)
  .route('/', subscription)
  .route('/', deliveries)
  .route('/', triggers);
