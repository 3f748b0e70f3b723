/**
 * In which tables does a Watcher keep what it keeps?
 *
 * In clear: ids, which are random or HMACs; numbers, times, the types of events and how a delivery stands. All else is sealed (`vault.ts`). Sealed columns stand
 * last, so that looking through many rows does not read them. Every index is a row written with each row, which is what the platform
 * counts most (docs/cost.md): there is none but those that a question needs that is asked often.
 */

/** Says that there are tables, and holds the key to them. In the key-value part, which answers where nothing was ever written. */
export const metaKey = 'watch.meta';

export interface Meta {
  readonly version: typeof version;
  readonly sealedKey: string;
}

/** To be raised with the shape of a table or of what is sealed in it, together with a way from the one before. */
export const version = 1;

export const isMeta = (value: unknown): value is Meta =>
  typeof value === 'object' &&
  value !== null &&
  'version' in value &&
  value.version === version &&
  'sealedKey' in value &&
  typeof value.sealedKey === 'string';

const statements = [
  `CREATE TABLE IF NOT EXISTS credential (
    id TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS subscription (
    id TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS known (
    subscription_id TEXT NOT NULL,
    piece INTEGER NOT NULL,
    news_ms INTEGER NOT NULL,
    sealed TEXT NOT NULL,
    PRIMARY KEY (subscription_id, piece)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS receiver (
    subscription_id TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    failing_since_ms INTEGER NOT NULL,
    rest_until_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY,
    subscription_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    due_ms INTEGER,
    ended_ms INTEGER,
    attempt_count INTEGER NOT NULL,
    attempts TEXT,
    event TEXT NOT NULL,
    UNIQUE (subscription_id, event_id)
  ) STRICT`,
  `CREATE INDEX IF NOT EXISTS delivery_pending ON delivery (subscription_id, due_ms) WHERE status = 'pending'`,
  `CREATE INDEX IF NOT EXISTS delivery_dead ON delivery (subscription_id) WHERE status = 'dead'`,
  `CREATE INDEX IF NOT EXISTS delivery_ended ON delivery (ended_ms) WHERE ended_ms IS NOT NULL`,
];

export function createTables(sql: SqlStorage): void {
  for (const statement of statements) sql.exec(statement);
}

/** Within the transaction that takes away what was the last subscription. */
export function emptyTables(sql: SqlStorage): void {
  for (const table of ['credential', 'subscription', 'known', 'receiver', 'delivery']) sql.exec(`DELETE FROM ${table}`);
}
