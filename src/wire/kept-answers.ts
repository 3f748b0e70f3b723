/**
 * What is remembered of a request that came with an Idempotency-Key?
 * (draft-ietf-httpapi-idempotency-key-header-07)
 *
 * Its answer, so that a repeat is answered alike, or that it is in doubt: written down before the mail server could have done
 * it, so that it outlives the loss of the object at any instant. Keys and messages are kept as salted digests alone.
 */
import { createHash, type Hash } from 'node:crypto';
import { limits } from '../core/limits.ts';

/** A Durable Object's storage, or as much of it as is needed. */
export interface KeptStorage {
  readonly kv: {
    get(key: string): unknown;
    put(key: string, value: unknown): void;
    delete(key: string): boolean;
    list(options: {
      readonly start: string;
      readonly end: string;
      readonly limit: number;
    }): Iterable<[string, unknown]>;
  };
  /** Resolves when all that was put is on disk. */
  sync(): Promise<void>;
}

export interface Kept<Doubt, Answer> {
  /** A digest of what was asked for. */
  readonly fingerprint: string;
  readonly atMs: number;
  readonly state:
    | { readonly kind: 'doubt'; readonly doubt: Doubt }
    | { readonly kind: 'done'; readonly answer: Answer };
}

const prefix = 'kept.';
const saltKey = 'kept-salt';

export class KeptAnswers {
  readonly #storage: KeptStorage;
  readonly #salt: string;
  /** Those that are being carried out; who loses the object loses them too. */
  readonly #running = new Set<string>();

  constructor(storage: KeptStorage) {
    this.#storage = storage;
    const salt = storage.kv.get(saltKey);
    this.#salt = typeof salt === 'string' ? salt : randomSalt();
  }

  /** What one key stands for: `scope` is all that it belongs to. */
  request<Doubt, Answer>(scope: readonly unknown[], key: string): KeptRequest<Doubt, Answer> {
    const id = this.hash(JSON.stringify([...scope, key])).digest('base64url');
    return {
      hash: (text) => this.hash(text),
      begin: () => {
        const isFree = !this.#running.has(id);
        this.#running.add(id);
        return isFree;
      },
      end: () => {
        this.#running.delete(id);
      },
      find: () => {
        for (const day of [today(), today() - 1]) {
          const kept = this.#storage.kv.get(placeOf(day, id));
          if (isKept<Doubt, Answer>(kept)) return kept;
        }
        return null;
      },
      keep: async (fingerprint, state) => {
        this.#forget(id);
        this.#eraseOld();
        const kept: Kept<Doubt, Answer> = { fingerprint, atMs: Date.now(), state };
        this.#storage.kv.put(saltKey, this.#salt);
        this.#storage.kv.put(placeOf(today(), id), kept);
        await this.#storage.sync();
      },
      forget: () => this.#forget(id),
    };
  }

  hash(text: string): Hash {
    return createHash('sha256').update(this.#salt).update(text);
  }

  #forget(id: string): void {
    for (const day of [today(), today() - 1]) this.#storage.kv.delete(placeOf(day, id));
  }

  #eraseOld(): void {
    const range = { start: prefix, end: placeOf(today() - 1, ''), limit: limits.keptAnswersErased };
    for (const [key] of [...this.#storage.kv.list(range)]) this.#storage.kv.delete(key);
  }
}

export interface KeptRequest<Doubt, Answer> {
  /** SHA-256, salted; more may follow. */
  hash(text: string): Hash;
  /** False when one with the same key is being carried out. Else it is to be ended. */
  begin(): boolean;
  end(): void;
  find(): Kept<Doubt, Answer> | null;
  /** Resolves when it will not be lost any more. */
  keep(fingerprint: string, state: Kept<Doubt, Answer>['state']): Promise<void>;
  forget(): void;
}

/** What is kept of one day lies together, and is as good as gone two days later. */
const today = (): number => Math.floor(Date.now() / limits.keptAnswersMs);
const placeOf = (day: number, id: string): string => `${prefix}${String(day).padStart(8, '0')}.${id}`;

const isKept = <Doubt, Answer>(value: unknown): value is Kept<Doubt, Answer> =>
  typeof value === 'object' && value !== null;

const randomSalt = (): string => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
