/**
 * UID COPY and UID MOVE: from the selected mailbox into another, and what became of the message there.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { MailboxName, MessageName, Uid } from '../answers.ts';
import { attempt } from './attempt.ts';
import { pathOfRole } from './list-mailboxes.ts';
import { refusalAbout } from './message-state.ts';
import { copiedMessageOf } from './response.ts';
import type { ImapSession } from './session.ts';
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
  path: string,
): Promise<Transferred> {
  let copy: MessageName | null = null;
  const tagged = await attempt(() =>
    session.exec(command, [setToken(oneUid(uid)), session.pathToken(path)], {
      OK: async (response) => {
        copy ??= copiedMessageOf(response);
      },
    }),
  );
  if (tagged.ok) return { copy: copy ?? copiedMessageOf(tagged.value), refusal: null };
  // The mailbox may have been renamed or deleted since it was listed; the next request shall look again.
  session.rolePaths = null;
  return { copy, refusal: await explained(session, path, await refusalAbout(session, uid, tagged.failure)) };
}

/** Null for a role that no mailbox has; whether there is one of that path is another question. */
export async function pathOf(session: ImapSession, name: MailboxName): Promise<string | null> {
  if ('role' in name) return pathOfRole(session, name.role);
  // INBOX is case-insensitive (RFC 9051 §5.1).
  return name.path.toUpperCase() === 'INBOX' ? 'INBOX' : name.path;
}

/** The path of a mailbox that a body names. */
export async function destinationOf(session: ImapSession, name: MailboxName): Promise<Result<string>> {
  const path = await pathOf(session, name);
  return path === null ? noDestination : ok(path);
}

/** Whether there is such a mailbox, asked before anything is changed. Fails as copying into it would. */
export async function checkDestination(session: ImapSession, path: string): Promise<Result<void>> {
  const status = await attempt(() => session.exec('STATUS', [session.pathToken(path), [atom('MESSAGES')]]));
  if (status.ok) return ok(undefined);
  return isUnexplained(status.failure) ? noDestination : err(asDestination(status.failure));
}

/** Why a command that names a mailbox was refused. A server that gives no code may mean that there is none. */
export async function explained(session: ImapSession, path: string, refusal: MailFailure): Promise<MailFailure> {
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
