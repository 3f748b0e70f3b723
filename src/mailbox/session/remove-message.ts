/**
 * How does one message leave its mailbox, and nothing else with it?
 *
 * For good by UID EXPUNGE (RFC 4315 §2.1), or into the trash by UID MOVE (RFC 6851). A plain EXPUNGE would take along
 * whatever anybody else has marked, so a server that offers neither is told so, and nothing is changed.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { MessageName, MovedMessage, Uid } from '../answers.ts';
import { fetchOne } from './fetch-one.ts';
import { pathOfRole } from './list-mailboxes.ts';
import { copiedMessageOf } from './response.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { canKeep } from './store-keywords.ts';
import { atom, oneUid, setToken } from './tokens.ts';

export async function removeMessage(
  session: ImapSession,
  selected: SelectedMailbox,
  { uidValidity, uid }: MessageName,
  { permanent }: { readonly permanent: boolean },
  timings: Timings,
): Promise<Result<'removed' | MovedMessage>> {
  if (uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  if (selected.isReadOnly) return err({ kind: 'command-refused', command: 'UID STORE', responseCode: 'READ-ONLY' });
  if (!canKeep(selected, deleted)) return err(cannotDelete);
  return timed(timings, 'store', async () => (permanent ? expunge(session, uid) : moveToTrash(session, selected, uid)));
}

const deleted = '\\Deleted';

const cannotDelete: MailFailure = { kind: 'unsupported-by-server', feature: 'deleting in this mailbox' };

async function expunge(session: ImapSession, uid: Uid): Promise<Result<'removed'>> {
  if (!session.has('UIDPLUS')) return err({ kind: 'unsupported-by-server', feature: 'UIDPLUS' });
  const rows = await session.store(oneUid(uid), '+FLAGS', [deleted]);
  // STORE of a UID that is not there answers OK too; and one of a flag that was set already need not be told of.
  const told = rows.find((row) => row.uid === uid && row.flags !== undefined);
  const row = told ?? (await fetchOne(session, uid, [atom('FLAGS')]));
  if (row === null) return err({ kind: 'message-not-found' });
  // A server may answer OK and keep nothing, where the user lacks the right; then UID EXPUNGE would remove nothing.
  if (![...(row.flags ?? [])].some((flag) => flag.toLowerCase() === deleted.toLowerCase())) return err(cannotDelete);
  await session.exec('UID EXPUNGE', [setToken(oneUid(uid))]);
  return ok('removed');
}

async function moveToTrash(session: ImapSession, selected: SelectedMailbox, uid: Uid): Promise<Result<MovedMessage>> {
  const trash = await pathOfRole(session, 'trash');
  if (trash === null) return err({ kind: 'unsupported-by-server', feature: 'a mailbox with the role trash' });
  if (trash === selected.path) return err({ kind: 'already-in-trash' });
  if (session.has('MOVE')) return move(session, uid, trash);
  if (!session.has('UIDPLUS')) return err({ kind: 'unsupported-by-server', feature: 'MOVE or UIDPLUS' });
  // COPY of a UID that is not there answers OK too, and nothing may be expunged that was not copied.
  if ((await fetchOne(session, uid, [atom('FLAGS')])) === null) return err({ kind: 'message-not-found' });
  // Copied first: if it ends half-way the message is there twice, and never not at all.
  const message = await transfer(session, 'UID COPY', uid, trash);
  const expunged = await expunge(session, uid);
  return expunged.ok ? ok({ mailboxPath: trash, message }) : expunged;
}

/** Fails with `message-not-found` where the server, quite properly, answers OK and does nothing. */
async function move(session: ImapSession, uid: Uid, path: string): Promise<Result<MovedMessage>> {
  const existed = await fetchOne(session, uid, [atom('FLAGS')]);
  if (existed === null) return err({ kind: 'message-not-found' });
  return ok({ mailboxPath: path, message: await transfer(session, 'UID MOVE', uid, path) });
}

/** Where the copy is, when the server tells: COPY in its tagged OK, MOVE in an untagged one before (RFC 6851 §4.3). */
async function transfer(
  session: ImapSession,
  command: 'UID COPY' | 'UID MOVE',
  uid: Uid,
  path: string,
): Promise<MessageName | null> {
  let copied: MessageName | null = null;
  try {
    const tagged = await session.exec(command, [setToken(oneUid(uid)), session.pathToken(path)], {
      OK: async (response) => {
        copied ??= copiedMessageOf(response);
      },
    });
    return copied ?? copiedMessageOf(tagged);
  } catch (error) {
    // The mailbox may have been renamed or deleted since it was listed; the next request shall look again.
    session.rolePaths = null;
    throw error;
  }
}
