/**
 * What is a Watcher made of?
 *
 * All of it lives as long as its object does, and only what the store keeps outlives it.
 */
import { revokedIn } from '../../core/capsule.ts';
import { err, ok, type Result } from '../../core/failure.ts';
import { type Keyring, parseKeyring } from '../../core/seal.ts';
import { guardedFetch } from '../../egress/guarded-fetch.ts';
import { includedCapsule } from '../delivery/capsule.ts';
import { Courier } from '../delivery/courier.ts';
import { parseRetrySeconds } from '../delivery/schedule.ts';
import { Live } from '../live/live.ts';
import { AccountObject } from '../proof/account-object.ts';
import { isNamedUnder } from '../proof/named-under.ts';
import { Prover } from '../proof/prover.ts';
import { Alarm } from '../round/alarm.ts';
import { ending } from '../round/endings.ts';
import { capsuleEndOf } from '../round/lineage.ts';
import { Logins } from '../round/logins.ts';
import { Looks } from '../round/looks.ts';
import { Reading } from '../round/reading.ts';
import { Rounds } from '../round/rounds.ts';
import { WatchStore } from '../store/watch-store.ts';

export type WatcherEnv = Pick<
  Env,
  | 'CAPSULE_KEYS'
  | 'DEVELOPMENT'
  | 'MAILBOX'
  | 'MAILDROP'
  | 'OAUTH2_PROVIDERS'
  | 'REVOKED_CAPSULES'
  | 'DELIVERY_RETRY_SECONDS'
  | 'WATCHER'
>;

export interface Parts {
  readonly store: WatchStore;
  readonly prover: Prover;
  readonly logins: Logins;
  readonly looks: Looks;
  readonly reading: Reading;
  readonly courier: Courier;
  readonly rounds: Rounds;
  readonly live: Live;
  readonly alarm: Alarm;
  /** False when the key is gone under which this object is named: nobody can see or end what it does. */
  readonly canBeAsked: () => Promise<boolean>;
  /** No later than then, the object wakes up. */
  readonly wake: (atMs: number) => Promise<void>;
}

const now = (): number => Date.now();
const random = (): number => Math.random();

/** Fails with `misconfigured`. */
export function partsOf(ctx: DurableObjectState, env: WatcherEnv): Result<Parts> {
  const keyring = parseKeyring(env.CAPSULE_KEYS);
  if (keyring === null) return err({ kind: 'misconfigured', variable: 'CAPSULE_KEYS' });
  const retrySeconds = parseRetrySeconds(env.DELIVERY_RETRY_SECONDS);
  if (retrySeconds === null) return err({ kind: 'misconfigured', variable: 'DELIVERY_RETRY_SECONDS' });
  const isDevelopment = env.DEVELOPMENT === 'true';
  const store = new WatchStore(ctx, keyring);
  const logins = new Logins(new AccountObject(env, keyring), isDevelopment);
  const prover = new Prover((account) => logins.prove(account));
  const looks = new Looks({ store, logins, prover, now, random });
  const reading = new Reading(store, logins, (credentialId, failure) => looks.refused(credentialId, failure));
  const revoked = revokedIn(env.REVOKED_CAPSULES);
  const courier = courierOf({ env, keyring, retrySeconds, revoked, store, reading });
  const rounds = new Rounds({ store, looks, courier, revoked, now });
  const alarm = new Alarm(ctx.storage);
  const wake = (atMs: number): Promise<void> => alarm.wake(atMs);
  const onNews = async (credentialId: string): Promise<void> => {
    looks.soon(credentialId);
    await wake(now());
  };
  const live = new Live(store, logins, { onNews, wake });
  const canBeAsked = async (): Promise<boolean> => {
    const [any] = await store.subscriptions();
    if (any === undefined) return true;
    return isNamedUnder(keyring, any.subscription.account, ctx.id, (name) => env.WATCHER.idFromName(name));
  };
  return ok({ alarm, canBeAsked, store, prover, logins, looks, reading, courier, rounds, live, wake });
}

interface CourierParts {
  readonly env: WatcherEnv;
  readonly keyring: Keyring;
  readonly retrySeconds: readonly number[];
  readonly revoked: ReadonlySet<string>;
  readonly store: WatchStore;
  readonly reading: Reading;
}

function courierOf({ env, keyring, retrySeconds, revoked, store, reading }: CourierParts): Courier {
  return new Courier({
    store,
    read: reading.read,
    capsule: async (subscription, mailboxId, nowMs) => {
      const credential = (await store.credentials()).find(({ id }) => id === subscription.credentialId);
      if (credential === undefined) return null;
      return includedCapsule(keyring, credential.account, subscription, mailboxId, nowMs);
    },
    fetch: guardedFetch(env.DEVELOPMENT === 'true'),
    retrySeconds,
    now,
    random,
    lapseOf: (subscription, nowMs) => capsuleEndOf(subscription, revoked, nowMs),
    endOf: async (subscription, reason, nowMs) => ending(await store.subscriptions(), subscription, reason, nowMs),
  });
}
