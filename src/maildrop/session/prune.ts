/**
 * How do old messages leave the maildrop, or all but the newest?
 *
 * By number, in the session that looked at them, so that it is exact whatever their UIDLs are. What is not known to be old is
 * kept. Mail comes in order: behind the first message that is young nothing goes, whatever its header says.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { Dated, PrunedMessages } from '../answers.ts';
import { ageOf } from '../prune/age.ts';
import { hasCapability } from './capabilities.ts';
import { type Deletion, deleteNumbered } from './delete-messages.ts';
import type { NumberedMessage } from './listing.ts';
import { Dates } from './message-dates.ts';
import type { MaildropSession } from './session.ts';

export interface PruneRequest {
  /** Null: whatever their age is. */
  readonly olderThanDays: number | null;
  /** Null: however few are left. One of the two is given. */
  readonly keepNewest: number | null;
  readonly dryRun: boolean;
  /** When the call began, in ms. */
  readonly startMs: number;
}

interface Chosen {
  readonly going: readonly DatedMessage[];
  /** False when others were not looked at. */
  readonly isAll: boolean;
}

type DatedMessage = NumberedMessage & { readonly dated: Dated | null };

const dayMs = 24 * 60 * 60_000;

/** Throws Failed. */
export async function pruneMaildrop(
  session: MaildropSession,
  request: PruneRequest,
  timings: Timings,
): Promise<PrunedMessages> {
  const messages = await timed(timings, 'fetch', () => session.messages());
  const { going, isAll } = await timed(timings, 'fetch', () => chosenOf(session, messages, request));
  if (request.dryRun || going.length === 0) {
    return { messages: going.map(told), notDeleted: [], kept: messages.length - going.length, hasMore: !isAll };
  }
  if (Date.now() - request.startMs > limits.pruneMs) throw tooLate(limits.pruneMs);
  return outcomeOf(messages, going, isAll, await timed(timings, 'store', () => deleteNumbered(session, going)));
}

/** Throws what makes it doubtful that the server has kept its word: whoever calls again sees what there is then. */
function outcomeOf(
  messages: readonly NumberedMessage[],
  going: readonly DatedMessage[],
  isAll: boolean,
  deletions: readonly Deletion[],
): PrunedMessages {
  const doubt = deletions.find(({ isInDoubt, failure }) => isInDoubt && failure !== null);
  if (doubt?.failure != null) throw new Failed(doubt.failure);
  const failures = new Map(deletions.map(({ message, failure }) => [message.number, failure]));
  const deleted = going.filter(({ number }) => failures.get(number) === null);
  const notDeleted = going.flatMap((message) => {
    const failure = failures.get(message.number) ?? null;
    return failure === null ? [] : [{ message: told(message), failure }];
  });
  // Whoever calls again as long as there is more would call for ever where nothing can be deleted.
  const hasMore = !isAll && deleted.length > 0;
  return { messages: deleted.map(told), notDeleted, kept: messages.length - deleted.length, hasMore };
}

async function chosenOf(
  session: MaildropSession,
  messages: readonly NumberedMessage[],
  { olderThanDays, keepNewest, startMs }: PruneRequest,
): Promise<Chosen> {
  const candidates = messages.slice(0, Math.max(0, messages.length - (keepNewest ?? 0)));
  if (candidates.length === 0) return { going: [], isAll: true };
  const dates = new Dates(session, olderThanDays !== null);
  if (keepNewest !== null) await dates.expectOldestFirst(messages);
  const isPipelined = hasCapability(session.capabilities, 'PIPELINING');
  const most = isPipelined ? limits.pruneMessages : limits.pruneMessagesOneByOne;
  const looks = isPipelined ? limits.pruneLooks : limits.pruneLooksOneByOne;
  const going: DatedMessage[] = [];
  const nowMs = Date.now();
  const cutoffMs = nowMs - (olderThanDays ?? 0) * dayMs;
  for (let from = 0; from < candidates.length; from += looks) {
    if (Date.now() - startMs > limits.pruneLookMs) return whatWasFound(going);
    for (const message of await dates.of(candidates.slice(from, from + looks))) {
      const age = olderThanDays === null ? 'old' : ageOf(message.dated, cutoffMs, nowMs);
      if (age === 'young') return { going, isAll: true };
      if (age === 'unknown') continue;
      if (going.length === most) return { going, isAll: false };
      going.push(message);
    }
  }
  return { going, isAll: true };
}

/** The same call again would look at the same messages: without a find it would never get any further. */
function whatWasFound(going: readonly DatedMessage[]): Chosen {
  if (going.length === 0) throw tooLate(limits.pruneLookMs);
  return { going, isAll: false };
}

const tooLate = (limitMs: number): Failed => new Failed({ kind: 'deadline-exceeded', phase: 'request', limitMs });

const told = ({ uidl, occurrence, size, dated }: DatedMessage) => ({ uidl, occurrence, size, dated });
