/**
 * How do several maildrops become one mailbox?
 *
 * One after the other, each in as many sessions as it takes. The messages of a session go from the maildrop's object straight to the
 * mailbox's, which says of each whether it is proven to be there; only those does the maildrop delete then. Whatever breaks in between,
 * a message is where it came from, or in both places, and the next call finds it in the mailbox.
 */
import type { AccountMessage } from '../core/account.ts';
import { err, type MailFailure, type Result } from '../core/failure.ts';
import { errorLine, lineOf } from '../core/ndjson.ts';
import type { Slip } from '../core/parcel.ts';
import { problemOf } from '../core/problem.ts';
import type { Reply } from '../core/reply.ts';
import type { MailboxName } from '../mailbox/answers.ts';
import { messageIdOf } from '../mailbox/rules.ts';
import type { SpooledMessage } from '../maildrop/answers.ts';
import type { Settled } from '../maildrop/hand-over.ts';
import { isSameGmailMessage, isSameMessage } from './same-account.ts';
import { slipsIn } from './slips.ts';
import { namesOf, Progress, Tally } from './tally.ts';

type StubOf<N> = N extends DurableObjectNamespace<infer T> ? DurableObjectStub<T> : never;

export interface Source {
  readonly stub: StubOf<Env['MAILDROP']>;
  readonly account: AccountMessage;
  readonly since: Uint8Array | null;
  /** A state as its caller keeps it. */
  readonly sealed: (state: Uint8Array) => Promise<string>;
}

export interface Destination {
  readonly stub: StubOf<Env['MAILBOX']>;
  readonly account: AccountMessage;
  readonly mailbox: MailboxName;
}

export interface Wish {
  readonly isKept: boolean;
  /** Also what is in the mailbox and is not known to be a copy. */
  readonly isTrusted: boolean;
  /** Of all maildrops together. */
  readonly limit: number;
}

type Lines<T = void> = AsyncGenerator<string, T, undefined>;

/** `maildrop done`: nothing more of this one is moved. `all done`: the mailbox takes nothing more. */
type Verdict = 'go on' | 'maildrop done' | 'all done';

/** What is remembered of a maildrop from one session to the next. */
interface Before {
  since: Uint8Array | null;
  readonly tried: string[];
  progress: Progress | null;
}

/** What the mailbox's side has said of the messages of a session. */
interface Judged {
  /** Their indexes. */
  readonly safe: number[];
  /** Of those that are in the mailbox, where they may be the same that the maildrop shows. */
  readonly unproven: number[];
  /** How many were judged, one way or the other. */
  count: number;
  /** Why none of the rest will be. */
  ending: MailFailure | null;
  isSameMailbox: boolean;
}

export class Consolidation {
  readonly #into: Destination;
  readonly #isKept: boolean;
  readonly #isTrusted: boolean;
  readonly #tally = new Tally();
  #limit: number;

  constructor(into: Destination, { isKept, isTrusted, limit }: Wish) {
    this.#into = into;
    this.#isKept = isKept;
    this.#isTrusted = isKept || isTrusted;
    this.#limit = limit;
  }

