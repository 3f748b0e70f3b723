/**
 * How does a maildrop hand its messages over to another account?
 *
 * In one session: what is wanted of it goes out as parcels, and the session waits for the word which of them are safe.
 */
import type { AccountMessage } from '../../core/account.ts';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Reply, type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { HandOverHead, HandOverRequest } from '../hand-over.ts';
import { newSince } from '../sync/differences.ts';
import type { MaildropSessions } from './account-sessions.ts';
import { parcelFrames, type Reading } from './hand-over-parcels.ts';
import { Settlement } from './hand-over-settlement.ts';
import type { NumberedMessage } from './listing.ts';
import type { MaildropSession } from './session.ts';

export interface HandedOver extends HandOverHead {
  readonly parcels: ReadableStream<Uint8Array>;
  readonly settlement: Settlement;
}

export async function handOver(
  sessions: MaildropSessions,
  account: AccountMessage,
  request: HandOverRequest,
): Promise<Reply<HandedOver>> {
  // Whoever takes the messages over has answered already, and goes on as long as it takes.
  const handedOver = async (lease: Lease<MaildropSession>, timings: Timings): Promise<HandedOver> => {
    const all = await timed(timings, 'fetch', () => lease.session.messages());
    const fresh = await unknownOf(all, request.since);
    const untried = without(fresh, request.tried);
    const wanted = untried.slice(0, request.limit);
    const chosen = firstOf(wanted);
    const reading: Reading = { retrieved: new Set(), isThrough: false, broken: null };
    const isNew = new Set(fresh);
    const known = request.isKept ? all.filter((message) => !isNew.has(message)) : null;
    const settlement = new Settlement({ sessions, account, lease, all, known, chosen, reading });
    const frames = parcelFrames(lease.session, account, chosen, reading);
    return {
      messages: chosen.map(({ uidl, occurrence, size }) => ({ uidl, occurrence, size })),
      total: all.length,
      count: wanted.length,
      bytesTotal: wanted.reduce((sum, { size }) => sum + size, 0),
      hasMore: wanted.length < untried.length,
      // What was read is not the end of the session: it has to be known what is safe. Reading begins when the other account is open.
      parcels: sessions.stream({ ...lease, release: () => settlement.await() }, frames, account, limits.requestMs),
      settlement,
    };
  };
  return sessions.fresh(account, handedOver, limits.streamMs);
}

/** Throws Failed with `state-gone` when it cannot be told what the state knows. */
async function unknownOf(
  all: readonly NumberedMessage[],
  since: Uint8Array | null,
): Promise<readonly NumberedMessage[]> {
  if (since === null) return all;
  const found = await newSince(since, all);
  if (found === null) throw new Failed({ kind: 'state-gone' });
  return found;
}

/** Of those with a UIDL that was tried the oldest are left out, as many as were tried. */
function without(messages: readonly NumberedMessage[], tried: readonly string[]): readonly NumberedMessage[] {
  const left = new Map<string, number>();
  for (const uidl of tried) left.set(uidl, (left.get(uidl) ?? 0) + 1);
  return messages.filter(({ uidl }) => {
    const count = left.get(uidl) ?? 0;
    left.set(uidl, count - 1);
    return count <= 0;
  });
}

/** As many as one session shall hand over; always one. */
function firstOf(messages: readonly NumberedMessage[]): readonly NumberedMessage[] {
  let bytes = 0;
  const first = messages.slice(0, limits.handOverMessages);
  const end = first.findIndex(({ size }, index) => {
    bytes += size;
    return index > 0 && bytes > limits.handOverBytes;
  });
  return end < 0 ? first : first.slice(0, end);
}
