/**
 * All messages of a mailbox, or those that a search finds, oldest first, as one stream of frames.
 */
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { encodeFrame } from '../../core/message-frames.ts';
import { concat } from '../../core/mime/bytes.ts';
import { type Timings, timed } from '../../core/reply.ts';
import { leasedStream } from '../../wire/leased-stream.ts';
import type { Lease } from '../../wire/pool.ts';
import type { ExportedMailbox, MessageName, Uid } from '../answers.ts';
import type { Condition } from '../search/condition.ts';
import { programOf } from '../search/program.ts';
import { exportUnits, type Unit } from './export-units.ts';
import { checkAnswerable, dialectOf, findMessages } from './find-messages.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';

export interface ExportRequest {
  /** The last message that the caller has; null for the first. */
  readonly after: MessageName | null;
  /** Which messages; those of the mailbox, where nothing is said of them. */
  readonly condition: Condition;
  /** Null for all. */
  readonly limit: number | null;
  /** False when only the numbers are wanted. */
  readonly withBody: boolean;
}

export async function exportMailbox(
  lease: Lease<ImapSession>,
  { path, uidValidity, access }: SelectedMailbox,
  { after, condition, limit, withBody }: ExportRequest,
  onFailure: (failure: MailFailure) => void,
  timings: Timings,
): Promise<Result<ExportedMailbox>> {
  if (after !== null && after.uidValidity !== uidValidity) return err({ kind: 'state-gone' });
  const { session } = lease;
  checkAnswerable(session, access, condition);
  const widest = programOf(condition, 'widest', dialectOf(session));
  // Ascending, which is the order of their arrival (RFC 9051 §2.3.1.1).
  const found = await timed(timings, 'search', () => findMessages(session, condition, widest));
  const left = found.filter((uid) => uid > (after?.uid ?? 0));
  const chosen = left.slice(0, limit ?? left.length);
  if (!withBody) lease.release();
  return ok({
    mailboxPath: path,
    uidValidity,
    total: found.length,
    count: chosen.length,
    nextAfterUid: chosen.length < left.length ? (chosen.at(-1) ?? null) : null,
    body: withBody ? leasedStream(lease, frames(session, chosen, onFailure), onFailure) : null,
  });
}

async function* frames(
  session: ImapSession,
  uids: readonly Uid[],
  onFailure: (failure: MailFailure) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const unit of ahead(exportUnits(session, uids))) yield* joined(unit);
    yield encodeFrame({ kind: 'done' });
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    // What came before it is the caller's to keep.
    onFailure(error.failure);
    yield encodeFrame({ kind: 'failure', failure: error.failure, of: null });
  }
}

/** The next unit is fetched while one is read, and no more than that. */
async function* ahead(units: AsyncGenerator<Unit, void, undefined>): AsyncGenerator<Unit, void, undefined> {
  let next = settled(units.next());
  for (;;) {
    const { value, error } = await next;
    if (error !== undefined) throw error;
    if (value === undefined || value.done === true) return;
    // Nobody need await it: a reader that leaves now shall not leave an unhandled rejection behind.
    next = settled(units.next());
    yield value.value;
  }
}

const settled = <T>(work: Promise<T>): Promise<{ value?: T; error?: unknown }> =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

/** As pieces of about the size that a reader is to take at a time: a message may be a few hundred octets. */
function* joined(unit: Unit): Generator<Uint8Array, void, undefined> {
  let together: Uint8Array[] = [];
  let length = 0;
  for (const frame of unit) {
    together.push(frame);
    length += frame.length;
    if (length < limits.streamPieceBytes) continue;
    yield concat(together);
    together = [];
    length = 0;
  }
  if (length > 0) yield concat(together);
}
