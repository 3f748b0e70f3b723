/**
 * May this credential be tried at the mail server now?
 *
 * Postern must not serve to guess passwords, nor to have a mail server lock its user out. One that was accepted lately is
 * never held up, whatever others try. Of the rest one at a time is tried; a few may be refused freely, then they wait
 * longer each time; and one that was refused already is asked about again less and less often, since a program with an
 * old password would otherwise have the account locked.
 */
import { within } from '../core/deadline.ts';
import { err, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { type CredentialDigest, isSameCredential } from './credential.ts';
import type { LoginMemory } from './login-memory.ts';
import { queueFull } from './turns.ts';

type LoginRefused = Extract<MailFailure, { kind: 'login-refused' }>;

interface Refusal {
  readonly credential: CredentialDigest;
  readonly failure: LoginRefused;
  /** Until then it is answered without asking the server again. */
  readonly untilMs: number;
}

interface Trial {
  readonly credential: CredentialDigest;
  /** Its failure; null when the credential was accepted. Never rejects. */
  readonly outcome: Promise<MailFailure | null>;
}

export class LoginGuard {
  readonly #memory: LoginMemory;
  #refusals: readonly Refusal[] = [];
  #trial: Trial | null = null;
  #waiting = 0;

  constructor(memory: LoginMemory) {
    this.#memory = memory;
  }

  /**
   * Runs `login` when it may be, and learns from it. Fails as it does, or with `login-refused` (known already),
   * `login-throttled`, `queue-full` or `deadline-exceeded` (queue).
   */
  async judge<T>(credential: CredentialDigest, login: () => Promise<Result<T>>): Promise<Result<T>> {
    const untilMs = Date.now() + limits.queueMs;
    while (!this.#memory.wasAccepted(credential)) {
      const trial = this.#trial;
      if (trial === null) return this.held(credential) ?? this.#try(credential, login);
      const waited = await this.#awaited(trial, untilMs);
      if (!waited.ok) return waited;
      const failure = waited.value;
      // The same question was being asked already, and this is its answer.
      if (failure !== null && isSameCredential(trial.credential, credential)) return err(failure);
    }
    return this.#learn(credential, await login());
  }

  #learn<T>(credential: CredentialDigest, result: Result<T>): Result<T> {
    if (result.ok) this.#accept(credential);
    else if (result.failure.kind === 'login-refused') this.#refuse(credential, result.failure);
    return result;
  }

  /** Why a credential is not to be tried now; undefined when it may be. To be asked again after a wait. */
  held(credential: CredentialDigest): Result<never> | undefined {
    if (this.#memory.wasAccepted(credential)) return undefined;
    const now = Date.now();
    const known = this.#refusalOf(credential);
    if (known !== undefined && now < known.untilMs) {
      return err({ ...known.failure, retryAfterSeconds: secondsUntil(known.untilMs) });
    }
    // Asking again about the same one is no guess. By 16 bits alone nobody is told that a password is wrong.
    const before = this.#memory.refusedBefore(credential);
    const untilMs = before === undefined ? this.#memory.nextTryMs : before.untilMs;
    if (known !== undefined || now >= untilMs) return undefined;
    return err({ kind: 'login-throttled', limitedBy: 'postern', retryAfterSeconds: secondsUntil(untilMs) });
  }

  async #try<T>(credential: CredentialDigest, login: () => Promise<Result<T>>): Promise<Result<T>> {
    const { promise: outcome, resolve } = Promise.withResolvers<MailFailure | null>();
    this.#trial = { credential, outcome };
    let result: Result<T> = err({ kind: 'internal' });
    try {
      result = this.#learn(credential, await login());
      return result;
    } finally {
      this.#trial = null;
      resolve(result.ok ? null : result.failure);
    }
  }

  /** How the trial ended. Fails when that takes too long, or when too many wait for it. */
  async #awaited({ outcome }: Trial, untilMs: number): Promise<Result<MailFailure | null>> {
    if (this.#waiting >= limits.queuedRequests) return err(queueFull);
    this.#waiting += 1;
    try {
      return ok(await within(Math.max(0, untilMs - Date.now()), 'queue', outcome));
    } catch {
      // The one thing that is thrown here.
      return err({ kind: 'deadline-exceeded', phase: 'queue', limitMs: limits.queueMs });
    } finally {
      this.#waiting -= 1;
    }
  }

  #accept(credential: CredentialDigest): void {
    this.#memory.accept(credential);
    this.#refusals = this.#refusals.filter((refusal) => !isSameCredential(refusal.credential, credential));
  }

  #refuse(credential: CredentialDigest, failure: LoginRefused): void {
    const { untilMs } = this.#memory.refuse(credential);
    const others = this.#refusals.filter((other) => !isSameCredential(other.credential, credential));
    const refusal = { credential, failure, untilMs };
    this.#refusals = [refusal, ...others].slice(0, limits.refusedCredentials);
  }

  #refusalOf(credential: CredentialDigest): Refusal | undefined {
    return this.#refusals.find((refusal) => isSameCredential(refusal.credential, credential));
  }
}

const secondsUntil = (timeMs: number): number => Math.max(1, Math.ceil((timeMs - Date.now()) / 1000));
