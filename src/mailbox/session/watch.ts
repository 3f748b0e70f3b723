/**
 * Who finds out what changes in a mailbox, for all who listen to it with one credential?
 *
 * As long as anybody listens: a session that idles, where the server speaks by itself and nobody else needs the session; else
 * a question every few seconds, in a session that is given back each time. A session that is lost is replaced, and what has
 * changed meanwhile is found like everything else.
 */
import type { Access } from '../../core/access.ts';
import { type Account, toMessage } from '../../core/account.ts';
import { Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Timings } from '../../core/reply.ts';
import type { CredentialDigest } from '../../wire/credential.ts';
import { Outage } from '../../wire/outage.ts';
import type { Lease } from '../../wire/pool.ts';
import type { AccountSessions } from './account-sessions.ts';
import { isRefusal } from './attempt.ts';
import { Audience, type Look } from './audience.ts';
import { changesSince } from './changes.ts';
import { select, tellsOfOthers } from './select.ts';
import type { ImapSession } from './session.ts';

/** When the next round begins. */
type Next = 'at once' | 'soon' | 'later';

export class Watch {
  readonly credential: CredentialDigest;
  readonly path: string;
  readonly audience = new Audience();
  readonly #account: Account;
  readonly #sessions: AccountSessions;
  readonly #outage = new Outage();
  #mayIdle = true;
  #isOver = false;

  constructor(account: Account, credential: CredentialDigest, path: string, sessions: AccountSessions) {
    this.#account = account;
    this.credential = credential;
    this.path = path;
    this.#sessions = sessions;
  }

  /** Asked anew each time that it is looked: a role may be another mailbox's by now. */
  get access(): Access {
    return this.#account.access;
  }

  /** From then on nobody who joins would be told anything. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends when nobody listens any more, or when there is no hope of telling them anything. */
  async run(): Promise<void> {
    try {
      // Nobody waits before the first answer is on its way.
      await this.audience.rest(Date.now() + limits.livePollMs);
      while (this.audience.size > 0) {
        const round = await this.#round();
        if (!round.ok) await this.#recover(round.failure);
        else if (round.value === 'soon') await this.audience.rest(Date.now() + limits.holdAgainMs);
        else if (round.value === 'later') await this.audience.restLong();
      }
    } finally {
      this.#isOver = true;
    }
  }

  async #recover(failure: MailFailure): Promise<void> {
    const waitMs = this.#outage.waitMsAfter(failure);
    if (waitMs === null) this.audience.dismiss(failure);
    else await this.audience.pause(Date.now() + waitMs);
  }

  async #round(): Promise<Result<Next>> {
    if (!this.#mayIdle) return this.#ask();
    const held = await this.#hold();
    if (held.ok || held.failure.kind !== 'queue-full') return held;
    // All sessions are taken. Until one is free it is asked in turn, as often as where no server speaks by itself.
    if (!this.audience.isDue) return ok('soon');
    const asked = await this.#ask();
    return asked.ok ? ok('soon') : asked;
  }

  async #ask(): Promise<Result<Next>> {
    const intent = { kind: 'read', mailbox: { path: this.path }, newsCanWait: true } as const;
    const asked = await this.#sessions.inMailbox(
      toMessage(this.#account),
      intent,
      async ({ session }, _selected, timings) => {
        this.audience.doubt();
        await this.#look(session, timings);
        return ok('later' as const);
      },
    );
    return asked.result;
  }

  /** In a session of its own, until somebody else wants it. */
  async #hold(): Promise<Result<Next>> {
    let isWanted = false;
    const onWanted = (): void => {
      isWanted = true;
      this.audience.wake();
    };
    const intent = { kind: 'read', mailbox: { path: this.path }, newsCanWait: true, onWanted } as const;
    const held = await this.#sessions.inMailbox(toMessage(this.#account), intent, async (lease, _selected, timings) => {
      const { session } = lease;
      this.#mayIdle = session.has('IDLE') && tellsOfOthers(session);
      session.news.listener = this.audience.alarm;
      try {
        return ok(await this.#listen(lease, timings, () => isWanted));
      } finally {
        session.news.listener = null;
      }
    });
    return held.result;
  }

  async #listen(lease: Lease<ImapSession>, timings: Timings, isWanted: () => boolean): Promise<Next> {
    this.audience.doubt();
    while (true) {
      await this.#look(lease.session, timings);
      if (!this.#mayIdle) return 'later';
      if (this.audience.size === 0 || isWanted()) return 'at once';
      const untilMs = Math.min(Date.now() + limits.idleMs, lease.endsAtMs);
      await this.#idle(lease.session, untilMs, isWanted);
      if (Date.now() >= untilMs) this.audience.doubt();
      if (Date.now() < lease.endsAtMs) continue;
      lease.discard();
      return 'at once';
    }
  }

  async #idle(session: ImapSession, untilMs: number, isWanted: () => boolean): Promise<void> {
    let hasEnded = false;
    try {
      const isAsked = await session.idle(this.audience.rest(untilMs, () => hasEnded || isWanted()));
      if (isAsked) return;
    } catch (error) {
      // It refuses what it offered, or never says that it has begun.
      if (!(error instanceof Failed) || error.failure.kind === 'connection-lost') throw error;
      this.#mayIdle = false;
      if (!isRefusal(error.failure)) throw error;
    } finally {
      hasEnded = true;
      this.audience.wake();
    }
    // It had enough of it. Servers that do so at once are not asked again at once.
    this.audience.alarm();
    await this.audience.rest(untilMs, isWanted);
  }

  async #look(session: ImapSession, timings: Timings): Promise<void> {
    const look: Look = async (since, maxChanges) => {
      const selected = await select(session, this.access, { path: this.path }, timings, true);
      return selected.ok ? changesSince(session, selected.value, since, maxChanges, timings) : selected;
    };
    await this.audience.tell(look);
    this.#outage.end();
  }
}
