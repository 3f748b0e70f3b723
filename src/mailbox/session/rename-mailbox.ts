/**
 * How does a mailbox get another name, another place, or on and off the list of those that its user wants to see? (RENAME, RFC
 * 9051 §6.3.6)
 *
 * Mailboxes that lie in it go with it, and so do their subscriptions, which are to names and not to mailboxes. INBOX is never
 * renamed: that would take its messages away and leave it there, empty.
 */
import { type Access, lackOf } from '../../core/access.ts';
import { err, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { ListedMailbox, MailboxName } from '../answers.ts';
import { attempt } from './attempt.ts';
import { explainedName, madeMailbox } from './create-mailbox.ts';
import { type ListedName, prefixOf } from './list-answer.ts';
import { entryOf, type Listed, listWithSubscriptions, namedOf, trashPrefixOf } from './list-mailboxes.ts';
import { pathOfName } from './mailbox-name.ts';
import { invalid, nameAt, ownNameOf, placeBelow, placeOfEntry } from './mailbox-place.ts';
import { rolesOf } from './mailbox-roles.ts';
import { leaveMailbox } from './mailbox-selected.ts';
import type { ImapSession } from './session.ts';
import { setSubscribed } from './subscribe-mailbox.ts';
import { mailboxToken } from './tokens.ts';

/** What is undefined stays as it is. */
export interface MailboxChange {
  readonly name: string | undefined;
  /** Null for the top. */
  readonly parent: MailboxName | null | undefined;
  readonly isSubscribed: boolean | undefined;
}

/** `begin` is called before anything can have changed. Answers the mailbox as it is listed then. */
export async function updateMailbox(
  { session, isWarm }: Lease<ImapSession>,
  access: Access,
  mailbox: MailboxName,
  change: MailboxChange,
  begin: () => void,
  timings: Timings,
): Promise<Result<ListedMailbox>> {
  return timed(timings, 'store', async () => {
    if (isWarm) await session.wakeUp();
    const listed = await listWithSubscriptions(session);
    const entry = entryOf(session, listed, mailbox);
    if (entry === null) return err({ kind: 'mailbox-not-found' });
    const name = newNameOf(session, listed, entry, change);
    if (!name.ok) return name;
    const isRenamed = name.value !== entry.name;
    const lack = isRenamed && isThrownAway(session, listed, entry, name.value) ? lackOf(access, 'delete') : null;
    if (lack !== null) return err(lack);
    if (entry.name === 'INBOX' && (isRenamed || change.isSubscribed === false)) {
      return err({ kind: 'mailbox-protected', role: 'inbox' });
    }
    begin();
    const renamed = isRenamed ? await rename(session, listed, entry, name.value) : ok(undefined);
    if (!renamed.ok) return renamed;
    const refusal =
      change.isSubscribed === undefined ? null : await setSubscribed(session, [name.value], change.isSubscribed);
    // Once it is renamed, what the caller has to know is its new id; that it is not subscribed can be seen there.
    return refusal !== null && !isRenamed ? err(refusal) : madeMailbox(session, name.value);
  });
}

function newNameOf(
  session: ImapSession,
  listed: Listed,
  entry: ListedName,
  { name, parent }: MailboxChange,
): Result<string> {
  if (name === undefined && parent === undefined) return ok(entry.name);
  const now = placeOfEntry(entry);
  const place = parent === undefined ? ok(now.place) : placeBelow(session, listed, parent);
  if (!place.ok) return place;
  const newName = nameAt(place.value, name === undefined ? now.own : ownNameOf(name, session), session);
  if (!newName.ok || newName.value === now.place.prefix + now.own) return newName.ok ? ok(entry.name) : newName;
  if (newName.value.startsWith(prefixOf(entry)) && entry.delimiter !== '') {
    return err(invalid('parentId', 'Name a mailbox that does not lie in this one.'));
  }
  // RENAME, unlike CREATE, may not take over a name that only holds others.
  const isTaken = /^inbox$/i.test(newName.value) || listed.entries.some((other) => other.name === newName.value);
  return isTaken ? err({ kind: 'mailbox-exists', field: 'name' }) : newName;
}

/** Whether it lies in the trash then, or is the trash by its name, so that all that is in it goes sooner or later. */
function isThrownAway(session: ImapSession, listed: Listed, entry: ListedName, name: string): boolean {
  const { namespaces, rolePaths } = listed;
  if (pathOfName(entry.name, session.nameEncoding) === rolePaths.get('trash')) return false;
  const trashPrefix = trashPrefixOf(session, listed);
  const isInTrash = trashPrefix !== null && name.startsWith(trashPrefix);
  const renamed = namedOf(session, { name, delimiter: entry.delimiter, flags: new Set() }, namespaces);
  return isInTrash || rolesOf([renamed]).has('trash');
}

async function rename(session: ImapSession, listed: Listed, entry: ListedName, name: string): Promise<Result<void>> {
  await leaveMailbox(session, entry);
  const tokens = [entry.name, name].map((one) => mailboxToken(one, session.nameEncoding));
  const renamed = await attempt(() => session.exec('RENAME', tokens));
  if (!renamed.ok) return err(await explainedName(session, renamed.failure, name));
  await takeSubscriptionsAlong(session, listed, entry, name);
  return ok(undefined);
}

/** A refusal is no reason to take the renaming back; the listing shows what is subscribed. */
async function takeSubscriptionsAlong(
  session: ImapSession,
  { entries }: Listed,
  entry: ListedName,
  name: string,
): Promise<void> {
  const prefix = prefixOf(entry);
  const isInside = (one: ListedName): boolean => entry.delimiter !== '' && one !== entry && one.name.startsWith(prefix);
  const inside = entries.filter((one) => one.isSubscribed && isInside(one)).map((one) => one.name);
  const own = entry.isSubscribed ? [entry.name] : [];
  const newNames = inside.map((one) => name + entry.delimiter + one.slice(prefix.length));
  await setSubscribed(session, [...(entry.isSubscribed ? [name] : []), ...newNames], true);
  await setSubscribed(session, [...own, ...inside], false);
}
