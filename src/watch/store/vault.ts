/**
 * With what does a Watcher seal what it keeps?
 *
 * With a data key of its own, 256 random bits, which is itself sealed under CAPSULE_KEYS (`core/seal.ts`): when a key of the operator's is
 * replaced, one row is sealed anew and not all of them. Each row is a compact JWE (RFC 7516, `dir` with A256GCM) whose protected header
 * says which place it is for, so that none can be put into another's place. No row is read without it; no library's error leaves here.
 */
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { Failed } from '../../core/failure.ts';
import { type Keyring, open, seal } from '../../core/seal.ts';

/** What kind of row, of whom, and which. */
export type Place = readonly [
  kind: 'credential' | 'subscription' | 'known' | 'event' | 'attempts',
  ...(string | number)[],
];

/**
 * A sealed token has an end (`exp`), which for a receipt or a capsule is what makes them harmless. What is kept here ends by being
 * erased, and a subscription that nobody looked at for a year has to be there: so it is the last day that a date can name.
 */
const neverSeconds = Date.UTC(9999, 11, 31) / 1000;

export class Vault {
  readonly #key: CryptoKey;
  /** The data key, for the storage. */
  readonly sealedKey: string;
  /** It was not sealed under the newest of the operator's keys before. */
  readonly isResealed: boolean;

  private constructor(key: CryptoKey, sealedKey: string, isResealed: boolean) {
    this.#key = key;
    this.sealedKey = sealedKey;
    this.isResealed = isResealed;
  }

  /** A new one, for the object of that id. */
  static made(keyring: Keyring, objectId: string): Promise<Vault> {
    return Vault.#sealed(keyring, objectId, crypto.getRandomValues(new Uint8Array(32)));
  }

  /** Null when the key that has sealed it is not there any more, or it was sealed for another object. */
  static async opened(keyring: Keyring, objectId: string, sealedKey: string): Promise<Vault | null> {
    // Whatever the time is, that end is not over.
    const opened = await open(keyring, 'watch', partsOf(objectId), 0, sealedKey);
    if (opened.kind !== 'opened') return null;
    const dataKey = Uint8Array.from(opened.payload);
    if (decodeProtectedHeader(sealedKey).kid !== keyring[0].id) return Vault.#sealed(keyring, objectId, dataKey);
    return new Vault(await imported(dataKey), sealedKey, false);
  }

  static async #sealed(keyring: Keyring, objectId: string, dataKey: Uint8Array<ArrayBuffer>): Promise<Vault> {
    const sealedKey = await seal(keyring, 'watch', partsOf(objectId), neverSeconds, dataKey);
    return new Vault(await imported(dataKey), sealedKey, true);
  }

  /** Random nonces of 96 bits are good for 2^32 rows under one key (NIST SP 800-38D §8.3); the busiest account has some 10^7. */
  seal(place: Place, payload: Uint8Array): Promise<string> {
    const header = { alg: 'dir', enc: 'A256GCM', typ: 'watch-row.v1', place: nameOf(place) };
    return new CompactEncrypt(payload).setProtectedHeader(header).encrypt(this.#key);
  }

  sealJson(place: Place, value: unknown): Promise<string> {
    return this.seal(place, new TextEncoder().encode(JSON.stringify(value)));
  }

  /** Throws `Failed` (`internal`) for a row that was not sealed with this key for just this place. */
  async open(place: Place, sealed: string): Promise<Uint8Array> {
    const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
    const opened = await compactDecrypt(sealed, this.#key, options).catch(() => null);
    // Whoever can write into the storage has done this, or it has lost something: there is nothing more to learn from jose's error.
    if (opened?.protectedHeader['place'] !== nameOf(place)) throw new Failed({ kind: 'internal' });
    return opened.plaintext;
  }

  /** What `sealJson` was given: nobody else can have made it, and tables of another version are not read (`tables.ts`). */
  async openJson<T>(place: Place, sealed: string): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.open(place, sealed)));
  }
}

const imported = (dataKey: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', dataKey, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** The data key of one object is noise in another. */
const partsOf = (objectId: string) => ['watcher', objectId];

const nameOf = (place: Place): string => JSON.stringify(place);
