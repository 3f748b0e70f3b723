/**
 * UID COPY and UID MOVE: from the selected mailbox into another, and what became of the message there.
 */
import type { Access } from '../../core/access.ts';
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { MailboxName, MessageName, Uid } from '../answers.ts';
import { attempt } from './attempt.ts';
import { grantedDestination } from './grant.ts';
import { type GrantedPath, withField } from './granted-path.ts';
import { hasLeft, refusalAbout } from './message-state.ts';
import { copiedMessageOf } from './response.ts';
import type { ImapSession } from './session.ts';
import { statusNumber } from './status-number.ts';
import { atom, oneUid, setToken } from './tokens.ts';

export interface Transferred {
  /** Where it is now, as far as the server told before it completed the command: in whatever way. */
  readonly copy: MessageName | null;
  /** Null when it completed it with OK. */
  readonly refusal: MailFailure | null;
}

/** COPY tells where the copy is in its tagged OK, MOVE in an untagged one before (RFC 6851 §4.3). */
export async function transfer(
  session: ImapSession,
  command: 'UID COPY' | 'UID MOVE',
  uid: Uid,
  path: GrantedPath,
): Promise<Transferred> {
  let copy: MessageName | null = null;
  // A server without UIDPLUS will not tell of a copy, so it is asked what there is before and behind.
  const nextBefore = session.has('UIDPLUS') ? null : await nextUidIn(session, path);
  const tagged = await attempt(() =>
    session.exec(command, [setToken(oneUid(uid)), session.pathToken(path)], {
      OK: async (response) => {
        copy ??= copiedMessageOf(response, uid);
      },
    }),
  );
  if (tagged.ok) {
    copy ??= copiedMessageOf(tagged.value, uid);
    return { copy, refusal: copy === null ? await silentRefusal(session, command, uid, path, nextBefore) : null };
  }
  // The mailbox may have been renamed or deleted since it was listed; the next request shall look again.
  session.rolePaths = null;
  return { copy, refusal: await explained(session, path, await refusalAbout(session, uid, tagged.failure)) };
}

/**
 * What OK without a word about the copy hides: that there was nothing to copy, since somebody had expunged the message, or
 * that it was not moved. Null when it was done. With UIDPLUS silence means that nothing was (RFC 4315 §3, RFC 6851 §4.3), and
 * without it, that nothing has come where it was to go. Where that is not told either, the message is taken to have arrived.
 */
async function silentRefusal(
  session: ImapSession,
  command: 'UID COPY' | 'UID MOVE',
  uid: Uid,
  path: GrantedPath,
  nextBefore: number | null,
): Promise<MailFailure | null> {
  if (!(await hasLeft(session, uid))) {
    return command === 'UID COPY' ? null : { kind: 'command-refused', command, responseCode: null };
  }
  if (session.has('UIDPLUS')) return { kind: 'message-not-found' };
  const isKnown = nextBefore !== null;
  return isKnown && (await nextUidIn(session, path)) === nextBefore ? { kind: 'message-not-found' } : null;
}

/** Null when the server does not tell. One that is selected is not asked about (RFC 9051 §6.3.11). */
async function nextUidIn(session: ImapSession, path: GrantedPath): Promise<number | null> {
  if (session.mailbox?.path === path) return null;
  const told = await statusNumber(session, path, 'UIDNEXT');
  return told.ok ? told.value : null;
}

/** The path of a mailbox that a body names. Fails as `grantedDestination` does, and with `mailbox-not-found`. */
export async function destinationOf(
  session: ImapSession,
  access: Access,
  name: MailboxName,
): Promise<Result<GrantedPath>> {
  const path = await grantedDestination(session, access, name);
  if (!path.ok) return withField(path, 'mailboxId');
  return path.value === null ? noDestination : ok(path.value);
}

/** Whether there is such a mailbox, asked before anything is changed. Fails as copying into it would. */
export async function checkDestination(session: ImapSession, path: GrantedPath): Promise<Result<void>> {
  const status = await attempt(() => session.exec('STATUS', [session.pathToken(path), [atom('MESSAGES')]]));
  if (status.ok) return ok(undefined);
  return isUnexplained(status.failure) ? noDestination : err(asDestination(status.failure));
}

/** Why a command that names a mailbox was refused. A server that gives no code may mean that there is none. */
export async function explained(session: ImapSession, path: GrantedPath, refusal: MailFailure): Promise<MailFailure> {
  if (!isUnexplained(refusal)) return refusal;
  const found = await checkDestination(session, path);
  return !found.ok && found.failure.kind === 'mailbox-not-found' ? { kind: 'mailbox-not-found' } : refusal;
}

/** Servers older than RFC 5530 give no code. */
const isUnexplained = (refusal: MailFailure): boolean =>
  refusal.kind === 'command-refused' && refusal.responseCode === null;

export const noDestination = err({ kind: 'mailbox-not-found', field: 'mailboxId' });

/** The mailbox that is missing is the one that the body names: the other one is selected. */
export const asDestination = (failure: MailFailure): MailFailure =>
  failure.kind === 'mailbox-not-found' ? noDestination.failure : failure;