  /** The lines of the answer. */
  async *lines(sources: readonly Source[]): Lines {
    for (const [from, source] of sources.entries()) {
      if (this.#limit === 0) this.#tally.isComplete = false;
      if (this.#limit === 0 || (yield* this.#maildrop(from, source)) === 'all done') break;
    }
    yield lineOf({ type: 'end', ...this.#tally });
  }

  async *#maildrop(from: number, source: Source): Lines<Verdict> {
    const before: Before = { since: source.since, tried: [], progress: null };
    for (;;) {
      const verdict = yield* this.#session(from, source, before);
      if (verdict !== 'go on') return verdict;
    }
  }

  async *#session(from: number, source: Source, before: Before): Lines<Verdict> {
    const limit = before.progress?.left ?? this.#limit;
    const request = { since: before.since, tried: before.tried, limit, isKept: this.#isKept };
    // Whatever happens, letting go of it ends the session.
    using reply = await source.stub.handOver(source.account, request).catch(() => null);
    const opened = reply === null ? lost : reply.result;
    if (!opened.ok) {
      yield this.#failed(opened.failure, { from });
      return 'maildrop done';
    }
    const { parcels, settlement, ...head } = opened.value;
    if (before.progress === null) {
      before.progress = new Progress(from, head);
      if (head.hasMore) this.#tally.isComplete = false;
      yield lineOf(before.progress.start);
    }
    const { messages } = head;
    this.#limit -= messages.length;
    const judged = yield* this.#stored(parcels, messages, before.progress);
    if (judged.isSameMailbox) {
      yield this.#failed({ kind: 'same-mailbox' }, { from });
      return 'maildrop done';
    }
    const settled = await settledBy(settlement.finish(judged.safe));
    if (!settled.ok) {
      yield this.#failed(settled.failure, { from });
      return 'maildrop done';
    }
    yield* this.#settled(from, source, messages, judged, settled.value, before);
    return yield* this.#next(from, messages, judged, settled.value, before.progress);
  }

  /** What becomes of the parcels, line by line. */
  async *#stored(
    parcels: ReadableStream<Uint8Array>,
    messages: readonly SpooledMessage[],
    progress: Progress,
  ): Lines<Judged> {
    const judged: Judged = { safe: [], unproven: [], count: 0, ending: null, isSameMailbox: false };
    if (messages.length === 0) {
      await parcels.cancel();
      return judged;
    }
    const { stub, account, mailbox } = this.#into;
    const options = { isKept: this.#isKept };
    using reply = await stub.takeIn(account, mailbox, parcels, options).catch(() => null);
    const taken = reply === null ? lost : reply.result;
    if (!taken.ok) {
      judged.ending = taken.failure;
      return judged;
    }
    for await (const slip of slipsIn(taken.value)) {
      const message = slip.index === null ? undefined : messages[slip.index];
      if (slip.outcome === 'failed' && message === undefined) judged.ending = slip.failure;
      if (message === undefined) break;
      judged.count += 1;
      judged.isSameMailbox = !this.#isKept && isOneAndTheSame(message, slip);
      if (judged.isSameMailbox) break;
      yield this.#line(message, slip, progress, judged);
    }
    return judged;
  }

  #line(message: SpooledMessage, slip: Slip, progress: Progress, { safe, unproven }: Judged): string {
    const { about, done } = progress.next(message);
    if (slip.outcome === 'failed') {
      this.#tally.failed += 1;
      return this.#failed(slip.failure, about);
    }
    (slip.isCopy || this.#isTrusted ? safe : unproven).push(slip.index);
    this.#tally[slip.outcome === 'stored' ? 'stored' : 'thereAlready'] += 1;
    const newId = slip.message === null ? null : messageIdOf(slip.message);
    return lineOf({ type: 'message', ...about, ...done, outcome: slip.outcome, newId });
  }

  async *#settled(
    from: number,
    source: Source,
    messages: readonly SpooledMessage[],
    { safe, unproven, count }: Judged,
    { deleted, notDeleted, state }: Settled,
    before: Before,
  ): Lines {
    if (state !== null) {
      before.since = state;
      before.tried.push(...messages.slice(0, count).flatMap(({ uidl }, at) => (safe.includes(at) ? [] : [uidl])));
      yield lineOf({ type: 'kept', from, state: await source.sealed(state) });
      return;
    }
    const gone = new Set(safe);
    for (const { index } of notDeleted) gone.delete(index);
    before.tried.push(...messages.slice(0, count).flatMap(({ uidl }, at) => (gone.has(at) ? [] : [uidl])));
    const failure: MailFailure = { kind: 'copy-unproven' };
    const left = [...notDeleted, ...unproven.map((index) => ({ index, failure }))];
    if (safe.length === 0 && left.length === 0) return;
    this.#tally.deleted += deleted;
    if (left.length > 0) this.#tally.isComplete = false;
    const told = left.flatMap(({ index, failure }) => {
      const message = messages[index];
      return message === undefined ? [] : [{ ...namesOf(message), problem: problemOf(failure) }];
    });
    yield lineOf({ type: 'deleted', from, deleted, notDeleted: told });
  }

  /** Whether there is more to do, and what has broken if there is and it cannot be done. */
  async *#next(
    from: number,
    { length }: readonly SpooledMessage[],
    { count, ending }: Judged,
    { broken }: Settled,
    { left }: Progress,
  ): Lines<Verdict> {
    if (broken !== null) {
      yield this.#failed(broken, { from });
      return 'maildrop done';
    }
    if (ending !== null || count < length) {
      yield this.#failed(ending ?? lost.failure, {});
      return 'all done';
    }
    return length > 0 && left > 0 ? 'go on' : 'maildrop done';
  }

  #failed(failure: MailFailure, about: object): string {
    this.#tally.isComplete = false;
    return errorLine(failure, about);
  }
}

/** What broke is on the other side of RPC, where it was logged; here it is only known that it did. */
const lost = err({ kind: 'connection-lost' });

async function settledBy(call: Promise<Reply<Settled>>): Promise<Result<Settled>> {
  try {
    return (await call).result;
  } catch {
    return lost;
  }
}

/** What was there already may be what the maildrop shows of the mailbox; and what Gmail was given may be what it had. */
function isOneAndTheSame({ uidl }: SpooledMessage, slip: Slip): boolean {
  if (slip.outcome === 'failed') return false;
  if (isSameGmailMessage(uidl, slip.gmailId)) return true;
  return !slip.isCopy && slip.message !== null && isSameMessage(uidl, slip.message);
}
