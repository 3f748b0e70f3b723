/**
 * How do messages of another account get into a mailbox, each of them once?
 *
 * One after the other, as they come: a slip leaves for each when it is known where it is. A session that is lost costs no message
 * but the one that was on its way, and not even that if it was held; a mailbox that cannot be reached ends it all.
 */
import { within } from '../../core/deadline.ts';
import { err, Failed, type MailFailure, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { nextFrame } from '../../core/message-frames.ts';
import type { Parcel, Parcels, Slip } from '../../core/parcel.ts';
import type { TakeInMailbox } from './take-in-mailbox.ts';
import { ParcelSource } from './take-in-octets.ts';
import { type Taken, type Taking, takeInParcel } from './take-in-parcel.ts';

/** Ends the session when it ends, however that comes. */
export async function* slipsFor(
  parcels: Parcels,
  mailbox: TakeInMailbox,
  taking: Taking,
): AsyncGenerator<Slip, void, undefined> {
  let withoutRoom = 0;
  try {
    for (;;) {
      const frame = await nextParcel(parcels);
      if (frame.kind === 'done') return;
      if (frame.kind === 'failure') {
        yield { index: frame.of, outcome: 'failed', failure: frame.failure };
        if (frame.of === null) return;
      }
      if (frame.kind !== 'message') continue;
      const { slip, ending } = await slipFor(frame.message, new ParcelSource(parcels, frame.message), mailbox, taking);
      yield slip;
      withoutRoom = slip.outcome === 'failed' && slip.failure.kind === 'over-quota' ? withoutRoom + 1 : 0;
      const failure = ending ?? (withoutRoom < limits.overQuotaInRow ? null : overQuota);
      if (failure !== null) return yield { index: null, outcome: 'failed', failure };
    }
  } finally {
    mailbox.end();
  }
}

const overQuota: MailFailure = { kind: 'over-quota' };

/** The sender has deadlines of its own for what it waits for; this one is for a sender that is no more. */
async function nextParcel(parcels: Parcels) {
  const { nextParcelMs } = limits;
  try {
    return await within(nextParcelMs, 'read', nextFrame(parcels));
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return { kind: 'failure', failure: error.failure, of: null } as const;
  }
}

interface Told {
  readonly slip: Slip;
  /** Why there will be none for the others; null when it goes on. */
  readonly ending: MailFailure | null;
}

async function slipFor(parcel: Parcel, source: ParcelSource, mailbox: TakeInMailbox, taking: Taking): Promise<Told> {
  const { index } = parcel;
  await source.hold();
  const tried = source.fault === null ? await tryTakeIn(parcel, source, mailbox, taking) : null;
  // Of one that was there already as well: what is not what it was announced to be is not to be deleted where it came from.
  await source.drain();
  const ending = source.isCut ? source.fault : (tried?.ending ?? null);
  const failure = source.fault ?? (tried?.result.ok === false ? tried.result.failure : null);
  if (failure !== null || tried?.result.ok !== true) {
    return { slip: { index, outcome: 'failed', failure: failure ?? { kind: 'internal' } }, ending };
  }
  return { slip: { index, ...tried.result.value }, ending };
}

interface Tried {
  readonly result: Result<Taken>;
  readonly ending: MailFailure | null;
}

/** In the session that there is, and if that is lost, in another one. */
async function tryTakeIn(parcel: Parcel, source: ParcelSource, mailbox: TakeInMailbox, taking: Taking): Promise<Tried> {
  let lost: MailFailure | null = null;
  for (;;) {
    const reached = await mailbox.reach();
    if (!reached.ok) return { result: reached, ending: reached.failure };
    try {
      const result = await takeInParcel(reached.value, parcel, source, taking);
      if (result.ok || !isOfAll(result.failure)) return { result, ending: null };
      return { result, ending: result.failure };
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      const result = err(error.failure);
      if (reached.value.session.isOpen) return { result, ending: null };
      mailbox.drop();
      if (source.fault !== null || source.isSpent) return { result, ending: null };
      if (lost !== null) return { result, ending: error.failure };
      lost = error.failure;
    }
  }
}

/** Whether the next message would fail in the same way. */
const isOfAll = ({ kind }: MailFailure): boolean =>
  ['mailbox-not-found', 'permission-denied', 'login-refused', 'server-limit-reached', 'server-busy'].includes(kind);
