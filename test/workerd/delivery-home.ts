/**
 * A courier with the storage of a real object, a web that is scripted and a clock that stands still until it is moved.
 */
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { GuardedFetch } from '../../src/egress/guarded-fetch.ts';
import { guardedFetch } from '../../src/egress/guarded-fetch.ts';
import { Courier, type CourierOptions } from '../../src/watch/delivery/courier.ts';
import type { Change } from '../../src/watch/store/change.ts';
import type { WatchStore } from '../../src/watch/store/watch-store.ts';
import type { Subscription } from '../../src/watch/subscription.ts';
import { canaries, credential, event, keyring, type Stage, staged, subscription } from './watch-store-home.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** What wrangler.proxy.toml has: Standard Webhooks' own. */
const standard = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

export interface Sent {
  readonly atMs: number;
  readonly path: string;
  /** `webhook-id` */
  readonly id: string;
  readonly headers: Headers;
  readonly body: { readonly type: string; readonly data: Record<string, unknown> };
}

/** What the receivers of the web answer. */
export type Answer = (sent: Sent) => Response | Promise<Response>;

export interface CourierStage extends Stage {
  readonly kept: WatchStore;
  readonly sent: Sent[];
  readonly clock: { nowMs: number };
  /** What receivers answer from now on. */
  answer: Answer;
  /** Another one with the same storage, as after the object was lost; `over`: what is different about it. */
  courier(over?: Partial<CourierOptions>): Courier;
  /** A subscription whose receiver is at `/<id>`. */
  subscribed(id: string, over?: Partial<Subscription>, settings?: Partial<Subscription['settings']>): Promise<void>;
  /** Events of it, in this order. */
  found(id: string, ...names: readonly string[]): Promise<void>;
  /** Lets it work, and moves the clock to when there is something to be done again, until then. */
  play(courier: Courier, untilMs: number): Promise<void>;
}

export const arrived = (): Response => new Response(null, { status: 204 });
export const refused = (status = 500, headers: Record<string, string> = {}) => new Response('no', { status, headers });

const unread: CourierOptions['read'] = async () => ({ ok: false, failure: { kind: 'connect-failed' } });

/** What the object does, without what it does besides. */
const endOf: CourierOptions['endOf'] = async (ended, reason, nowMs): Promise<readonly Change[]> => [
  {
    kind: 'subscription',
    subscription: { ...ended, status: reason === 'receiver-failing' ? 'suspended' : 'ended', statusReason: reason },
  },
  ...(reason === 'receiver-failing'
    ? []
    : [{ kind: 'deliveries-cancelled', subscriptionId: ended.id, atMs: nowMs } as const]),
];

/** For all tests of a file: nothing that must not be legible is logged, and nothing is printed. */
export function withQuietLog(): void {
  const logged: string[] = [];
  beforeEach(() => {
    vi.spyOn(console, 'log').mockImplementation((line: unknown) => void logged.push(String(line)));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    const { host: _told, ...secret } = canaries;
    expect(Object.values(secret).filter((canary) => logged.join('\n').includes(canary))).toEqual([]);
  });
}

export function withCourier(test: (stage: CourierStage) => Promise<void>): () => Promise<void> {
  return staged(async (stage) => {
    const clock = { nowMs: Date.UTC(2026, 10, 16) };
    const sent: Sent[] = [];
    const kept = stage.store(keyring);
    const set: CourierStage = {
      ...stage,
      kept,
      sent,
      clock,
      answer: arrived,
      courier: (over = {}) =>
        new Courier({
          store: kept,
          read: unread,
          capsule: async () => null,
          fetch,
          retrySeconds: standard,
          now: () => clock.nowMs,
          random: () => 0.5,
          lapseOf: () => null,
          endOf,
          ...over,
        }),
      async subscribed(id, over = {}, settings = {}) {
        const base = subscription(id);
        const include = { ...base.settings.include, text: false };
        const own = { ...base.settings, include, url: `https://hooks.example/${id}`, ...settings };
        const secrets = [{ secret: `whsec_${btoa('a key of twenty-four!!!!')}`, untilMs: null }];
        await kept.commit([
          { kind: 'credential', credential: credential('crd_1') },
          { kind: 'subscription', subscription: { ...base, secrets, ...over, settings: own } },
        ]);
      },
      async found(id, ...names) {
        await kept.commit(
          names.map((name) => ({
            kind: 'delivery-added',
            delivery: {
              subscriptionId: id,
              event: { ...event(name, name), ref: { protocol: 'pop3', uidl: name, occurrence: null } },
            },
            atMs: clock.nowMs,
          })),
        );
      },
      async play(courier, untilMs) {
        while (clock.nowMs < untilMs) {
          await courier.run(clock.nowMs + 1);
          const nextMs = await courier.nextMs();
          if (nextMs === null) return;
          clock.nowMs = Math.max(nextMs, clock.nowMs + 1);
        }
      },
    };
    const fetch: GuardedFetch = guardedFetch(false, async (target, init) => {
      const headers = new Headers(init.headers);
      const body = JSON.parse(String(init.body));
      const call = { atMs: clock.nowMs, path: target.pathname, id: headers.get('webhook-id') ?? '', headers, body };
      sent.push(call);
      return set.answer(call);
    });
    await test(set);
  });
}

/** What was sent, by the names of events. */
export const namesOf = (sent: readonly Sent[]): readonly string[] => sent.map(({ id }) => id.replace('evt_', ''));
