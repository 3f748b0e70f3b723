/**
 * Does one address call so often that it is not worth looking at what it wants?
 *
 * By the platform's own rate limiting, where there is one: it counts in memory, in each place by itself and not exactly, and costs
 * next to nothing. What is exact are the meters of keys and accounts. Elsewhere whatever stands in front of the Workers does it.
 */
import type { MiddlewareHandler } from 'hono';
import ipaddr from 'ipaddr.js';
import { within } from '../core/deadline.ts';
import { Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Gateway } from '../http/context.ts';

/** Fails with `rate-limited`. */
export const againstFloods: MiddlewareHandler<Gateway> = async (c, next) => {
  // Generated as if it were always there; plain workerd has none.
  const floods: RateLimit | undefined = c.env.FLOODS;
  const address = c.req.header('CF-Connecting-IP');
  if (floods !== undefined && address !== undefined) {
    const { success } = await within(limits.floodMs, 'request', floods.limit({ key: networkOf(address) }));
    if (!success) {
      const retryAfterSeconds = limits.floodSeconds;
      throw new Failed({ kind: 'rate-limited', limitedBy: 'postern', limit: 'address', retryAfterSeconds });
    }
  }
  await next();
};

/** An address of IPv4, or the network of one of IPv6: a subscriber has 2^64 of those, and may call from any (RFC 6177). */
export function networkOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const parts = ipaddr.IPv6.parse(address).parts.slice(0, 4);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
}
