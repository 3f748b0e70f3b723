/**
 * Deliveries, as rows.
 *
 * A delivery is called by its event: an event is there once for a subscription, so that its id leads back to the row without an index
 * of its own. Places (`seq`) are never given twice while the object lives: what is said of a delivery that was erased meanwhile is not
 * written to another.
 */
import { limits } from '../../core/limits.ts';
import type { DeliveriesPage, DeliveriesRequest, ReplayRange } from '../answers.ts';
import type { Attempt, Delivery, DeliveryStatus, NewDelivery } from '../delivery/delivery.ts';
import type { EventType, WatchEvent } from '../event.ts';
import type { Change } from './change.ts';
import { eventToKeep } from './event-to-keep.ts';
import { isSubscriptionThere, type Write } from './subscription-rows.ts';
import type { Place, Vault } from './vault.ts';

type Row = {
  seq: number;
  subscription_id: string;
  event_id: string;
  status: DeliveryStatus;
  created_ms: number;
  due_ms: number | null;
  attempt_count: number;
  attempts: string | null;
  event: string;
};

/** Which of the deliveries of a subscription that wait. */
export interface DueWish {
  readonly subscriptionId: string;
  readonly nowMs: number;
  readonly most: number;
  /** Left out, by `Delivery.seq`: they are on their way. */
  readonly except: ReadonlySet<number>;
  /** Of these types alone; null for all. */
  readonly types: readonly EventType[] | null;
}

/** What of one subscription waits. */
export interface Waiting {
  readonly count: number;
  /** When the first of them is to be sent. */
  readonly dueMs: number;
}

/** The id of the delivery of that event, and the other way round. */
const deliveryIdOf = (eventId: string): string => eventId.replace(/^evt_/, 'dlv_');
const eventIdOf = (deliveryId: string): string => deliveryId.replace(/^dlv_/, 'evt_');

type AttemptsRow = Pick<Row, 'subscription_id' | 'event_id' | 'attempts'>;

const eventPlace = (row: AttemptsRow): Place => ['event', row.subscription_id, row.event_id];
const attemptsPlace = (row: AttemptsRow): Place => ['attempts', row.subscription_id, row.event_id];

type Tried = Extract<Change, { readonly kind: 'delivery-tried' }>;
type Again = Extract<Change, { readonly kind: 'delivery-again' }>;

export class DeliveryRows {
  readonly #sql: SqlStorage;
  #lastSeq = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  async writeOfAdded(vault: Vault, { subscriptionId, event }: NewDelivery, atMs: number): Promise<Write> {
    const place = eventPlace({ subscription_id: subscriptionId, event_id: event.id, attempts: null });
    const sealed = await vault.sealJson(place, eventToKeep(event));
    return () => {
      if (!isSubscriptionThere(this.#sql, subscriptionId)) return;
      this.#sql.exec(
        `INSERT INTO delivery (seq, subscription_id, event_id, type, status, created_ms, due_ms, attempt_count, event)
          VALUES (?, ?, ?, ?, 'pending', ?, ?, 0, ?) ON CONFLICT (subscription_id, event_id) DO NOTHING`,
        this.#nextSeq(),
        subscriptionId,
        event.id,
        event.type,
        atMs,
        atMs,
        sealed,
      );
    };
  }

