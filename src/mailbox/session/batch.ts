/**
 * What becomes of many messages that are changed at once?
 *
 * Of each just what is known: every message has an outcome of its own, and one that cannot be told is never told as success.
 * Commands name sets of UIDs, so that five hundred messages take no more round trips than one. What would be refused for all of
 * them is refused before anything is changed.
 */
import type { Access } from '../../core/access.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { ChangedMessage, MailboxName, MessageName, MessageState, MovedMessage, Uid } from '../answers.ts';
import { wantedCopies } from './arrivals.ts';
import { type BatchChange, type BatchPlan, planOf } from './batch-plan.ts';
import { statesOf } from './message-states.ts';
import { doOnce, message, type Once } from './once.ts';
import { returnTo, type SelectedMailbox, select } from './select.ts';
import type { ImapSession } from './session.ts';
import type { MovesOfUser } from './unfinished-moves.ts';
import { previousOf } from './update-message.ts';

export interface BatchRequest {
  readonly names: readonly MessageName[];
  readonly change: BatchChange;
}

/** `begin` is called before anything can have changed. Answers the outcomes in the order of the names. */
export async function changeBatch(
  { session }: Lease<ImapSession>,
  access: Access,
  mailbox: MailboxName,
  { names, change }: BatchRequest,
  unfinished: MovesOfUser,
  once: Once<Outcomes> | null,
  begin: () => void,
  timings: Timings,
): Promise<Result<Outcomes>> {
  const found = await select(session, access, mailbox, timings, true);
  if (!found.ok) return found;
  const selected = found.value;
  return timed(timings, 'store', async () => {
    const plan = await planOf(session, selected, change);
    if (!plan.ok) return plan;
    const { uidValidity } = selected;
    const uids = names.filter((name) => name.uidValidity === uidValidity).map(({ uid }) => uid);
    const batch = new Batch(session, selected, unfinished, await statesOf(session, uids));
    const outcomes = () => names.map((name) => (name.uidValidity === uidValidity ? batch.outcomeOf(name.uid) : gone));
    begin();
    if (once !== null) return copyOnce(batch, plan.value, once, JSON.stringify(['batch', change, names]), outcomes);
    await carryOut(plan.value, batch);
    return ok(outcomes());
  });
}

type Outcomes = Result<ChangedMessage>[];

/** Copies alone are made once: whatever else is repeated finds that it was done. */
async function copyOnce(
  batch: Batch,
  plan: BatchPlan,
  once: Once<Outcomes>,
  asked: string,
  outcomes: () => Outcomes,
): Promise<Result<Outcomes>> {
  const { session, selected } = batch;
  const uids = [...batch.before.keys()];
  return doOnce(session, once, {
    asked,
    path: plan.to,
    access: selected.access,
    placesIn: (told) => told.flatMap((outcome) => (outcome.ok ? (outcome.value.now?.mailboxPath ?? []) : [])),
    isCertain: (told) => told.every((outcome) => outcome.ok || !leavesOpen.has(outcome.failure.kind)),
    wanted: () => wantedCopies(session, uids, () => once.hash(message)),
    answerOf: (found, mailboxPath) => {
      for (const [index, uid] of uids.entries()) batch.copied(uid, { mailboxPath, message: found[index] ?? null });
      return outcomes();
    },
    work: async (doubt) => {
      const returned = await returnTo(session, selected);
      if (!returned.ok) return returned;
      await doubt(null);
      await carryOut(plan, batch);
      return ok(outcomes());
    },
  });
}

const leavesOpen: ReadonlySet<MailFailure['kind']> = new Set([
  'connection-lost',
  'deadline-exceeded',
  'protocol-violated',
  'limit-exceeded',
  'internal',
]);

const gone = err({ kind: 'state-gone' });

/** What ends the session leaves open what has become of those that were not told of. */
async function carryOut(plan: BatchPlan, batch: Batch): Promise<void> {
  if (batch.before.size === 0) return;
  try {
    await plan.carryOut(batch);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    batch.fail(batch.undecided, error.failure);
  }
}

export class Batch {
  readonly session: ImapSession;
  readonly selected: SelectedMailbox;
  readonly unfinished: MovesOfUser;
  /** Those that are there, as they were before anything was changed. */
  readonly before: ReadonlyMap<Uid, MessageState>;
  readonly #outcomes = new Map<Uid, Result<ChangedMessage>>();

  constructor(
    session: ImapSession,
    selected: SelectedMailbox,
    unfinished: MovesOfUser,
    before: ReadonlyMap<Uid, MessageState>,
  ) {
    this.session = session;
    this.selected = selected;
    this.unfinished = unfinished;
    this.before = before;
  }

  nameOf = (uid: Uid): MessageName => ({ uidValidity: this.selected.uidValidity, uid });

  /** Of those that are there. */
  get undecided(): Uid[] {
    return [...this.before.keys()].filter((uid) => !this.#outcomes.has(uid));
  }

  fail(uids: Iterable<Uid>, failure: MailFailure): void {
    for (const uid of uids) this.#outcomes.set(uid, err(failure));
  }

  /** It was changed, and is there now: null for nowhere. */
  succeed(uid: Uid, now: MovedMessage | null, flags: readonly string[] | null): void {
    const previous = previousOf(this.selected, this.nameOf(uid), this.before.get(uid) ?? null);
    this.#outcomes.set(uid, ok({ now, flags, previous }));
  }

  copied(uid: Uid, now: MovedMessage): void {
    this.#outcomes.set(uid, ok({ now, flags: null, previous: null }));
  }

  outcomeOf(uid: Uid): Result<ChangedMessage> {
    return this.#outcomes.get(uid) ?? err({ kind: this.before.has(uid) ? 'internal' : 'message-not-found' });
  }
}
