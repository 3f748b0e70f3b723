/**
 * What is served where?
 *
 * Mounts the routes, and answers for all of them what is nobody's own: unknown paths, wrong methods, failures, request
 * ids and times. Imports in plain Node, so that the OpenAPI document can be made there.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { except } from 'hono/combine';
import { requestId } from 'hono/request-id';
import { accountRoutes } from './account/routes.ts';
import { consolidationRoutes } from './consolidation/routes.ts';
import { discoveryRoutes } from './discovery/routes.ts';
import { door } from './door/door.ts';
import { againstFloods } from './door/floods.ts';
import { crossOrigin } from './door/origins.ts';
import { answered, withinTime } from './http/answered.ts';
import { boundedBody, boundedHead } from './http/bounds.ts';
import type { Gateway, GatewayApp } from './http/context.ts';
import { answerError } from './http/faults.ts';
import { metered } from './http/metering.ts';
import { failureOfPath } from './http/methods.ts';
import { documentInfo, securitySchemes } from './http/operation.ts';
import { problemResponse } from './http/problems.ts';
import { type ServiceOptions, serviceRoutes } from './http/service.ts';
import { isUpload, mailboxRoutes } from './mailbox/routes/index.ts';
import { maildropRoutes } from './maildrop/routes/index.ts';
import { oauth2Routes } from './oauth2/routes.ts';
import { describeWebhooks, watchRoutes } from './watch/routes/index.ts';

export function createApp(options: ServiceOptions): GatewayApp {
  const app = new OpenAPIHono<Gateway>();
  // Whoever is refused has cost nothing, and is told so in an answer like any other: with an id, and readable to a page.
  app.use(requestId(), answered, crossOrigin, boundedHead, metered, againstFloods, door);
  // A message that is added is streamed, and bounded by its own route.
  app.use(except(isUpload, withinTime, boundedBody));
  app.route('/', accountRoutes);
  app.route('/', mailboxRoutes);
  app.route('/', maildropRoutes);
  app.route('/', consolidationRoutes);
  app.route('/', watchRoutes);
  app.route('/', discoveryRoutes);
  app.route('/', oauth2Routes);
  app.route('/', serviceRoutes(options));
  for (const [name, scheme] of Object.entries(securitySchemes)) {
    app.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  }
  describeWebhooks(app);
  app.doc31('/openapi.json', documentInfo);
  const failureOf = failureOfPath(app.routes);
  app.notFound((c) => problemResponse(c, failureOf(c.req.path)));
  app.onError(answerError);
  return app;
}
