/**
 * Credentials, subscriptions and what is known for them, as rows.
 *
 * What a change is to write is sealed first and written afterwards, in the transaction: nothing can be waited for there.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { ReceiverState } from '../delivery/receiver.ts';
import type { Subscription } from '../subscription.ts';
import type { Change, WatchCredential } from './change.ts';
import type { Place, Vault } from './vault.ts';

/** Done within the transaction. */
export type Write = () => void;

export interface LookedAt {
  readonly subscription: Subscription;
  /** As the look before has left it; null when there was none. The same octets until they change. */
  readonly known: Uint8Array | null;
  readonly newsAtMs: number | null;
}

/** Those of before there was `failing` are without it. */
type StoredSubscription = Omit<Subscription, 'failing'> & Partial<Pick<Subscription, 'failing'>>;

type SealedRow = { id: string; sealed: string };
type KnownRow = { subscription_id: string; news_ms: number; sealed: string };
type ReceiverRow = { subscription_id: string; failures: number; failing_since_ms: number; rest_until_ms: number };

export async function readCredentials(sql: SqlStorage, vault: Vault): Promise<readonly WatchCredential[]> {
  const rows = sql.exec<SealedRow>('SELECT id, sealed FROM credential').toArray();
  return Promise.all(rows.map(({ id, sealed }) => vault.openJson<WatchCredential>(['credential', id], sealed)));
}

/** Oldest first. */
export async function readSubscriptions(sql: SqlStorage, vault: Vault): Promise<readonly LookedAt[]> {
  const rows = sql.exec<SealedRow>('SELECT id, sealed FROM subscription').toArray();
  // All is read before anything is waited for, so that it belongs together. Rows come in the order of the primary key.
  const pieces = sql.exec<KnownRow>('SELECT subscription_id, news_ms, sealed FROM known').toArray();
  const kept = rows.map(async ({ id, sealed }) => {
    const own = pieces.filter((piece) => piece.subscription_id === id);
    return {
      subscription: { failing: null, ...(await vault.openJson<StoredSubscription>(['subscription', id], sealed)) },
      known: await joined(vault, id, own),
      newsAtMs: own[0]?.news_ms ?? null,
    };
  });
  return (await Promise.all(kept)).toSorted(
    (one, other) => one.subscription.createdAtMs - other.subscription.createdAtMs,
  );
}

async function joined(vault: Vault, id: string, pieces: readonly KnownRow[]): Promise<Uint8Array | null> {
  if (pieces.length === 0) return null;
  const opened = await Promise.all(
    pieces.map(({ sealed }, piece) => vault.open(knownPlace(id, piece, pieces.length), sealed)),
  );
  return new Uint8Array(await new Blob(opened.map((octets) => octets.slice())).arrayBuffer());
}

/** How many there are is part of the place, so that none can be left out. */
const knownPlace = (id: string, piece: number, pieces: number): Place => ['known', id, piece, pieces];

/** By the subscription's id. */
export function readReceivers(sql: SqlStorage): ReadonlyMap<string, ReceiverState> {
  const rows = sql.exec<ReceiverRow>('SELECT * FROM receiver').toArray();
  return new Map(
    rows.map(({ subscription_id, failures, failing_since_ms, rest_until_ms }) => [
      subscription_id,
      { failures, failingSinceMs: failing_since_ms, restUntilMs: rest_until_ms },
    ]),
  );
}

export async function writeOfCredential(sql: SqlStorage, vault: Vault, credential: WatchCredential): Promise<Write> {
  const sealed = await vault.sealJson(['credential', credential.id], credential);
  return () => void sql.exec('INSERT OR REPLACE INTO credential (id, sealed) VALUES (?, ?)', credential.id, sealed);
}

export async function writeOfSubscription(sql: SqlStorage, vault: Vault, subscription: Subscription): Promise<Write> {
  const { id } = subscription;
  const sealed = await vault.sealJson(['subscription', id], subscription);
  return () => void sql.exec('INSERT OR REPLACE INTO subscription (id, sealed) VALUES (?, ?)', id, sealed);
}

type KnownChange = Extract<Change, { readonly kind: 'known' }>;

const tooMuch: MailFailure = { kind: 'limit-exceeded', limit: 'knownPieces' };

/** Throws `Failed` (`limit-exceeded`) for more than there may be, here and in the transaction: all of it is held in memory at once. */
export async function writeOfKnown(sql: SqlStorage, vault: Vault, change: KnownChange): Promise<Write> {
  const { subscriptionId: id, known, newsAtMs } = change;
  const count = Math.max(1, Math.ceil(known.length / limits.knownPieceBytes));
  if (count > limits.knownPieces) throw new Failed(tooMuch);
  const sealed = await Promise.all(
    Array.from({ length: count }, (_, piece) => {
      const from = piece * limits.knownPieceBytes;
      return vault.seal(knownPlace(id, piece, count), known.subarray(from, from + limits.knownPieceBytes));
    }),
  );
  return () => {
    if (!isSubscriptionThere(sql, id)) return;
    if (sealed.length === 1) sql.exec('DELETE FROM known WHERE subscription_id = ? AND piece > 0', id);
    else sql.exec('DELETE FROM known WHERE subscription_id = ?', id);
    for (const [piece, row] of sealed.entries())
      sql.exec(
        'INSERT OR REPLACE INTO known (subscription_id, piece, news_ms, sealed) VALUES (?, ?, ?, ?)',
        id,
        piece,
        newsAtMs,
        row,
      );
    if (sealed.length > 1 && furtherPieces(sql) > limits.knownPieces) throw new Failed(tooMuch);
  };
}

/** Beyond the first of each subscription. */
const furtherPieces = (sql: SqlStorage): number =>
  sql.exec<{ count: number }>('SELECT count(*) AS count FROM known WHERE piece > 0').one().count;

export function writeReceiver(sql: SqlStorage, id: string, receiver: ReceiverState | null): void {
  if (!isSubscriptionThere(sql, id)) return;
  if (receiver === null) sql.exec('DELETE FROM receiver WHERE subscription_id = ?', id);
  else {
    const { failures, failingSinceMs, restUntilMs } = receiver;
    sql.exec('INSERT OR REPLACE INTO receiver VALUES (?, ?, ?, ?)', id, failures, failingSinceMs, restUntilMs);
  }
}

export const isSubscriptionThere = (sql: SqlStorage, id: string): boolean =>
  sql.exec('SELECT 1 FROM subscription WHERE id = ?', id).toArray().length > 0;

export const isAnySubscriptionThere = (sql: SqlStorage): boolean =>
  sql.exec('SELECT 1 FROM subscription LIMIT 1').toArray().length > 0;

/** With all that is kept of it. */
export function eraseSubscription(sql: SqlStorage, id: string): void {
  sql.exec('DELETE FROM subscription WHERE id = ?', id);
  for (const table of ['known', 'receiver', 'delivery']) sql.exec(`DELETE FROM ${table} WHERE subscription_id = ?`, id);
}

export const eraseCredential = (sql: SqlStorage, id: string): void =>
  void sql.exec('DELETE FROM credential WHERE id = ?', id);
