/**
 * The storage of a real Durable Object for one test, what is kept in it, and how many rows were read and written.
 */
/// <reference types="@cloudflare/vitest-plugin/types" />
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { fullAccess } from '../../src/core/access.ts';
import type { Keyring } from '../../src/core/seal.ts';
import type { Attempt } from '../../src/watch/delivery/delivery.ts';
import type { WatchEvent } from '../../src/watch/event.ts';
import type { Change, WatchCredential } from '../../src/watch/store/change.ts';
import { type Home, WatchStore } from '../../src/watch/store/watch-store.ts';
import type { Subscription } from '../../src/watch/subscription.ts';
import { plainSettings } from '../support/kept-subscription.ts';

const octets = (fill: number) => new Uint8Array(32).fill(fill);
export const oldKey = { id: 'old', secret: octets(1) };
export const newKey = { id: 'new', secret: octets(2) };
export const keyring: Keyring = [oldKey];

/** What must not be legible in any row. */
export const canaries = {
  password: 'canary-password',
  user: 'canary-user@weaver.example',
  host: 'canary-host.example',
  url: 'https://hooks.example/canary-url',
  signing: 'whsec_canary-signing',
  query: 'canary-query',
  mailbox: 'canary-mailbox',
  subject: 'canary-subject',
  known: 'canary-known',
  answer: 'canary-answer',
} as const;

const server = { protocol: 'imap', host: canaries.host, port: 993, security: 'tls' } as const;

export const credential = (id: string): WatchCredential => ({
  id,
  account: {
    server,
    user: canaries.user,
    credential: { kind: 'password', secret: canaries.password },
    access: fullAccess,
  },
  trouble: null,
});

export const subscription = (id: string, createdAtMs = 1_000, credentialId = 'crd_1'): Subscription => ({
  id,
  createdAtMs,
  status: 'active',
  statusReason: null,
  settings: { ...plainSettings, url: canaries.url, mailboxes: [canaries.mailbox], q: canaries.query },
  account: { server, user: canaries.user },
  credentialId,
  access: fullAccess,
  lineage: null,
  secrets: [{ secret: canaries.signing, untilMs: null }],
  origin: 'https://postern.example',
});

export const event = (id: string, subject: string = canaries.subject): WatchEvent => ({
  id: `evt_${id}`,
  type: 'message.received',
  atMs: 5_000,
  data: { mailboxId: canaries.mailbox, message: { id: '1.7', subject } },
  ref: null,
});

export const attempt = (atMs: number, failure: Attempt['failure'] = 'status'): Attempt => ({
  atMs,
  durationMs: 10,
  status: 500,
  failure,
  answer: canaries.answer,
});

export const known = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A subscription that has been looked at. */
export const created = (id: string, createdAtMs = 1_000): readonly Change[] => [
  { kind: 'credential', credential: credential('crd_1') },
  { kind: 'subscription', subscription: subscription(id, createdAtMs) },
  { kind: 'known', subscriptionId: id, known: known(canaries.known), newsAtMs: createdAtMs },
];

export const added = (subscriptionId: string, id: string, atMs = 5_000): Change => ({
  kind: 'delivery-added',
  delivery: { subscriptionId, event: event(id) },
  atMs,
});

type Tried = Extract<Change, { readonly kind: 'delivery-tried' }>;

export const tried = (seq: number, atMs: number, status: Tried['status'] = 'delivered'): Tried => ({
  kind: 'delivery-tried',
  seq,
  attempt: attempt(atMs, status === 'delivered' ? null : 'status'),
  status,
  dueMs: status === 'pending' ? atMs + 1_000 : null,
  attemptCount: 1,
});

export interface Rows {
  read: number;
  written: number;
}

export interface Stage {
  /** As whoever finds the object again after it was lost: nothing is remembered but what is stored. */
  readonly store: (keys?: Keyring) => WatchStore;
  readonly home: Home;
  /** Since the stage was set. */
  readonly rows: Rows;
  /** All rows of all tables. */
  readonly dump: () => Readonly<Record<string, readonly unknown[]>>;
  /** The n-th statement from now on fails, as a full disk would; 0 for none any more. */
  readonly breakAt: (statement: number) => void;
}

/** A Durable Object of its own. */
export function staged(test: (stage: Stage) => Promise<void>): () => Promise<void> {
  const { WATCHER } = env;
  return () =>
    runInDurableObject(WATCHER.get(WATCHER.newUniqueId()), async (_watcher, { storage, id }) => {
      const rows: Rows = { read: 0, written: 0 };
      const counted = countedStorage(storage, rows);
      await test({
        store: (keys = keyring) => new WatchStore({ storage: counted.storage, id }, keys),
        home: { storage, id },
        rows,
        dump: () => dumpOf(storage),
        breakAt: counted.breakAt,
      });
    });
}

function dumpOf({ sql, kv }: DurableObjectStorage): Readonly<Record<string, readonly unknown[]>> {
  const tables = sql.exec<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'`,
  );
  const all = [...tables].map(({ name }) => [name, sql.exec(`SELECT * FROM "${name}"`).toArray()] as const);
  return Object.fromEntries([...all, ['kv', [...kv.list()]]]);
}

/** The same storage, with every row counted that the platform would bill, and statements that fail when they are told to. */
function countedStorage(storage: DurableObjectStorage, rows: Rows) {
  let left = 0;
  const exec = (query: string, ...bindings: unknown[]) => {
    if (left > 0 && --left === 0) throw new Error('disk full');
    const cursor = storage.sql.exec(query, ...bindings);
    // All of it at once: rows are counted as they are read.
    const all = cursor.toArray();
    rows.read += cursor.rowsRead;
    rows.written += cursor.rowsWritten;
    return { toArray: () => all, one: () => all[0], [Symbol.iterator]: () => all[Symbol.iterator]() };
  };
  const kv = {
    get: (key: string) => {
      rows.read += 1;
      return storage.kv.get(key);
    },
    put: (key: string, value: unknown) => {
      rows.written += 1;
      storage.kv.put(key, value);
    },
    delete: (key: string) => {
      rows.written += 1;
      return storage.kv.delete(key);
    },
  };
  return {
    breakAt: (statement: number) => {
      left = statement;
    },
    storage: overlaid(storage, { sql: overlaid(storage.sql, { exec }), kv: overlaid(storage.kv, kv) }),
  };
}

/** What `over` has in the place of what `under` has; the rest is bound to it, as the platform's objects want it. */
const overlaid = <T extends object>(under: T, over: object): T =>
  new Proxy(under, {
    get(target, name) {
      if (Reflect.has(over, name) && Object.hasOwn(over, name)) return Reflect.get(over, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
