/**
 * What does a route find in its context?
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Account } from '../core/account.ts';
import type { Caller } from '../core/caller.ts';
import type { Capsule } from '../core/capsule.ts';
import { Failed } from '../core/failure.ts';
import { type Reply, type Timings, timedPhases } from '../core/reply.ts';
import type { Tally } from './metering.ts';

export interface Variables {
  requestId: string;
  /** Whom the operator has let in; `nobody` in front of the door. */
  caller: Caller;
  /** What was counted for this request, each by its meter. */
  tallies: Map<string, Promise<Tally>>;
  /** Whose mail is asked for; set by `mailAccount` on every route below `/v1`. */
  account: Account;
  /** Set along with it: the capsule that says so; null when the request came with the credential itself. */
  capsule: Capsule | null;
  timings: Timings;
}

export interface Gateway {
  Bindings: Env;
  Variables: Variables;
}

export type GatewayApp = OpenAPIHono<Gateway>;

/** The value of a proxy's answer, with its times added to the request's; throws Failed, which `onError` answers. */
export function unwrapped<T>({ result, timings }: Reply<T>, total: Timings): T {
  // Only then: how long a refused caller waited would tell of the account's owner.
  if (!result.ok) throw new Failed(result.failure);
  for (const phase of timedPhases) {
    const ms = timings[phase];
    if (ms !== undefined) total[phase] = (total[phase] ?? 0) + ms;
  }
  return result.value;
}
