/**
 * What becomes of a maildrop's messages when it is known which of them are safe?
 *
 * Those are deleted, and nothing else. In the session in which they were read if all that were read may go: there each is known by
 * its number. If one has to stay, that session ends without QUIT, since Gmail hides what was retrieved in a session that ends in
 * order, and the others are deleted in a session of their own, by their UIDLs. Nobody's word is awaited for ever: whoever was to
 * give it may be gone.
 */
import { RpcTarget } from 'cloudflare:workers';
import type { AccountMessage } from '../../core/account.ts';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { logEvent } from '../../core/log.ts';
import { type Reply, type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { Settled } from '../hand-over.ts';
import { stateOctets } from '../sync/state.ts';
import type { MaildropSessions } from './account-sessions.ts';
import { deleteNumbered } from './delete-messages.ts';
import type { Reading } from './hand-over-parcels.ts';
import type { NumberedMessage } from './listing.ts';
import type { MaildropSession } from './session.ts';

interface HandingOver {
  readonly sessions: MaildropSessions;
  readonly account: AccountMessage;
  readonly lease: Lease<MaildropSession>;
  /** What the session sees. */
  readonly all: readonly NumberedMessage[];
  /** What of it was known to the caller; null when the messages shall be deleted. */
  readonly known: readonly NumberedMessage[] | null;
  readonly chosen: readonly NumberedMessage[];
  readonly reading: Reading;
}

/** A message that is safe, and why it is not deleted; null when it is. */
interface Outcome {
  readonly message: NumberedMessage;
  readonly failure: MailFailure | null;
}

/** Called by the gateway, once. When it lets go of it without a call, the session ends and nothing is deleted. */
export class Settlement extends RpcTarget {
  readonly #of: HandingOver;
  #isSettling = false;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(of: HandingOver) {
    super();
    this.#of = of;
  }

  /** `safe`: the indexes of the messages that are in the other account. */
  async finish(safe: readonly number[]): Promise<Reply<Settled>> {
    const startMs = Date.now();
    const timings: Timings = {};
    if (this.#isSettling) return { result: { ok: false, failure: { kind: 'internal' } }, timings };
    this.#isSettling = true;
    clearTimeout(this.#deadline);
    const { lease, all, known, chosen, reading, account } = this.#of;
    try {
      const messages = safe.flatMap((index) => chosen[index] ?? []);
      const outcomes = known === null ? await this.#delete(messages, timings) : [];
      const state = known === null ? null : await stateOctets(uidlsOf(all, [...known, ...messages]));
      const deleted = outcomes.filter(({ failure }) => failure === null).length;
      const count = messages.length;
      logEvent('maildrop.handed-over', { host: account.server.host, count, deleted, elapsedMs: Date.now() - startMs });
      const notDeleted = outcomes.flatMap(({ message, failure }) =>
        failure === null ? [] : [{ index: chosen.indexOf(message), failure }],
      );
      return { result: { ok: true, value: { deleted, notDeleted, state, broken: reading.broken } }, timings };
    } finally {
      lease.discard();
    }
  }

  /** Everything is read. */
  await(): void {
    if (this.#isSettling) return;
    this.#deadline = setTimeout(() => this.#of.lease.discard(), limits.handOverVerdictMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#deadline);
    if (!this.#isSettling) this.#of.lease.discard();
  }

  async #delete(messages: readonly NumberedMessage[], timings: Timings): Promise<readonly Outcome[]> {
    const { lease, chosen, reading } = this.#of;
    const safe = new Set(messages.map((message) => chosen.indexOf(message)));
    const mayAllGo = [...reading.retrieved].every((index) => safe.has(index));
    if (messages.length === 0) return [];
    if (reading.isThrough && mayAllGo && lease.session.isOpen) {
      try {
        return await timed(timings, 'store', () => deleteNumbered(lease.session, messages));
      } catch (error) {
        // Nothing was deleted; a server may have lost patience with a session that waited.
        if (!(error instanceof Failed)) throw error;
      }
    }
    lease.discard();
    return this.#deleteByUidl(messages, timings);
  }

  /** What has no UIDL of its own, or another size than it had, is not known to be the same. */
  async #deleteByUidl(messages: readonly NumberedMessage[], timings: Timings): Promise<readonly Outcome[]> {
    const { sessions, account } = this.#of;
    const deleted = async ({ session, release }: Lease<MaildropSession>, timings: Timings): Promise<Outcome[]> => {
      const there = await timed(timings, 'fetch', () => session.messages());
      const found = messages.map((message) => ({ message, same: sameIn(there, message) }));
      const deletions = await timed(timings, 'store', () =>
        deleteNumbered(
          session,
          found.flatMap(({ same }) => (typeof same === 'string' ? [] : [same])),
        ),
      );
      release();
      return found.map(({ message, same }): Outcome => {
        if (typeof same === 'string') return { message, failure: { kind: same } };
        const deletion = deletions.find((candidate) => candidate.message === same);
        return { message, failure: deletion === undefined ? { kind: 'internal' } : deletion.failure };
      });
    };
    const reply = await sessions.fresh(account, deleted, limits.deletingMs);
    Object.assign(timings, reply.timings);
    const { result } = reply;
    return result.ok ? result.value : messages.map((message) => ({ message, failure: result.failure }));
  }
}

/** The message of another session that is this one, or why none can be told to be. */
function sameIn(
  there: readonly NumberedMessage[],
  { uidl, occurrence, size }: NumberedMessage,
): NumberedMessage | 'uidl-not-unique' | 'message-not-found' {
  const [only, ...others] = there.filter((candidate) => candidate.uidl === uidl);
  // Also when only one of several is left: it may be another one.
  if (others.length > 0 || occurrence !== null) return 'uidl-not-unique';
  return only === undefined || only.size !== size ? 'message-not-found' : only;
}

/** In the order of the maildrop. */
const uidlsOf = (all: readonly NumberedMessage[], some: readonly NumberedMessage[]): string[] => {
  const chosen = new Set(some);
  return all.filter((message) => chosen.has(message)).map(({ uidl }) => uidl);
};
