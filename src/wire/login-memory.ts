/**
 * What is remembered of an account's logins when its object is lost?
 *
 * Enough to tell a rightful user from somebody who guesses, and too little to help anybody who reads it: a count of
 * refusals, and 16 bits of a salted digest for each credential that was accepted. One wrong password in 65,536 has the
 * same 16 bits; all that it gains is that the mail server is asked about it at once.
 */
import { limits } from '../core/limits.ts';
import type { CredentialDigest } from './credential.ts';

interface Kept {
  readonly salt: string;
  readonly accepted: readonly { readonly tag: number; readonly atMs: number }[];
  /** Different credentials that were refused, one after the other. */
  readonly refusals: number;
  readonly lastRefusalMs: number;
}

/** A Durable Object's storage, or as much of it as is needed. */
export interface Storage {
  readonly kv: { get(key: string): unknown; put(key: string, value: unknown): void };
  setAlarm(timeMs: number): Promise<void>;
}

/** To be changed with the shape of what is kept: then the old one is as good as nothing. */
const key = 'logins.1';
const dayMs = 24 * 60 * 60_000;

export class LoginMemory {
  readonly #storage: Storage;
  #kept: Kept;

  constructor(storage: Storage) {
    this.#storage = storage;
    const kept = storage.kv.get(key);
    this.#kept = isKept(kept) ? kept : { salt: randomSalt(), accepted: [], refusals: 0, lastRefusalMs: 0 };
  }

  get salt(): string {
    return this.#kept.salt;
  }

  wasAccepted(credential: CredentialDigest): boolean {
    return this.#kept.accepted.some(({ tag }) => tag === tagOf(credential));
  }

  accept(credential: CredentialDigest): void {
    const tag = tagOf(credential);
    const known = this.#kept.accepted.find((other) => other.tag === tag);
    // Written once a day and not with every login.
    if (known !== undefined && Date.now() - known.atMs < dayMs) return;
    const others = this.#kept.accepted.filter((other) => other !== known);
    this.#keep({ accepted: [{ tag, atMs: Date.now() }, ...others].slice(0, limits.acceptedCredentials) });
  }

  refuse(credential: CredentialDigest): void {
    const tag = tagOf(credential);
    this.#keep({
      accepted: this.#kept.accepted.filter((other) => other.tag !== tag),
      refusals: this.#recentRefusals() + 1,
      lastRefusalMs: Date.now(),
    });
  }

  /** When a credential that is not known to be good may be tried again. */
  get nextTryMs(): number {
    const beyond = this.#recentRefusals() - limits.freeRefusals;
    return beyond < 0 ? 0 : this.#kept.lastRefusalMs + Math.min(limits.throttleMs * 2 ** beyond, limits.throttleMostMs);
  }

  #recentRefusals(): number {
    return Date.now() - this.#kept.lastRefusalMs > limits.refusalsForgottenMs ? 0 : this.#kept.refusals;
  }

  #keep(news: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...news };
    this.#storage.kv.put(key, this.#kept);
    // Not awaited: the platform holds back what the object answers until it is written.
    void this.#storage.setAlarm(Date.now() + limits.loginsRememberedMs);
  }
}

const isKept = (value: unknown): value is Kept => typeof value === 'object' && value !== null;

const tagOf = (credential: CredentialDigest): number => new DataView(credential).getUint16(0);

function randomSalt(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
}
