/**
 * How is it called that messages of another account are taken in, and how is it answered?
 */
import type { AccountMessage } from '../../core/account.ts';
import { type MailFailure, ok } from '../../core/failure.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import { decodeFrames } from '../../core/message-frames.ts';
import type { Parcel, Slip } from '../../core/parcel.ts';
import type { Reply } from '../../core/reply.ts';
import type { KeptAnswers } from '../../wire/kept-answers.ts';
import type { MailboxName } from '../answers.ts';
import type { AccountSessions } from './account-sessions.ts';
import { slipsFor } from './take-in.ts';
import { openMailbox, TakeInMailbox } from './take-in-mailbox.ts';
import { cuttable, slipStream } from './take-in-slips.ts';

export interface TakeInOptions {
  /** The messages stay where they come from: one that has left the mailbox since it was taken in may be wanted again. */
  readonly isKept: boolean;
}

/**
 * Slips (`core/parcel.ts`) as lines of JSON, in the order of the parcels; each is written when it is proven. Fails before any
 * parcel is read when there is no session or no such mailbox. `parcels` are read to their end or cancelled in any case.
 */
export async function takeInStream(
  sessions: AccountSessions,
  answers: KeptAnswers,
  account: AccountMessage,
  mailbox: MailboxName,
  parcels: ReadableStream<Uint8Array>,
  { isKept }: TakeInOptions,
  onFailure: (failure: MailFailure) => void,
): Promise<Reply<ReadableStream<Uint8Array>>> {
  const { stream, cut } = cuttable(parcels);
  const open = () =>
    sessions.inMailbox(account, { kind: 'stream', mailbox }, (lease, selected) => openMailbox(lease, selected));
  const { result, timings } = await open();
  if (!result.ok) {
    cut();
    return { result, timings };
  }
  const reached = new TakeInMailbox(result.value, async () => (await open()).result);
  const slips = slipsFor(decodeFrames<Parcel, number>(stream), reached, {
    answers,
    user: account.user,
    isKept,
    added: new Set(),
  });
  return { result: ok(slipStream(crashing(slips, account), cut, onFailure)), timings };
}

/** What is thrown is a bug, and told as one. */
async function* crashing(
  slips: AsyncGenerator<Slip, void, undefined>,
  { server }: AccountMessage,
): AsyncGenerator<Slip, void, undefined> {
  try {
    yield* slips;
  } catch (error) {
    logEvent('object.crashed', { protocol: 'imap', host: server.host, ...crashOf(error) });
    yield { index: null, outcome: 'failed', failure: { kind: 'internal' } };
  }
}
