/**
 * When is an account looked at that is in trouble?
 */
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { AccountObject } from '../../src/watch/proof/account-object.ts';
import { Prover } from '../../src/watch/proof/prover.ts';
import { Logins } from '../../src/watch/round/logins.ts';
import { Looks } from '../../src/watch/round/looks.ts';
import { added, created, credential, keyring, staged } from './watch-store-home.ts';

it(
  'a look that cannot be taken, since the queue is full, is not tried again at once',
  staged(async ({ store }) => {
    const kept = store();
    const nowMs = 1_000_000;
    const trouble = {
      reason: 'unreachable',
      sinceMs: 0,
      times: 1,
      refusals: 0,
      nextTryMs: nowMs,
      isTold: false,
    } as const;
    await kept.commit([...created('sub_1'), { kind: 'credential', credential: { ...credential('crd_1'), trouble } }]);
    await kept.commit(Array.from({ length: limits.pendingEvents }, (_, at) => added('sub_1', `e${at}`)));
    const logins = new Logins(new AccountObject(env, keyring), false);
    const prover = new Prover((account) => logins.prove(account));
    const looks = new Looks({ store: kept, logins, prover, now: () => nowMs, random: () => 0.5 });
    expect(await looks.nextMs()).toBe(nowMs);
    await looks.begin();
    await Promise.all(looks.running);
    expect(await looks.nextMs()).toBe(nowMs + limits.accountOutageMs);
  }),
);
