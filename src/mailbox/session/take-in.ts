/**
 * How do messages of another account get into a mailbox, each of them once?
 */
import type { AccountMessage } from '../../core/account.ts';
import { err } from '../../core/failure.ts';
import type { Reply } from '../../core/reply.ts';
import type { MailboxName } from '../answers.ts';
import type { AccountSessions } from './account-sessions.ts';

export interface TakeInOptions {
  /** The messages stay where they come from: one that has left the mailbox since it was taken in may be wanted again. */
  readonly isKept: boolean;
}

/**
 * Slips (`core/parcel.ts`) as lines of JSON, in the order of the parcels; each is written when it is proven. Fails before any
 * parcel is read when there is no session or no such mailbox.
 */
export async function takeIn(
  _sessions: AccountSessions,
  _account: AccountMessage,
  _mailbox: MailboxName,
  parcels: ReadableStream<Uint8Array>,
  _options: TakeInOptions,
): Promise<Reply<ReadableStream<Uint8Array>>> {
  await parcels.cancel();
  return { result: err({ kind: 'unsupported-by-server', feature: 'taking messages in' }), timings: {} };
}
