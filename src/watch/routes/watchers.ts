/**
 * Which objects keep an account's subscriptions?
 *
 * The one that is named under the operator's newest key, and those under the keys before it: a subscription stays in the object in which
 * it was made.
 */
import type { Context } from 'hono';
import { toMessage } from '../../core/account.ts';
import { Failed } from '../../core/failure.ts';
import type { Reply } from '../../core/reply.ts';
import { objectNamesOf } from '../../http/account-object.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import type { WatchCaller } from '../answers.ts';

type WatcherStub = Env['WATCHER'] extends DurableObjectNamespace<infer T> ? DurableObjectStub<T> : never;

/** Newest first. */
export async function watchersOf(c: Context<Gateway>): Promise<readonly [WatcherStub, ...WatcherStub[]]> {
  const [newest, ...older] = (await objectNamesOf(c.env, c.get('account'))).map((name) =>
    c.env.WATCHER.getByName(name),
  );
  if (newest === undefined) throw new Failed({ kind: 'misconfigured', variable: 'CAPSULE_KEYS' });
  return [newest, ...older];
}

export function watchCallerOf(c: Context<Gateway>): WatchCaller {
  const capsule = c.get('capsule');
  return {
    account: toMessage(c.get('account')),
    lineage: capsule === null ? null : { ids: capsule.ids, expiresAt: capsule.expiresAt },
  };
}

/** Of the object that has the subscription. Fails with `subscription-not-found` when none has. */
export async function askedOf<T>(
  c: Context<Gateway>,
  ask: (watcher: WatcherStub, caller: WatchCaller) => Promise<Reply<T>>,
): Promise<T> {
  const caller = watchCallerOf(c);
  for (const watcher of await watchersOf(c)) {
    const reply = await ask(watcher, caller);
    const isElsewhere = !reply.result.ok && reply.result.failure.kind === 'subscription-not-found';
    if (!isElsewhere) return unwrapped(reply, c.get('timings'));
  }
  throw new Failed({ kind: 'subscription-not-found' });
}
