/**
 * Is this the credential that opened the session?
 *
 * A pool keeps no password, only a salted digest, compared in constant time.
 */
import type { Account } from '../core/account.ts';

declare const brand: unique symbol;
/** SHA-256 over the salt and all that an account consists of. */
export type CredentialDigest = ArrayBuffer & { readonly [brand]: 'CredentialDigest' };

export class CredentialDigester {
  readonly #salt: string;

  /** `salt` is random, and of one account's object alone. */
  constructor(salt: string) {
    this.#salt = salt;
  }

  async digest({ server, user, credential }: Account): Promise<CredentialDigest> {
    const kind = credential.kind === 'refresh-token' ? [credential.kind, credential.provider] : credential.kind;
    const text = JSON.stringify([this.#salt, server, user, kind, credential.secret.reveal()]);
    return (await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))) as CredentialDigest;
  }
}

export const isSameCredential = (one: CredentialDigest, other: CredentialDigest): boolean =>
  crypto.subtle.timingSafeEqual(one, other);
