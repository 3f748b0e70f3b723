/**
 * Which web pages may read our answers? (Fetch Standard §3.2)
 *
 * Those of the origins in ALLOWED_ORIGINS. It protects the users of browsers alone: any other program calls without asking. No answer
 * ever lets a page send cookies along: the only one that there is belongs to a sign-in, which is no page of somebody else.
 */
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Gateway } from '../http/context.ts';

/** `*`, exact origins, and `https://*.example.com` for whatever is below. */
export interface Origins {
  readonly any: boolean;
  readonly exact: ReadonlySet<string>;
  /** What an origin begins with, and what it ends with. */
  readonly below: readonly { readonly scheme: string; readonly suffix: string }[];
}

/** Reads ALLOWED_ORIGINS. Null when something in it is no origin as browsers spell them. */
export function parseOrigins(text: string): Origins | null {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
  const named = entries.filter((entry) => entry !== '*');
  // The star stands for one label or more; what is left has to be an origin as well.
  const isOrigin = (entry: string): boolean => {
    const plain = entry.replace('://*.', '://');
    if (plain.includes('*') || (plain !== entry && !/\/\/[^.]+\./.test(plain))) return false;
    return URL.canParse(plain) && new URL(plain).origin === plain && /^https?:$/.test(new URL(plain).protocol);
  };
  if (!named.every(isOrigin)) return null;
  return {
    any: named.length < entries.length,
    exact: new Set(named.filter((entry) => !entry.includes('*'))),
    below: named
      .filter((entry) => entry.includes('*'))
      .map((entry) => {
        const [scheme = '', suffix = ''] = entry.split('*');
        return { scheme, suffix };
      }),
  };
}

export function isAllowed({ exact, below }: Origins, origin: string): boolean {
  if (exact.has(origin)) return true;
  return below.some(({ scheme, suffix }) => {
    if (!origin.startsWith(scheme) || !origin.endsWith(suffix)) return false;
    return /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(origin.slice(scheme.length, -suffix.length));
  });
}

/** What a page may read of an answer besides its body. */
const exposed = [
  'Accept-Ranges',
  'Allow',
  'Content-Disposition',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Export-Count',
  'Export-Total',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Server-Timing',
  'WWW-Authenticate',
  'X-Request-Id',
];

/** What a page may send. */
const accepted = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'If-Range',
  'Last-Event-ID',
  'Mail-Server',
  'Mail-User',
  'Range',
  'X-API-Key',
  'X-Request-Id',
];

const settings = {
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: accepted,
  exposeHeaders: exposed,
  maxAge: limits.preflightSeconds,
};

/** Answers preflights, and lets the pages of allowed origins read whatever is answered behind it. Fails with `misconfigured`. */
export const crossOrigin: MiddlewareHandler<Gateway> = async (c, next) => {
  const { ALLOWED_ORIGINS: text } = c.env;
  const origins = parseOrigins(text);
  if (origins === null) throw new Failed({ kind: 'misconfigured', variable: 'ALLOWED_ORIGINS' });
  // An OPTIONS that no browser sends ahead of another request is for the routes.
  const isForRoutes = c.req.method === 'OPTIONS' && c.req.header('Access-Control-Request-Method') === undefined;
  if (text.trim() === '' || isForRoutes) return next();
  const allowed = origins.any ? '*' : (origin: string) => (isAllowed(origins, origin) ? origin : null);
  return cors({ ...settings, origin: allowed })(c, async () => {
    const told = [...c.res.headers].filter(([name]) => name.startsWith('access-control-'));
    await next();
    // Again: a 304 keeps few of the headers that were set before it.
    for (const [name, value] of told) c.header(name, value);
  });
};
