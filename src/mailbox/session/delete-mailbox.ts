/**
 * How is a mailbox deleted, and never more of it than its user has agreed to? (DELETE, RFC 9051 §6.3.5)
 *
 * DELETE takes all messages with it and knows no condition, so they are counted right before it. Mail that arrives between
 * the two goes as well; nothing in IMAP prevents that.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { MailboxName } from '../answers.ts';
import { attempt } from './attempt.ts';
import { ListAnswer, type ListedName, prefixOf } from './list-answer.ts';
import { entryOf, type Listed, listWithSubscriptions } from './list-mailboxes.ts';
import { pathOfName } from './mailbox-name.ts';
import { isSelectable } from './mailbox-roles.ts';
import { leaveMailbox } from './mailbox-selected.ts';
import type { ImapSession } from './session.ts';
import { setSubscribed } from './subscribe-mailbox.ts';
import { atom, mailboxToken } from './tokens.ts';

/** `begin` is called before anything can have changed. */
export async function deleteMailbox(
  { session, isWarm }: Lease<ImapSession>,
  mailbox: MailboxName,
  removeEmails: boolean,
  begin: () => void,
  timings: Timings,
): Promise<Result<void>> {
  return timed(timings, 'store', async () => {
    if (isWarm) await session.wakeUp();
    const listed = await listWithSubscriptions(session);
    const entry = entryOf(session, listed, mailbox);
    if (entry === null) return err({ kind: 'mailbox-not-found' });
    const reason = reasonToKeep(session, listed, entry, removeEmails);
    if (reason !== null) return err(reason);
    // What is selected is counted as it was when the session last heard of it.
    await leaveMailbox(session, entry);
    const counted = removeEmails || !isSelectable(entry.flags) ? ok(0) : await messagesIn(session, entry);
    if (!counted.ok) return counted;
    if (counted.value !== 0) return err({ kind: 'mailbox-not-empty', totalEmails: counted.value });
    begin();
    const deleted = await attempt(() => session.exec('DELETE', [mailboxToken(entry.name, session.nameEncoding)]));
    if (!deleted.ok) return err(await explained(session, deleted.failure, mailbox));
    // What no mailbox has any more cannot be wanted; a refusal leaves nothing that anybody would see.
    if (entry.isSubscribed) await setSubscribed(session, [entry.name], false);
    return ok(undefined);
  });
}

/** As told under the name of this mailbox: by the number of another one it would be deleted with all its messages. */
async function messagesIn(session: ImapSession, { name }: ListedName): Promise<Result<number | null>> {
  const answer = new ListAnswer(session);
  const tokens = [mailboxToken(name, session.nameEncoding), [atom('MESSAGES')]];
  const told = await attempt(() => session.exec('STATUS', tokens, answer.detailHandlers));
  return told.ok ? ok(answer.toldOf(name)?.messages ?? null) : told;
}

const pathOf = ({ nameEncoding }: ImapSession, { name }: ListedName): string => pathOfName(name, nameEncoding);

function reasonToKeep(
  session: ImapSession,
  { entries, rolePaths }: Listed,
  entry: ListedName,
  removeEmails: boolean,
): MailFailure | null {
  const path = pathOf(session, entry);
  const [role] = [...rolePaths].find(([, of]) => of === path) ?? [];
  if (path === 'INBOX' || (role !== undefined && !removeEmails)) {
    return { kind: 'mailbox-protected', role: role ?? 'inbox' };
  }
  const prefix = prefixOf(entry);
  const holdsOthers = entry.delimiter !== '' && entries.some((one) => one !== entry && one.name.startsWith(prefix));
  return holdsOthers ? { kind: 'mailbox-has-children' } : null;
}

async function explained(session: ImapSession, failure: MailFailure, mailbox: MailboxName): Promise<MailFailure> {
  if (failure.kind !== 'command-refused') return failure;
  if (failure.responseCode === 'HASCHILDREN') return { kind: 'mailbox-has-children' };
  const isThere = entryOf(session, await listWithSubscriptions(session), mailbox) !== null;
  if (!isThere) return { kind: 'mailbox-not-found' };
  // Cyrus keeps those that it has given a role.
  const isRule = failure.responseCode === null || failure.responseCode === 'CANNOT';
  return isRule ? { kind: 'unsupported-by-server', feature: 'deleting this mailbox' } : failure;
}
