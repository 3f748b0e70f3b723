/**
 * What does every answer carry, whatever it answers?
 *
 * A request id, the times, what browsers have to know, and a line in the log that names the route and never the path: ids and names are
 * in paths.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { nobody } from '../core/caller.ts';
import { within } from '../core/deadline.ts';
import { limits } from '../core/limits.ts';
import { logEvent } from '../core/log.ts';
import type { Timings } from '../core/reply.ts';
import type { Gateway } from './context.ts';
import { missingSecurityHeaders } from './security-headers.ts';

/** Gives each answer its times and its line in the log. */
export const answered: MiddlewareHandler<Gateway> = async (c, next) => {
  const start = Date.now();
  c.set('timings', {});
  c.set('caller', nobody);
  await next();
  const elapsedMs = Date.now() - start;
  // Again: a 304 keeps few of the headers that were set before it.
  c.header('X-Request-Id', c.get('requestId'));
  c.header('Server-Timing', serverTimingOf(c.get('timings'), elapsedMs));
  const development = c.env.DEVELOPMENT === 'true';
  for (const [name, value] of missingSecurityHeaders(c.res.headers, development)) c.header(name, value);
  const { method } = c.req;
  logEvent('request.answered', {
    requestId: c.get('requestId'),
    caller: c.get('caller').label,
    method,
    route: routeOf(c),
    status: c.res.status,
    elapsedMs,
  });
};

/** The head of the answer is there in time, or `deadline-exceeded` is. A stream may go on for longer. */
export const withinTime: MiddlewareHandler<Gateway> = (_c, next) => within(limits.requestMs, 'request', next());

export const routeOf = (c: Context): string => routePath(c, -1);

/** W3C Server-Timing. */
const serverTimingOf = (timings: Timings, totalMs: number): string =>
  Object.entries({ ...timings, total: totalMs })
    .map(([phase, ms]) => `${phase};dur=${ms}`)
    .join(', ');