  #nextSeq(): number {
    const { seq } = this.#sql.exec<{ seq: number | null }>('SELECT max(seq) AS seq FROM delivery').one();
    this.#lastSeq = Math.max(this.#lastSeq, seq ?? 0) + 1;
    return this.#lastSeq;
  }

  #attempts(seq: number): AttemptsRow | null {
    const query = 'SELECT subscription_id, event_id, attempts FROM delivery WHERE seq = ?';
    const [row = null] = this.#sql.exec<AttemptsRow>(query, seq).toArray();
    return row;
  }

  /** One that was cancelled or erased while it was under way stays so, unless it has arrived. */
  async writeOfTried(vault: Vault, { seq, attempt, status, dueMs, attemptCount }: Tried): Promise<Write> {
    const row = this.#attempts(seq);
    if (row === null) return () => undefined;
    const attempts = [...(await attemptsOf(vault, row)), attempt].slice(-limits.attemptsKept);
    const sealed = await vault.sealJson(attemptsPlace(row), attempts);
    const endedMs = status === 'pending' ? null : attempt.atMs + attempt.durationMs;
    return () => {
      this.#sql.exec('UPDATE delivery SET attempts = ? WHERE seq = ?', sealed, seq);
      this.#sql.exec(
        `UPDATE delivery SET status = ?, due_ms = ?, ended_ms = ?, attempt_count = ?
          WHERE seq = ? AND (status = 'pending' OR ? = 'delivered')`,
        status,
        dueMs,
        endedMs,
        attemptCount,
        seq,
        status,
      );
    };
  }

  async writeOfAgain(vault: Vault, { seq, dueMs, event }: Again): Promise<Write> {
    const row = this.#attempts(seq);
    // What is kept under one event's name is never another event.
    if (row === null || row.event_id !== event.id) return () => undefined;
    const sealed = await vault.sealJson(eventPlace(row), eventToKeep(event));
    return () =>
      void this.#sql.exec(
        `UPDATE delivery SET status = 'pending', due_ms = ?, ended_ms = NULL, attempt_count = 0, event = ? WHERE seq = ?`,
        dueMs,
        sealed,
        seq,
      );
  }

  cancel(subscriptionId: string, atMs: number): void {
    this.#sql.exec(
      `UPDATE delivery SET status = 'cancelled', due_ms = NULL, ended_ms = ?
        WHERE status = 'pending' AND subscription_id = ?`,
      atMs,
      subscriptionId,
    );
  }

  /** By the subscription's id; those that have none are left out. */
  waiting(): ReadonlyMap<string, Waiting> {
    const rows = this.#sql.exec<{ subscription_id: string; count: number; due_ms: number }>(
      `SELECT subscription_id, count(*) AS count, min(due_ms) AS due_ms FROM delivery
        WHERE status = 'pending' GROUP BY subscription_id`,
    );
    return new Map([...rows].map(({ subscription_id, count, due_ms }) => [subscription_id, { count, dueMs: due_ms }]));
  }

  dead(subscriptionId: string): number {
    const query = `SELECT count(*) AS count FROM delivery WHERE status = 'dead' AND subscription_id = ?`;
    return this.#sql.exec<{ count: number }>(query, subscriptionId).one().count;
  }

  /** The oldest first. */
  async due(vault: Vault, { subscriptionId, nowMs, most, except, types }: DueWish): Promise<readonly Delivery[]> {
    const query = `SELECT seq FROM delivery
      WHERE status = 'pending' AND subscription_id = ? AND due_ms <= ? ${ofTypes(types)} ORDER BY seq LIMIT ?`;
    const found = this.#sql.exec<{ seq: number }>(query, subscriptionId, nowMs, ...(types ?? []), most + except.size);
    const seqs = [...found].flatMap(({ seq }) => (except.has(seq) ? [] : [seq])).slice(0, most);
    return opened(
      vault,
      seqs.map((seq) => this.#sql.exec<Row>('SELECT * FROM delivery WHERE seq = ?', seq).one()),
    );
  }

  nextDueMs(subscriptionId: string, types: readonly EventType[]): number | null {
    const query = `SELECT min(due_ms) AS due_ms FROM delivery
      WHERE status = 'pending' AND subscription_id = ? ${ofTypes(types)}`;
    return this.#sql.exec<{ due_ms: number | null }>(query, subscriptionId, ...types).one().due_ms;
  }

  firstPending(subscriptionId: string): { readonly seq: number; readonly dueMs: number } | null {
    const query = `SELECT seq, due_ms FROM delivery
      WHERE status = 'pending' AND subscription_id = ? ORDER BY seq LIMIT 1`;
    const [row] = this.#sql.exec<{ seq: number; due_ms: number }>(query, subscriptionId).toArray();
    return row === undefined ? null : { seq: row.seq, dueMs: row.due_ms };
  }

  async byId(vault: Vault, subscriptionId: string, deliveryId: string): Promise<Delivery | null> {
    const query = 'SELECT * FROM delivery WHERE subscription_id = ? AND event_id = ?';
    const rows = this.#sql.exec<Row>(query, subscriptionId, eventIdOf(deliveryId)).toArray();
    const [delivery = null] = await opened(vault, rows);
    return delivery;
  }

  async page(vault: Vault, subscriptionId: string, request: DeliveriesRequest): Promise<DeliveriesPage> {
    const { limit, before, status } = request;
    // From the newest on: the index by events would have all of them read and sorted. There is one of those that are dead.
    const rows = this.#sql
      .exec<Row>(
        `SELECT * FROM delivery ${status === 'dead' ? 'INDEXED BY delivery_dead' : 'NOT INDEXED'}
          WHERE subscription_id = ? AND seq < ? AND ${status === 'dead' ? `status = 'dead' AND ` : ''} status = ifnull(?, status)
          ORDER BY seq DESC LIMIT ?`,
        subscriptionId,
        before ?? Number.MAX_SAFE_INTEGER,
        status,
        limit + 1,
      )
      .toArray();
    const deliveries = await opened(vault, rows.slice(0, limit));
    return { deliveries, nextBefore: rows.length > limit ? (deliveries.at(-1)?.seq ?? null) : null };
  }

  async inRange(vault: Vault, subscriptionId: string, range: ReplayRange, most: number): Promise<readonly Delivery[]> {
    const query = `SELECT * FROM delivery NOT INDEXED
      WHERE subscription_id = ? AND created_ms BETWEEN ? AND ? AND status = ifnull(?, status) ORDER BY seq LIMIT ?`;
    const { fromMs, toMs, status } = range;
    return opened(vault, this.#sql.exec<Row>(query, subscriptionId, fromMs, toMs, status, most).toArray());
  }

  forget(beforeMs: number): number {
    const query = `DELETE FROM delivery WHERE seq IN
      (SELECT seq FROM delivery WHERE ended_ms < ? ORDER BY ended_ms LIMIT ?) RETURNING seq`;
    return this.#sql.exec(query, beforeMs, limits.deliveriesForgotten).toArray().length;
  }
}

const ofTypes = (types: readonly EventType[] | null): string =>
  types === null ? '' : `AND type IN (${types.map(() => '?').join(', ')})`;

const opened = (vault: Vault, rows: readonly Row[]): Promise<Delivery[]> =>
  Promise.all(
    rows.map(async (row) => ({
      seq: row.seq,
      id: deliveryIdOf(row.event_id),
      subscriptionId: row.subscription_id,
      status: row.status,
      createdAtMs: row.created_ms,
      dueMs: row.due_ms,
      attemptCount: row.attempt_count,
      attempts: await attemptsOf(vault, row),
      event: await vault.openJson<WatchEvent>(eventPlace(row), row.event),
    })),
  );

const attemptsOf = async (vault: Vault, row: AttemptsRow): Promise<readonly Attempt[]> =>
  row.attempts === null ? [] : vault.openJson<readonly Attempt[]>(attemptsPlace(row), row.attempts);
