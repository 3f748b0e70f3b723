/**
 * How does a Watcher get a session with the mail server?
 *
 * One of its own each time, with a credential that was good at the account's own object. A maildrop has one at a time, since the server
 * locks it; of mailboxes there is one for looking and one for reading, for each credential.
 */
import { type AccountMessage, fromMessage, type LoginAccount } from '../../core/account.ts';
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { Secret } from '../../core/secret.ts';
import { refusalOf } from '../../core/server.ts';
import { openSession } from '../../mailbox/session/open-session.ts';
import type { ImapSession } from '../../mailbox/session/session.ts';
import { loginDelaySeconds } from '../../maildrop/session/capabilities.ts';
import { MaildropSession } from '../../maildrop/session/session.ts';
import type { GivenToken } from '../../wire/access-tokens.ts';
import { type Turn, Turns } from '../../wire/turns.ts';
import type { AccountObject } from '../proof/account-object.ts';
import type { WatchCredential } from '../store/change.ts';

export type MailSession =
  | { readonly protocol: 'imap'; readonly session: ImapSession }
  | { readonly protocol: 'pop3'; readonly session: MaildropSession };

/** To be closed, once: until then nobody else has the maildrop. */
export type OpenedSession = MailSession & { readonly close: () => void };

/** Whose turn it is with a maildrop, whatever for. */
const maildrop = 'maildrop';

export type Purpose = 'look' | 'read' | `live ${string}`;

export class Logins {
  readonly #accounts: AccountObject;
  readonly #isDevelopment: boolean;
  readonly #turns = new Map<string, Turns>();
  /** By the id of the credential. */
  readonly #tokens = new Map<string, GivenToken>();
  #lastHangUpMs = 0;
  /** Of the maildrop: how long after one login the server wants the next (LOGIN-DELAY, RFC 2449 §6.5), and when the last one was. */
  #loginDelayMs = 0;
  #lastLoginMs = 0;

  constructor(accounts: AccountObject, isDevelopment: boolean) {
    this.#accounts = accounts;
    this.#isDevelopment = isDevelopment;
  }

  /** Fails as a login does, as waiting for a turn does, or with `server-forbidden`. */
  async open({ id, account }: WatchCredential, purpose: Purpose): Promise<Result<OpenedSession>> {
    const turn = await this.#turn(account.server.protocol === 'pop3' ? maildrop : `${purpose} ${id}`);
    if (!turn.ok) return turn;
    let isOpened = false;
    try {
      const opened = await this.#withCredential(id, account);
      if (!opened.ok) return opened;
      isOpened = true;
      const close = (): void => {
        opened.value.session.close();
        turn.value.giveBack();
      };
      return ok({ ...opened.value, close });
    } finally {
      if (!isOpened) turn.value.giveBack();
    }
  }

  loginDelayMs({ server }: AccountMessage): number {
    return server.protocol === 'pop3' ? this.#loginDelayMs : 0;
  }

  /** Whoever comes sooner is refused by the server. */
  restsUntilMs({ server }: AccountMessage): number {
    return server.protocol === 'pop3' && this.#loginDelayMs > 0 ? this.#lastLoginMs + this.#loginDelayMs : 0;
  }

  /** Whether the server takes the caller's credential, asked at the account's own object: not while this has the maildrop. */
  async prove(account: AccountMessage): Promise<Result<void>> {
    if (account.server.protocol !== 'pop3') return this.#accounts.prove(account);
    const turn = await this.#turn(maildrop);
    if (!turn.ok) return turn;
    try {
      const proven = await this.#accounts.prove(account);
      if (proven.ok) this.#lastLoginMs = Date.now();
      return proven;
    } finally {
      this.#lastHangUpMs = Date.now();
      turn.value.giveBack();
    }
  }

  #turn(key: string): Promise<Result<Turn>> {
    const turns = this.#turns.get(key) ?? new Turns(1);
    this.#turns.set(key, turns);
    return turns.take({ isStream: false, isFirst: false, untilMs: Date.now() + limits.queueMs });
  }

  async #withCredential(id: string, message: AccountMessage): Promise<Result<MailSession>> {
    const { credential, ...account } = fromMessage(message);
    if (credential.kind !== 'refresh-token') return this.#login({ ...account, credential });
    const kept = this.#tokens.get(id);
    const isKept = kept !== undefined && Date.now() < kept.untilMs;
    const token = isKept ? ok(kept) : await this.#fetched(id, message, null);
    if (!token.ok) return token;
    const shown = ({ token }: GivenToken): LoginAccount => ({
      ...account,
      credential: { kind: 'access-token', secret: new Secret(token) },
    });
    const opened = await this.#login(shown(token.value));
    if (opened.ok || opened.failure.kind !== 'login-refused') return opened;
    // It may have ended before its time, here or where it was kept.
    const other = await this.#fetched(id, message, token.value.token);
    return other.ok ? this.#login(shown(other.value)) : other;
  }

  async #fetched(id: string, account: AccountMessage, refused: string | null): Promise<Result<GivenToken>> {
    const given = await this.#accounts.accessToken(account, refused);
    if (given.ok) this.#tokens.set(id, given.value);
    else this.#tokens.delete(id);
    return given;
  }

  async #login(account: LoginAccount): Promise<Result<MailSession>> {
    // What the operator allowed when the subscription was made may be forbidden by now.
    const reason = refusalOf(account.server, this.#isDevelopment);
    if (reason !== null) return err({ kind: 'server-forbidden', reason });
    if (account.server.protocol === 'pop3') return this.#maildrop(account);
    const opened = await openSession(account, this.#isDevelopment, {});
    return opened.ok ? ok({ protocol: 'imap', session: opened.value }) : opened;
  }

  async #maildrop(account: LoginAccount): Promise<Result<MailSession>> {
    for (;;) {
      try {
        const session = await MaildropSession.open(account, this.#isDevelopment, {});
        this.#lastLoginMs = Date.now();
        this.#loginDelayMs = (loginDelaySeconds(session.capabilities) ?? 0) * 1000;
        session.onClose = () => {
          this.#lastHangUpMs = Date.now();
        };
        return ok({ protocol: 'pop3', session });
      } catch (error) {
        if (!(error instanceof Failed)) throw error;
        // The server may notice later than we do that our last session has ended, and hold its lock until then.
        const isOurs = Date.now() - this.#lastHangUpMs < limits.lingeringLockMs;
        if (error.failure.kind !== 'maildrop-locked' || !isOurs) return err(error.failure);
        await scheduler.wait(limits.lockedRetryMs);
      }
    }
  }
}
