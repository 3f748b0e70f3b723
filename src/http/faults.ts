/**
 * What is answered when a route did not?
 */
import type { ErrorHandler, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { Failed, type MailFailure } from '../core/failure.ts';
import { crashOf, logEvent } from '../core/log.ts';
import { routeOf } from './answered.ts';
import type { Gateway } from './context.ts';
import { problemResponse } from './problems.ts';

/** A failure that was thrown becomes its problem; anything else thrown is a fault of ours. */
export const answerError: ErrorHandler<Gateway> = (error, c) => {
  if (error instanceof Failed) return problemResponse(c, error.failure);
  if (error instanceof HTTPException && error.status === 400) return problemResponse(c, malformedBody);
  const { method } = c.req;
  logEvent('request.crashed', { requestId: c.get('requestId'), method, route: routeOf(c), ...crashOf(error) });
  return problemResponse(c, { kind: 'internal' });
};

const malformedBody: MailFailure = {
  kind: 'request-invalid',
  errors: [{ in: 'body', field: 'body', message: 'Send one JSON object, well-formed.' }],
};

export const isJson = (contentType: string | undefined): boolean =>
  /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '');

/** Where a body is JSON, it has to say so; the validator would take any other for an empty one. */
export const jsonBody: MiddlewareHandler<Gateway> = async (c, next) => {
  const type = c.req.header('Content-Type');
  const isEmpty = Number(c.req.header('Content-Length') ?? 0) === 0 && c.req.header('Transfer-Encoding') === undefined;
  if (!isJson(type) && (type !== undefined || !isEmpty)) {
    throw new Failed({ kind: 'media-type-unsupported', expected: 'application/json' });
  }
  await next();
};
