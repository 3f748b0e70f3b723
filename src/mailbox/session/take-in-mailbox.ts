/**
 * Which session is the mailbox reached by, while messages are taken in?
 *
 * One for as long as it lasts, and another when it is lost.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import type { Lease } from '../../wire/pool.ts';
import type { Uid } from '../answers.ts';
import { type Place, placeOf } from './arrivals.ts';
import { puttingRefusal } from './grant.ts';
import { type SelectedMailbox, tellsOfOthers } from './select.ts';
import type { ImapSession } from './session.ts';
import { MessageFinder } from './take-in-search.ts';

/** The mailbox, selected in a session. */
export class OpenMailbox {
  readonly session: ImapSession;
  readonly finder: MessageFinder;
  /** What comes from now on is not below its `uidNext`. */
  place: Place;

  constructor(session: ImapSession, place: Place) {
    this.session = session;
    this.finder = new MessageFinder(session);
    this.place = place;
  }

  /** As it is now, with servers that tell of it only when it is selected; and as it is numbered now. */
  async refresh(): Promise<void> {
    const { session } = this;
    if (tellsOfOthers(session) && !session.isRenumbered) return;
    await session.select(this.place.path);
    this.place = await placeOf(session, this.place.path);
  }

  get uidValidity(): number {
    return Number(this.session.mailbox?.uidValidity ?? 0);
  }

  /** A message has been added. */
  follow(uid: Uid): void {
    const { uidNext } = this.place;
    if (uidNext !== null && this.place.uidValidity === this.uidValidity) {
      this.place = { ...this.place, uidNext: Math.max(uidNext, uid + 1) };
    }
  }
}

interface Opened {
  readonly lease: Lease<ImapSession>;
  readonly mailbox: OpenMailbox;
}

/** With a session in which the mailbox has just been selected. */
export async function openMailbox(
  lease: Lease<ImapSession>,
  { path, uidValidity, access }: SelectedMailbox,
): Promise<Result<Opened>> {
  // Without it nobody could tell whether a message is the one that was stored.
  if (uidValidity === 0) return err({ kind: 'unsupported-by-server', feature: 'UIDVALIDITY' });
  const refusal = await puttingRefusal(lease.session, access, path);
  if (refusal !== null) return err(refusal);
  const mailbox = new OpenMailbox(lease.session, await placeOf(lease.session, path));
  return ok({ lease, mailbox });
}

export class TakeInMailbox {
  readonly #open: () => Promise<Result<Opened>>;
  #opened: Opened | null;

  constructor(opened: Opened, open: () => Promise<Result<Opened>>) {
    this.#opened = opened;
    this.#open = open;
  }

  /** In the session that there is, or in a new one. */
  async reach(): Promise<Result<OpenMailbox>> {
    if (this.#opened?.lease.session.isOpen !== true) {
      this.drop();
      const opened = await this.#open();
      if (!opened.ok) return opened;
      this.#opened = opened.value;
    }
    return ok(this.#opened.mailbox);
  }

  /** Another session for the next message. */
  drop(): void {
    this.#opened?.lease.discard();
    this.#opened = null;
  }

  /** No further message comes. */
  end(): void {
    this.#opened?.lease.release();
    this.#opened = null;
  }
}
