/**
 * UID COPY and UID MOVE: from the selected mailbox into another, and what became of the message there.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { MailboxName, MessageName, Uid } from '../answers.ts';
import { pathOfRole } from './list-mailboxes.ts';
import { attempt, refusalOf } from './refusal.ts';
import { copiedMessageOf } from './response.ts';
import type { ImapSession } from './session.ts';
import { oneUid, setToken } from './tokens.ts';

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
  return { copy, refusal: tagged.failure };
}

/** The path of a mailbox that a body names. Fails with `mailbox-not-found` for a role that no mailbox has. */
export async function destinationOf(session: ImapSession, name: MailboxName): Promise<Result<string>> {
  if ('role' in name) {
    const path = await pathOfRole(session, name.role);
    return path === null ? noDestination : ok(path);
  }
  // INBOX is case-insensitive (RFC 9051 §5.1).
  return ok(name.path.toUpperCase() === 'INBOX' ? 'INBOX' : name.path);
}

/** Whether there is such a mailbox, asked before anything is changed. Fails as copying into it would. */
export async function checkDestination(session: ImapSession, path: string): Promise<Result<void>> {
  const status = await attempt(() =>
    session.exec('STATUS', [session.pathToken(path), [{ type: 'ATOM', value: 'MESSAGES' }]]),
  );
  if (status.ok) return ok(undefined);
  // Servers older than RFC 5530 give no code.
  const isUnexplained = status.failure.kind === 'command-refused' && status.failure.responseCode === null;
  return isUnexplained ? noDestination : err(asDestination(status.failure));
}

export const noDestination = err({ kind: 'mailbox-not-found', field: 'mailboxId' });

/** The mailbox that is missing is the one that the body names: the other one is selected. */
export const asDestination = (failure: MailFailure): MailFailure =>
  refusalOf(failure)?.kind === 'mailbox-not-found' ? noDestination.failure : failure;
