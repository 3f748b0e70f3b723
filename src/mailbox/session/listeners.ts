/**
 * Who listens to which of the account's mailboxes?
 *
 * Each caller proves itself by a look of its own, in the account's sessions like everybody else, before it shares what is found
 * for others; and it shares it only with those who came with the same credential, and to whom the mailbox is granted in the same way.
 */
import type { Access } from '../../core/access.ts';
import { type AccountMessage, fromMessage } from '../../core/account.ts';
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import type { Reply } from '../../core/reply.ts';
import { isSameCredential } from '../../wire/credential.ts';
import type { FetchedChanges, MailboxName, StreamedEvents } from '../answers.ts';
import { mailboxIdOf } from '../rules.ts';
import type { AccountSessions } from './account-sessions.ts';
import { changesSince } from './changes.ts';
import { eventStream } from './event-stream.ts';
import { hasChanges, Listener } from './listener.ts';
import { Watch } from './watch.ts';

/** One who listens, until it is ended. */
export interface Seat {
  readonly listener: Listener;
  leave(): void;
}

const retryAfterSeconds = 30;

export class Listeners {
  readonly #sessions: AccountSessions;
  readonly #watches = new Set<Watch>();

  constructor(sessions: AccountSessions) {
    this.#sessions = sessions;
  }

  /** What has changed since `since`, and from then on whatever changes, as the lines of `live/lines.ts`. */
  async events(
    account: AccountMessage,
    mailbox: MailboxName,
    since: Uint8Array | null,
    onFailure: (failure: MailFailure) => void,
  ): Promise<Reply<StreamedEvents>> {
    const { result, timings } = await this.look(account, mailbox, since, limits.changes);
    if (!result.ok) return { result, timings };
    const first = result.value;
    const seat = await this.#seat(account, first.mailboxPath, first.newState, limits.changes);
    return { result: seat.ok ? ok({ lines: eventStream(seat.value, first, onFailure) }) : seat, timings };
  }

  /** What has changed since `since`, as soon as anything has; nothing when nothing has for so long. */
  async changes(
    account: AccountMessage,
    mailbox: MailboxName,
    since: Uint8Array,
    maxChanges: number,
    waitMs: number,
  ): Promise<Reply<FetchedChanges>> {
    const untilMs = Date.now() + waitMs;
    const looked = await this.look(account, mailbox, since, maxChanges);
    if (!looked.result.ok || hasChanges(looked.result.value)) return looked;
    const unchanged = looked.result;
    const seat = await this.#seat(account, unchanged.value.mailboxPath, since, maxChanges);
    if (!seat.ok) return { result: seat, timings: looked.timings };
    try {
      const told = await seat.value.listener.next(Math.max(0, untilMs - Date.now()));
      return { result: told ?? unchanged, timings: looked.timings };
    } finally {
      seat.value.leave();
    }
  }

  /** What has changed since `since`; the state as it is now, and no changes, when that is null. */
  async look(
    account: AccountMessage,
    mailbox: MailboxName,
    since: Uint8Array | null,
    maxChanges: number,
  ): Promise<Reply<FetchedChanges>> {
    return this.#sessions.inMailbox(
      account,
      { kind: 'read', mailbox, newsCanWait: true },
      ({ session }, selected, timings) => changesSince(session, selected, since, maxChanges, timings),
    );
  }

  /** A seat for somebody whose credential has just been used. Fails with `listeners-full`. */
  async #seat(account: AccountMessage, path: string, state: Uint8Array, maxChanges: number): Promise<Result<Seat>> {
    const credential = await this.#sessions.credentialOf(account);
    const all = [...this.#watches].filter(({ isOver }) => !isOver);
    const taken = all.reduce((sum, { audience }) => sum + audience.size, 0);
    if (taken >= limits.listeners) return err(full('listeners'));
    const access = { ...account.access, mailboxes: standingGrant(account.access, path) };
    const known = all.find(
      (watch) =>
        watch.path === path &&
        isSameCredential(watch.credential, credential) &&
        JSON.stringify(watch.access.mailboxes) === JSON.stringify(access.mailboxes),
    );
    if (known === undefined && all.length >= limits.watchedMailboxes) return err(full('watchedMailboxes'));
    const watch = known ?? new Watch(fromMessage({ ...account, access }), credential, path, this.#sessions);
    const listener = new Listener(state, maxChanges, watch.audience.wake);
    watch.audience.join(listener);
    if (known === undefined) void this.#run(watch, account.server.host);
    return ok({ listener, leave: () => watch.audience.leave(listener) });
  }

  async #run(watch: Watch, host: string): Promise<void> {
    this.#watches.add(watch);
    try {
      await watch.run();
    } catch (error) {
      logEvent('object.crashed', { protocol: 'imap', host, ...crashOf(error) });
      watch.audience.dismiss({ kind: 'internal' });
    } finally {
      this.#watches.delete(watch);
    }
  }
}

/**
 * By what somebody who may reach this mailbox now will be able to: all alike to whom it is granted by its name, which cannot change; others
 * by the roles that they have, which can be another mailbox's tomorrow.
 */
export function standingGrant({ mailboxes }: Access, path: string): readonly string[] {
  const id = mailboxIdOf(path);
  const isByName = mailboxes === null || mailboxes.includes(id) || (path === 'INBOX' && mailboxes.includes('inbox'));
  return isByName ? [id] : mailboxes;
}

const full = (limit: 'listeners' | 'watchedMailboxes'): MailFailure => ({
  kind: 'listeners-full',
  limitedBy: 'postern',
  limit,
  most: limits[limit],
  retryAfterSeconds,
});
