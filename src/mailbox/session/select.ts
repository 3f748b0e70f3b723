/**
 * How does an operation get into its mailbox, seeing it as it is now?
 *
 * A mailbox that a warm session has selected already is asked for news first (NOOP), or along with the first command: without
 * that, mail that arrived since would be missing from the answer. Any other is selected, which is as fresh (RFC 9051 §6.3.2), and on servers that
 * tell a session of new mail alone every one is.
 */
import type { Access } from '../../core/access.ts';
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { MailboxName } from '../answers.ts';
import { granted } from './grant.ts';
import type { GrantedPath } from './granted-path.ts';
import type { UntaggedHandlers } from './imapflow.ts';
import { normalPath } from './mailbox-name.ts';
import type { ImapSession } from './session.ts';
import type { CompilableToken } from './tokens.ts';

export interface SelectedMailbox {
  readonly path: GrantedPath;
  /** Of the request that it was selected for. */
  readonly access: Access;
  readonly uidValidity: number;
  readonly isReadOnly: boolean;
  /** The flags that can be kept, `\*` for any; null when the server did not say. */
  readonly permanentFlags: ReadonlySet<string> | null;
}

/** True when the session can serve this mailbox without selecting it. A role counts once the session has listed. */
export function isSelected(session: ImapSession, name: MailboxName): boolean {
  const path =
    'path' in name ? normal(session, name.path) : name.role === 'inbox' ? 'INBOX' : session.rolePaths?.get(name.role);
  return path !== undefined && session.mailbox?.path === path;
}

/**
 * Fails with `mailbox-not-granted`, with `mailbox-not-found`, or `command-refused` when the server gives another reason. `newsCanWait`: how many messages
 * there are does not matter, so that the server may be asked for news along with the next command.
 */
export async function select(
  session: ImapSession,
  access: Access,
  name: MailboxName,
  timings: Timings,
  newsCanWait = false,
): Promise<Result<SelectedMailbox>> {
  return timed(timings, 'select', async () => {
    const known = 'path' in name ? undefined : session.rolePaths?.get(name.role);
    const path = await granted(session, access, name);
    if (!path.ok) return path;
    const selected = path.value === null ? notFound : await open(session, access, path.value, newsCanWait);
    if (selected.ok || known === undefined) return selected;
    // What was listed a while ago may have been renamed since.
    session.rolePaths = null;
    const now = await granted(session, access, name);
    if (!now.ok) return now;
    return now.value === null || now.value === path.value ? selected : open(session, access, now.value, newsCanWait);
  });
}

const notFound = err({ kind: 'mailbox-not-found' });

const normal = (session: ImapSession, path: string): string => normalPath(path, session.nameEncoding);

async function open(
  session: ImapSession,
  access: Access,
  path: GrantedPath,
  newsCanWait: boolean,
): Promise<Result<SelectedMailbox>> {
  const isSelected = session.mailbox?.path === path;
  const mayStay = isSelected && tellsOfOthers(session);
  if (mayStay && newsCanWait) session.oweNews();
  else if (isSelected) await session.wakeUp();
  if (!mayStay || session.isRenumbered) {
    const refusal = await trySelect(session, path);
    if (refusal !== null) return refusal;
  }
  const { mailbox } = session;
  if (mailbox === null) return notFound;
  const uidValidity = Number(mailbox.uidValidity);
  return ok({
    path,
    access,
    uidValidity,
    // Without a UIDVALIDITY nobody can tell whether a UID still means the same message. It is shown; nothing is changed by it.
    isReadOnly: mailbox.readOnly === true || uidValidity === 0,
    permanentFlags: mailbox.permanentFlags ?? null,
  });
}

/** Whether sessions see at once what others mark and expunge, or only when the mailbox is selected again (mailutils, ran). */
export const tellsOfOthers = (session: ImapSession): boolean => session.mostSessions === null;

/** Null when it is selected; why it is not, when the server says that it cannot be. */
export async function trySelect(
  session: ImapSession,
  path: GrantedPath,
  parameters: readonly CompilableToken[] = [],
  told: UntaggedHandlers = {},
): Promise<ReturnType<typeof err> | null> {
  try {
    await session.select(path, parameters, told);
    return null;
  } catch (error) {
    // Whatever else it is, it is no answer about this mailbox.
    if (!(error instanceof Failed) || !session.isOpen) throw error;
    const { failure } = error;
    // Servers older than RFC 5530 give no code; CANNOT is for a name that no mailbox could have.
    const isMissing = failure.kind === 'command-refused' && [null, 'CANNOT'].includes(failure.responseCode);
    return isMissing ? notFound : err(failure);
  }
}

/** Selects it anew when another mailbox was looked into meanwhile. Fails with `state-gone`. */
export async function returnTo(session: ImapSession, { path, uidValidity }: SelectedMailbox): Promise<Result<void>> {
  if (session.mailbox?.path !== path) await session.select(path);
  return Number(session.mailbox?.uidValidity ?? 0) === uidValidity ? ok(undefined) : err({ kind: 'state-gone' });
}
