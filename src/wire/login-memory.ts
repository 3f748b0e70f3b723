/**
 * What is remembered of an account's logins when its object is lost?
 *
 * Enough to tell a rightful user from somebody who guesses, and too little to help anybody who reads it: a count of
 * refusals, and 16 bits of a salted digest for each credential that was accepted or refused. One wrong password in 65,536
 * has the same 16 bits; all that it gains is that the mail server is asked about it at once.
 */
import { limits } from '../core/limits.ts';
import type { CredentialDigest } from './credential.ts';

interface Kept {
  readonly salt: string;
  readonly accepted: readonly { readonly tag: number; readonly atMs: number }[];
  /** Different credentials that were refused, one after the other. */
  readonly refusals: number;
  readonly lastRefusalMs: number;
  /** Each of them counts once, however often it comes again: a program with an old password is nobody who guesses. */
  readonly refused: readonly RefusedTag[];
}

interface RefusedTag {
  readonly tag: number;
  readonly times: number;
  /** Until then the mail server is not asked about it again. */
  readonly untilMs: number;
}

/** A Durable Object's storage, or as much of it as is needed. */
export interface Storage {
  readonly kv: { get(key: string): unknown; put(key: string, value: unknown): void };
  setAlarm(timeMs: number): Promise<void>;
}

/** To be changed with the shape of what is kept: then the old one is as good as nothing. */
const key = 'logins.2';
const dayMs = 24 * 60 * 60_000;

export class LoginMemory {
  readonly #storage: Storage;
  #kept: Kept;

  constructor(storage: Storage) {
    this.#storage = storage;
    const kept = storage.kv.get(key);
    this.#kept = isKept(kept) ? kept : { salt: randomSalt(), accepted: [], refused: [], refusals: 0, lastRefusalMs: 0 };
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
    const others = this.#kept.accepted.filter((other) => other !== known);
    const isFresh = known !== undefined && Date.now() - known.atMs < dayMs;
    const accepted = [isFresh ? known : { tag, atMs: Date.now() }, ...others].slice(0, limits.acceptedCredentials);
    // Written once a day and not with every login; whoever is used last is pushed out last all the same.
    if (isFresh) this.#kept = { ...this.#kept, accepted };
    else this.#keep({ accepted, refused: this.#refusedBut(tag) });
  }

  /** What is known of a refused one; undefined when it is new. */
  refusedBefore(credential: CredentialDigest): RefusedTag | undefined {
    return this.#kept.refused.find(({ tag }) => tag === tagOf(credential));
  }

  refuse(credential: CredentialDigest): RefusedTag {
    const tag = tagOf(credential);
    const before = this.refusedBefore(credential);
    const times = (before?.times ?? 0) + 1;
    const beyond = times - limits.freeRepeats;
    const waitMs = beyond < 0 ? 0 : Math.min(limits.repeatMs * 2 ** beyond, limits.repeatMostMs);
    const refused = { tag, times, untilMs: Date.now() + waitMs };
    // Nor is one that was good once, such as a token that has expired.
    const isGuess = before === undefined && !this.wasAccepted(credential);
    this.#keep({
      accepted: this.#kept.accepted.filter((other) => other.tag !== tag),
      refused: [refused, ...this.#refusedBut(tag)].slice(0, limits.refusedCredentials),
      ...(isGuess ? { refusals: this.#recentRefusals() + 1, lastRefusalMs: Date.now() } : {}),
    });
    return refused;
  }

  #refusedBut(tag: number): readonly RefusedTag[] {
    return this.#kept.refused.filter((other) => other.tag !== tag);
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
