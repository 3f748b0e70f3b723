/**
 * Has this caller, or this account, called too often?
 *
 * The one place that asks a meter (`wire/rate-meter.ts`), and tells what it said (draft-ietf-httpapi-ratelimit-headers-11). Each is counted
 * once in a request, however often it is named in it.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { within } from '../core/deadline.ts';
import { Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { crashOf, logEvent } from '../core/log.ts';
import type { Count, Rate } from '../core/rate.ts';
import type { Gateway } from './context.ts';

export type Metered = 'key' | 'account';

/** What was counted for a request. */
export interface Tally {
  readonly of: Metered;
  readonly rate: Rate;
  readonly count: Count;
}

/** Whatever is counted behind it is told in the headers of the answer. */
export const metered: MiddlewareHandler<Gateway> = async (c, next) => {
  c.set('tallies', new Map());
  await next();
  const tallies = await settled(c.get('tallies'));
  if (tallies.length === 0) return;
  c.header(
    'RateLimit-Policy',
    listOf(tallies, ({ rate }) => `q=${rate.requests};w=${rate.perSeconds}`),
  );
  c.header(
    'RateLimit',
    listOf(tallies, ({ count }) => `r=${count.remaining};t=${secondsOf(count.resetMs)}`),
  );
};

/** Counts the request. Fails with `rate-limited`. `name` tells nothing about a user: objects are called by it. */
export async function counted(c: Context<Gateway>, of: Metered, name: string, rate: Rate): Promise<void> {
  const tallies = c.get('tallies');
  const id = `${of} ${name} ${rate.requests}/${rate.perSeconds}`;
  const tally = tallies.get(id) ?? tallied(c, of, id, rate);
  tallies.set(id, tally);
  const { count } = await tally;
  if (!count.isWithin) throw tooOften(of, secondsOf(count.retryAfterMs));
}

/** Who cannot be counted does not pass: a meter is out of reach first of all when somebody calls more often than it can count. */
async function tallied(c: Context<Gateway>, of: Metered, id: string, rate: Rate): Promise<Tally> {
  try {
    const meter = c.env.RATE_METER.getByName(id);
    return { of, rate, count: await within(limits.meterMs, 'request', meter.count(rate)) };
  } catch (error) {
    logEvent('meter.failed', { requestId: c.get('requestId'), of, ...crashOf(error) });
    throw tooOften(of, limits.meterRetrySeconds);
  }
}

const tooOften = (limit: Metered, retryAfterSeconds: number): Failed =>
  new Failed({ kind: 'rate-limited', limitedBy: 'postern', limit, retryAfterSeconds });

const secondsOf = (ms: number): number => Math.ceil(ms / 1000);

/** Those that could be had; of several accounts the one with the least left. */
async function settled(tallies: ReadonlyMap<string, Promise<Tally>>): Promise<readonly Tally[]> {
  const least = new Map<Metered, Tally>();
  for (const outcome of await Promise.allSettled(tallies.values())) {
    if (outcome.status === 'rejected') continue;
    const { of, count } = outcome.value;
    const other = least.get(of);
    if (other === undefined || count.remaining < other.count.remaining) least.set(of, outcome.value);
  }
  return [...least.values()];
}

/** A list of RFC 9651, each member a string with parameters. */
const listOf = (tallies: readonly Tally[], parametersOf: (tally: Tally) => string): string =>
  tallies.map((tally) => `"${tally.of}";${parametersOf(tally)}`).join(', ');
