/**
 * Who looks whether the maildrop has changed, for all who wait for it with one credential?
 *
 * A session sees the maildrop as it was at login, and locks it. So each look is a login of its own, not more often than the server
 * wants to see one, and the maildrop is given back at once.
 */
import { type Account, toMessage } from '../../core/account.ts';
import type { MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { CredentialDigest } from '../../wire/credential.ts';
import { isPassing } from '../../wire/outage.ts';
import { Signal } from '../../wire/signal.ts';
import type { MaildropSessions } from './account-sessions.ts';
import { loginDelaySeconds } from './capabilities.ts';
import { type Listener, type Sight, sightOf } from './listener.ts';
import type { MaildropSession } from './session.ts';

/** Somebody else has it for now, or it passes by itself. */
export const mayPass = (failure: MailFailure): boolean => failure.kind === 'maildrop-locked' || isPassing(failure);

/** How long the server asks to be left alone. */
export const restMsOf = (failure: MailFailure): number =>
  'retryAfterSeconds' in failure ? (failure.retryAfterSeconds ?? 0) * 1000 : 0;

/** When the maildrop may be looked at again, after a look that took so long. */
export function nextLookMs({ capabilities }: MaildropSession, tookMs: number): number {
  const delayMs = (loginDelaySeconds(capabilities) ?? 0) * 1000;
  // Where all headers have to be read to tell what there is, a server is left alone for longer.
  return Date.now() + Math.max(limits.livePollMs, delayMs, tookMs * 4);
}

export class Watch {
  readonly credential: CredentialDigest;
  readonly #account: Account;
  readonly #sessions: MaildropSessions;
  readonly #listeners = new Set<Listener>();
  readonly #signal = new Signal();
  #nextLookMs: number;
  #isOver = false;

  constructor(account: Account, credential: CredentialDigest, sessions: MaildropSessions, nextLookMs: number) {
    this.#nextLookMs = nextLookMs;
    this.#account = account;
    this.credential = credential;
    this.#sessions = sessions;
  }

  /** From then on nobody who joins would be told anything. */
  get isOver(): boolean {
    return this.#isOver;
  }

  join(listener: Listener): void {
    this.#listeners.add(listener);
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener);
    listener.dismiss();
    this.#signal.ring();
  }

  /** Ends when nobody waits any more. */
  async run(): Promise<void> {
    try {
      while (this.#listeners.size > 0) {
        if (Date.now() < this.#nextLookMs) await this.#signal.wait(this.#nextLookMs);
        else await this.#look();
      }
    } finally {
      this.#isOver = true;
    }
  }

  dismiss(failure: MailFailure): void {
    for (const listener of this.#listeners) listener.fail(failure);
    this.#listeners.clear();
  }

  /** What somebody with the same credential has just seen serves all of them. Whether any was told anything. */
  show(sight: Sight, nextLookMs: number): boolean {
    const told = [...this.#listeners].filter((listener) => listener.see(sight));
    for (const listener of told) this.#listeners.delete(listener);
    this.#nextLookMs = nextLookMs;
    this.#signal.ring();
    return told.length > 0;
  }

  async #look(): Promise<void> {
    const start = Date.now();
    const { result } = await this.#sessions.fresh(toMessage(this.#account), async ({ session, release, discard }) => {
      const sight = sightOf(await session.messages());
      const hasTold = this.show(sight, nextLookMs(session, Date.now() - start));
      // Whoever is told of news reads them next. Otherwise nobody has to find the maildrop locked.
      if (hasTold) release();
      else discard();
    });
    if (result.ok) return;
    if (!mayPass(result.failure)) this.dismiss(result.failure);
    this.#nextLookMs = Date.now() + Math.max(limits.livePollMs, restMsOf(result.failure));
  }
}
