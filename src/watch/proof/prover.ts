/**
 * Is this caller who it says it is?
 *
 * By the credential that subscriptions look with, when it is the same and was good a while ago: so a call costs no login. By a login
 * through the account's own object otherwise. Whether there is any subscription makes no difference.
 */
import { type AccountMessage, fromMessage } from '../../core/account.ts';
import { ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { CredentialDigester, isSameCredential } from '../../wire/credential.ts';
import type { WatchCredential } from '../store/change.ts';

export class Prover {
  readonly #login: (account: AccountMessage) => Promise<Result<void>>;
  /** For comparisons in this object's memory alone. */
  readonly #digester = new CredentialDigester(crypto.randomUUID());
  /** When a credential was good the last time, by its id. */
  readonly #goodAtMs = new Map<string, number>();

  /** `login` through the account's own object. */
  constructor(login: (account: AccountMessage) => Promise<Result<void>>) {
    this.#login = login;
  }

  /** What a login with a credential that is kept has told. */
  learn(credentialId: string, isGood: boolean, nowMs: number): void {
    if (isGood) this.#goodAtMs.set(credentialId, nowMs);
    else this.#goodAtMs.delete(credentialId);
  }

  /** Fails as a login does. */
  async prove(caller: AccountMessage, credentials: readonly WatchCredential[], nowMs: number): Promise<Result<void>> {
    const known = await this.same(caller, credentials);
    const goodAtMs = known === null ? undefined : this.#goodAtMs.get(known.id);
    if (goodAtMs !== undefined && nowMs - goodAtMs < limits.watchProofMs) return ok(undefined);
    const proven = await this.#login(caller);
    if (known !== null && proven.ok) this.learn(known.id, true, nowMs);
    return proven;
  }

  /** The one among these that is the caller's, of the same account to the letter. */
  async same(caller: AccountMessage, credentials: readonly WatchCredential[]): Promise<WatchCredential | null> {
    const asked = await this.#digester.digest(fromMessage(caller));
    let same: WatchCredential | null = null;
    for (const credential of credentials) {
      const digest = await this.#digester.digest(fromMessage(credential.account));
      if (isSameCredential(digest, asked)) same = credential;
    }
    return same;
  }
}
