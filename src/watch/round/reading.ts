/**
 * How are messages read again, for what their events have to say?
 *
 * In a session for each credential that stays open as long as one message follows the other, and a moment longer; that of a maildrop, which
 * keeps all others out, no longer than a few seconds. While the account is in
 * trouble its server is not asked.
 */
import { within } from '../../core/deadline.ts';
import { err, Failed, type MailFailure, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import { Turns } from '../../wire/turns.ts';
import type { MessageReader } from '../delivery/courier.ts';
import { readMailboxMessage } from '../delivery/read-mailbox.ts';
import { readMaildropMessage } from '../delivery/read-maildrop.ts';
import type { JsonObject, MessageRef } from '../event.ts';
import type { WatchCredential } from '../store/change.ts';
import type { WatchStore } from '../store/watch-store.ts';
import type { Include, Subscription } from '../subscription.ts';
import type { Logins, OpenedSession } from './logins.ts';
import { isRefusal, knownFailure } from './trouble.ts';

/** Of one credential. */
interface Desk {
  readonly turns: Turns;
  opened: OpenedSession | null;
  openedAtMs: number;
  closing: ReturnType<typeof setTimeout> | undefined;
}

export class Reading {
  readonly #store: Pick<WatchStore, 'credentials'>;
  readonly #logins: Logins;
  readonly #onRefused: (credentialId: string, failure: MailFailure) => Promise<void>;
  readonly #desks = new Map<string, Desk>();

  constructor(
    store: Pick<WatchStore, 'credentials'>,
    logins: Logins,
    onRefused: (credentialId: string, failure: MailFailure) => Promise<void>,
  ) {
    this.#store = store;
    this.#logins = logins;
    this.#onRefused = onRefused;
  }

  readonly read: MessageReader = async (subscription, ref, include) => {
    const { credentialId } = subscription;
    if (credentialId === null) return err({ kind: 'subscription-ended' });
    const desk = this.#deskOf(credentialId);
    const turn = await desk.turns.take({ isStream: false, isFirst: false, untilMs: Date.now() + limits.queueMs });
    if (!turn.ok) return turn;
    clearTimeout(desk.closing);
    try {
      const credential = (await this.#store.credentials()).find(({ id }) => id === credentialId);
      if (credential === undefined) return err({ kind: 'subscription-ended' });
      const known = knownFailure(credential);
      return known === null ? await this.#readAt(desk, credential, subscription, ref, include) : err(known);
    } finally {
      if (isOthersTurn(desk)) close(desk);
      else desk.closing = setTimeout(() => close(desk), limits.watchReaderIdleMs);
      turn.value.giveBack();
    }
  };

  #deskOf(id: string): Desk {
    const desk = this.#desks.get(id) ?? { turns: new Turns(1), opened: null, openedAtMs: 0, closing: undefined };
    this.#desks.set(id, desk);
    return desk;
  }

  /** A session that was kept may have died unnoticed, and a maildrop's shows nothing that came after it: then once more in another. */
  async #readAt(
    desk: Desk,
    credential: WatchCredential,
    subscription: Subscription,
    ref: MessageRef,
    include: Include,
  ): Promise<Result<JsonObject>> {
    if (desk.opened !== null) {
      const read = await readIn(desk.opened, subscription, ref, include);
      if (read.ok || !['connection-lost', 'deadline-exceeded', 'message-not-found'].includes(read.failure.kind))
        return read;
      if (read.failure.kind === 'message-not-found' && desk.opened.protocol === 'imap') return read;
      close(desk);
    }
    const opened = await this.#logins.open(credential, 'read');
    if (!opened.ok) {
      // Otherwise each message would be another guess, and a server locks its user out.
      if (isRefusal(opened.failure)) await this.#onRefused(credential.id, opened.failure);
      return opened;
    }
    desk.opened = opened.value;
    desk.openedAtMs = Date.now();
    const read = await readIn(opened.value, subscription, ref, include);
    if (!opened.value.session.isOpen) close(desk);
    return read;
  }
}

/** A maildrop is for one at a time: looks at it are waiting, and its owner's mail programs. */
const isOthersTurn = ({ opened, openedAtMs }: Desk): boolean =>
  opened?.protocol === 'pop3' && Date.now() - openedAtMs >= limits.watchReaderMaildropMs;

function close(desk: Desk): void {
  desk.opened?.close();
  desk.opened = null;
}

async function readIn(
  { protocol, session }: OpenedSession,
  { access, account }: Subscription,
  ref: MessageRef,
  include: Include,
): Promise<Result<JsonObject>> {
  try {
    const reading =
      protocol === 'imap' && ref.protocol === 'imap'
        ? readMailboxMessage(session, access, ref, include)
        : protocol === 'pop3' && ref.protocol === 'pop3'
          ? readMaildropMessage(session, ref, include)
          : notThere;
    return await within(limits.watchLookMs, 'request', reading);
  } catch (error) {
    // Whatever it was, nobody knows what would still arrive.
    session.close();
    if (error instanceof Failed) return err(error.failure);
    logEvent('object.crashed', { protocol, host: account.server.host, ...crashOf(error) });
    return err({ kind: 'internal' });
  }
}

/** What was found in a mailbox is in no maildrop. */
const notThere: Promise<Result<JsonObject>> = Promise.resolve(err({ kind: 'message-not-found' }));
