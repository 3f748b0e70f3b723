/**
 * A second message with the same bytes, in another mailbox or in the same (COPY, RFC 9051 §6.4.7).
 */
import { err, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { MailboxName, MessageName, MovedMessage, Uid } from '../answers.ts';
import { fetchOne } from './fetch-one.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { atom } from './tokens.ts';
import { asDestination, destinationOf, transfer } from './transfer.ts';

/** Where the copy is. */
export async function copyMessage(
  session: ImapSession,
  selected: SelectedMailbox,
  { uidValidity, uid }: MessageName,
  to: MailboxName,
  timings: Timings,
): Promise<Result<MovedMessage>> {
  if (uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  return timed(timings, 'store', async () => {
    const destination = await destinationOf(session, to);
    if (!destination.ok) return destination;
    return copyTo(session, uid, destination.value);
  });
}

export async function copyTo(session: ImapSession, uid: Uid, path: string): Promise<Result<MovedMessage>> {
  // COPY of a UID that is not there answers OK too.
  if ((await fetchOne(session, uid, [atom('FLAGS')])) === null) return err({ kind: 'message-not-found' });
  const { copy, refusal } = await transfer(session, 'UID COPY', uid, path);
  return refusal === null ? ok({ mailboxPath: path, message: copy }) : err(asDestination(refusal));
}
