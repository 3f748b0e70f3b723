/**
 * What does an account's object keep when nobody has logged in for long?
 *
 * Nothing but refresh tokens that have replaced those in capsules: without them such a capsule would be worth nothing, however long
 * it was to live. They go when they are old as well.
 */
import { limits } from '../core/limits.ts';
import { grantKeys, isFreshGrant } from './grants.ts';

/** A Durable Object's storage, or as much of it as is needed. */
export interface ForgettingStorage {
  readonly kv: {
    list(options?: { readonly start: string; readonly end: string }): Iterable<[string, unknown]>;
    delete(key: string): boolean;
  };
  deleteAll(): Promise<void>;
  setAlarm(timeMs: number): Promise<void>;
}

/** For the alarm of the object. */
export async function forget(storage: ForgettingStorage): Promise<void> {
  const kept = new Set([...storage.kv.list(grantKeys)].flatMap(([key, value]) => (isFreshGrant(value) ? [key] : [])));
  if (kept.size === 0) return storage.deleteAll();
  for (const [key] of [...storage.kv.list()]) if (!kept.has(key)) storage.kv.delete(key);
  await storage.setAlarm(Date.now() + limits.loginsRememberedMs);
}
