/**
 * Which refresh token is the one to use, when the provider replaces it each time? (RFC 6749 §6, RFC 9700 §4.14.2)
 *
 * A capsule cannot be changed where it lies, so what has replaced its refresh token is kept here: encrypted under a key derived from
 * the one in the capsule. Whoever reads the storage and has no such capsule learns nothing; a provider that never replaces any has
 * nothing kept.
 */
import { base64url, CompactEncrypt, compactDecrypt } from 'jose';
import { limits } from '../core/limits.ts';
import { Secret } from '../core/secret.ts';

/** A Durable Object's storage, or as much of it as is needed. */
export interface GrantStorage {
  readonly kv: { get(key: string): unknown; put(key: string, value: unknown): void };
  sync(): Promise<void>;
  setAlarm(timeMs: number): Promise<void>;
}

interface Row {
  readonly sealed: string;
  readonly atMs: number;
}

/** What a capsule's refresh token stands for. */
export interface Grant {
  /** Tells it from others of the account, and tells nothing of the token. */
  readonly id: string;
  readonly key: Uint8Array;
  readonly original: Secret;
}

const dayMs = 24 * 60 * 60_000;
const prefix = 'grant.';
/** Of all grants, and of nothing else. */
export const grantKeys = { start: prefix, end: 'grant/' } as const;

export const isFreshGrant = (value: unknown): boolean =>
  isRow(value) && Date.now() - value.atMs < limits.grantsRememberedMs;

export async function grantOf(provider: string, refreshToken: Secret): Promise<Grant> {
  const bytes = new TextEncoder().encode(refreshToken.reveal());
  // It is random and long (RFC 6749 §10.10), so nothing slower than HKDF is needed.
  const root = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits']);
  const derived = async (purpose: string, bits: number): Promise<Uint8Array> => {
    const info = new TextEncoder().encode(`postern grant ${purpose} v1 ${provider}`);
    const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info };
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, root, bits));
  };
  const id = base64url.encode(await derived('name', 128));
  return { id, key: await derived('key', 256), original: refreshToken };
}

export class Grants {
  readonly #storage: GrantStorage;

  constructor(storage: GrantStorage) {
    this.#storage = storage;
  }

  /** The newest refresh token. */
  async newest({ id, key, original }: Grant): Promise<Secret> {
    const row = this.#storage.kv.get(prefix + id);
    if (!isRow(row)) return original;
    // Not every provider replaces it each time; one that is used must not grow old.
    if (Date.now() - row.atMs > dayMs) this.#storage.kv.put(prefix + id, { ...row, atMs: Date.now() } satisfies Row);
    const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
    const { plaintext } = await compactDecrypt(row.sealed, key, options);
    return new Secret(new TextDecoder().decode(plaintext));
  }

  /** Resolves when it will not be lost any more: the one before may be good for nothing now. */
  async replace({ id, key }: Grant, refreshToken: Secret): Promise<void> {
    const sealed = await new CompactEncrypt(new TextEncoder().encode(refreshToken.reveal()))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(key);
    this.#storage.kv.put(prefix + id, { sealed, atMs: Date.now() } satisfies Row);
    // Whatever becomes of the login, somebody has to look some day whether it is still of use.
    await this.#storage.setAlarm(Date.now() + limits.loginsRememberedMs);
    await this.#storage.sync();
  }
}

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && 'sealed' in value && 'atMs' in value;
