/**
 * Does the operator let this caller in?
 *
 * By a key of the operator's (`X-API-Key`), or by Cloudflare Access. Asked before anything else is looked at. Where nothing says who may
 * come, nobody may, but in development.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { except } from 'hono/combine';
import { anyone, type Caller } from '../core/caller.ts';
import { Failed } from '../core/failure.ts';
import type { Gateway } from '../http/context.ts';
import { counted } from '../http/metering.ts';
import { type ApiKey, callerWith, parseApiKeys } from './api-keys.ts';
import { accessPolicyOf, callerOfAssertion } from './cloudflare-access.ts';

/** What tells nothing about anybody's mail and dials nothing. */
const open = ['/health', '/openapi.yaml', '/openapi.json', '/problems/:kind'];

/** Sets `caller`, or fails. The key is counted here, before anything is counted for an account: what a key may not do costs no account. */
export const door: MiddlewareHandler<Gateway> = except(open, async (c, next) => {
  const caller = await callerOf(c);
  c.set('caller', caller);
  if (caller.rate !== null) await counted(c, 'key', caller.label, caller.rate);
  await next();
});

async function callerOf(c: Context<Gateway>): Promise<Caller> {
  const keys = apiKeysOf(c.env);
  const policy = accessPolicyOf(c.env);
  if (keys === null && policy === null) return unasked(c.env);
  if (isOnTheWay(c)) return signingIn;
  const key = c.req.header('X-API-Key');
  const assertion = c.req.header('Cf-Access-Jwt-Assertion');
  // Who sends a key is judged by it alone.
  if (keys !== null && key !== undefined) return known(await callerWith(keys, key, Date.now()));
  if (policy !== null && assertion !== undefined) return known(await callerOfAssertion(policy, assertion));
  throw new Failed({ kind: 'caller-unknown', reason: 'missing' });
}

/**
 * A browser on its way to a provider and back has no key, but a ticket or a state, sealed for somebody who had one. It holds what that key
 * allows; so no more is to be asked here.
 */
const isOnTheWay = ({ req }: Context<Gateway>): boolean =>
  req.method === 'GET' &&
  (/^\/v1\/oauth\/[^/]+\/callback$/.test(req.path) ||
    (/^\/v1\/oauth\/[^/]+\/start$/.test(req.path) && req.query('ticket') !== undefined));

const signingIn: Caller = { ...anyone, label: 'signing-in' };

/** Null when the operator has set none. Fails with `misconfigured`. */
function apiKeysOf({ API_KEYS: text = '' }: Env): readonly ApiKey[] | null {
  if (text.trim() === '') return null;
  const keys = parseApiKeys(text);
  if (keys === null) throw new Failed({ kind: 'misconfigured', variable: 'API_KEYS' });
  return keys;
}

function unasked({ DEVELOPMENT, ANYONE_MAY_CALL }: Env): Caller {
  if (DEVELOPMENT === 'true' || ANYONE_MAY_CALL === 'true') return anyone;
  throw new Failed({ kind: 'misconfigured', variable: 'API_KEYS' });
}

function known(caller: Caller | null): Caller {
  if (caller === null) throw new Failed({ kind: 'caller-unknown', reason: 'refused' });
  return caller;
}
