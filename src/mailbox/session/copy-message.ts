/**
 * A second message with the same bytes, in another mailbox or in the same (COPY, RFC 9051 §6.4.7).
 */
import { err, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { MailboxName, MessageName, MovedMessage, Uid } from '../answers.ts';
import { messageIdOf } from '../rules.ts';
import { wantedCopies } from './arrivals.ts';
import { fetchOne } from './fetch-one.ts';
import type { GrantedPath } from './granted-path.ts';
import { doOnce, message, type Once } from './once.ts';
import { returnTo, type SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { atom } from './tokens.ts';
import { asDestination, destinationOf, transfer } from './transfer.ts';

/** Where the copy is. */
export async function copyMessage(
  session: ImapSession,
  selected: SelectedMailbox,
  { uidValidity, uid }: MessageName,
  to: MailboxName,
  once: Once<MovedMessage> | null,
  timings: Timings,
): Promise<Result<MovedMessage>> {
  if (uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  return timed(timings, 'store', async () => {
    const destination = await destinationOf(session, selected.access, to);
    if (!destination.ok) return destination;
    const path = destination.value;
    if (once === null) return copyTo(session, uid, path);
    return doOnce(session, once, {
      asked: JSON.stringify(['copy', messageIdOf({ uidValidity, uid }), to]),
      path,
      access: selected.access,
      placesIn: ({ mailboxPath }) => [mailboxPath],
      wanted: () => wantedCopies(session, [uid], () => once.hash(message)),
      answerOf: ([found = null], mailboxPath) => ({ mailboxPath, message: found }),
      work: async (doubt) => {
        const returned = await returnTo(session, selected);
        return returned.ok ? copyTo(session, uid, path, () => doubt(null)) : returned;
      },
    });
  });
}

/** `begin` is awaited before there can be a copy. */
export async function copyTo(
  session: ImapSession,
  uid: Uid,
  path: GrantedPath,
  begin: () => Promise<void> = async () => undefined,
): Promise<Result<MovedMessage>> {
  // COPY of a UID that is not there answers OK too.
  if ((await fetchOne(session, uid, [atom('FLAGS')])) === null) return err({ kind: 'message-not-found' });
  await begin();
  const { copy, refusal } = await transfer(session, 'UID COPY', uid, path);
  return refusal === null ? ok({ mailboxPath: path, message: copy }) : err(asDestination(refusal));
}
