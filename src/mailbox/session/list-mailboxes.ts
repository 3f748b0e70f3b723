/**
 * Which mailboxes are there?
 *
 * Everything that the user may see is listed: mailboxes of their own under whatever prefix, other users' and shared ones.
 */
import type { Access } from '../../core/access.ts';
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import { type ListedMailbox, type MailboxExtras, type MailboxName, type Role, roles } from '../answers.ts';
import { grantIn } from './granted-path.ts';
import { type ListedName, prefixOf } from './list-answer.ts';
import { type Details, fillIn, namesAlone } from './list-details.ts';
import { listNames } from './list-names.ts';
import { normalPath, pathOfName, placeOf } from './mailbox-name.ts';
import { isSelectable, rolesOf } from './mailbox-roles.ts';
import { kindOf, type Namespace, type Namespaces, namespacesOf } from './namespaces.ts';
import { rightsOf } from './rights.ts';
import type { ImapSession } from './session.ts';

/** All names that there are, and what follows from all of them. */
export interface Listed {
  readonly entries: readonly ListedName[];
  readonly namespaces: Namespaces;
  readonly rolePaths: ReadonlyMap<Role, string>;
}

export async function listMailboxes(
  session: ImapSession,
  access: Access,
  extras: MailboxExtras,
  timings: Timings,
): Promise<Result<ListedMailbox[]>> {
  return timed(timings, 'fetch', async () => {
    // STATUS tells of the selected mailbox what this session has been told already (RFC 9051 §6.3.11).
    if (session.mailbox !== null) await session.wakeUp();
    const listed =
      access.mailboxes === null
        ? await list(session, detailsOf(extras))
        : await listGranted(session, access, detailsOf(extras));
    const mailboxes = listed.entries.map((entry) =>
      shownTo(session, access, listed, mailboxOf(session, entry, listed)),
    );
    return ok(mailboxes.sort(byRoleAndPath));
  });
}

/** Of the others nothing is asked. */
async function listGranted(session: ImapSession, access: Access, details: Details): Promise<Listed> {
  const { nameEncoding } = session;
  const all = await listWithSubscriptions(session);
  const isGranted = ({ name }: ListedName): boolean =>
    grantIn(access, { path: pathOfName(name, nameEncoding) }, nameEncoding, all.rolePaths).ok;
  const entries = all.entries.filter(isGranted);
  await fillIn(session, entries, details);
  return { ...all, entries };
}

/** It lies at the top for those who may not see what it lies in: they could look that up nowhere. */
function shownTo(
  { nameEncoding }: ImapSession,
  access: Access,
  { rolePaths }: Listed,
  mailbox: ListedMailbox,
): ListedMailbox {
  const { parentPath } = mailbox;
  if (parentPath === null) return mailbox;
  const isSeen = grantIn(access, { path: parentPath }, nameEncoding, rolePaths).ok;
  return isSeen ? mailbox : { ...mailbox, parentPath: null };
}

/** One of them. Fails with `mailbox-not-granted` and `mailbox-not-found`. */
export async function fetchMailbox(
  session: ImapSession,
  access: Access,
  name: MailboxName,
  extras: MailboxExtras,
  timings: Timings,
): Promise<Result<ListedMailbox>> {
  return timed(timings, 'fetch', async () => {
    if (session.mailbox !== null) await session.wakeUp();
    const listed = await listWithSubscriptions(session);
    const allowed = grantIn(access, name, session.nameEncoding, listed.rolePaths);
    if (!allowed.ok) return allowed;
    const entry = entryOf(session, listed, name);
    if (entry === null) return err({ kind: 'mailbox-not-found' });
    return ok(shownTo(session, access, listed, await detailed(session, entry, listed, extras)));
  });
}

/** What `entry` is, with all that is asked about it alone. */
export async function detailed(
  session: ImapSession,
  entry: ListedName,
  listed: Listed,
  extras: MailboxExtras,
): Promise<ListedMailbox> {
  await fillIn(session, [entry], detailsOf(extras));
  return mailboxOf(session, entry, listed);
}

const detailsOf = ({ size, myRights }: MailboxExtras): Details => ({
  counts: true,
  size,
  rights: myRights,
  subscriptions: true,
});

/** The mailbox that has `role`, or null. What was listed once is believed; forget `session.rolePaths` to have it anew. */
export async function pathOfRole(session: ImapSession, role: Role): Promise<string | null> {
  if (role === 'inbox') return 'INBOX';
  // One that was missing may have been made since.
  return session.rolePaths?.get(role) ?? (await list(session, namesAlone)).rolePaths.get(role) ?? null;
}

/** As they are called now. */
export const listNow = (session: ImapSession): Promise<Listed> => list(session, namesAlone);

/** Which mailbox has which role now. */
export const listRoles = async (session: ImapSession): Promise<ReadonlyMap<Role, string>> =>
  (await listNow(session)).rolePaths;

export const listWithSubscriptions = (session: ImapSession): Promise<Listed> =>
  list(session, { ...namesAlone, subscriptions: true });

/** Null when there is none of that name or role. */
export function entryOf(
  { nameEncoding }: ImapSession,
  { entries, rolePaths }: Listed,
  name: MailboxName,
): ListedName | null {
  const path = 'path' in name ? normalPath(name.path, nameEncoding) : rolePaths.get(name.role);
  return entries.find((entry) => pathOfName(entry.name, nameEncoding) === path) ?? null;
}

/** In one round trip where the server tells of all of it in LIST, and shows all namespaces there. */
export async function list(session: ImapSession, details: Details): Promise<Listed> {
  const { rolesForgotten } = session;
  const [namespaces, shown] = await namespacesAndNames(session, details);
  session.namespaces = namespaces;
  const entries = new Map<string, ListedName>();
  const add = (listed: readonly ListedName[]): void => {
    for (const entry of listed) if (!entries.has(entry.name)) entries.set(entry.name, entry);
  };
  add(shown);
  // LIST "" * need not show what lies in namespaces with a prefix (RFC 2342 §4), and often does.
  for (const { prefix } of Object.values(namespaces).flat()) {
    const isShown = [...entries.keys()].some((name) => name.startsWith(prefix));
    if (prefix !== '' && !isShown) add(await listNamespace(session, prefix, details));
  }
  const all = [...entries.values()];
  const rolePaths = rolesOf(all.map((entry) => namedOf(session, entry, namespaces)));
  if (session.rolesForgotten === rolesForgotten) {
    session.rolePaths = rolePaths;
    session.trashPrefix = trashPrefixOf(session, { entries: all, rolePaths });
    session.rolesListedAtMs = Date.now();
  }
  return { entries: all, namespaces, rolePaths };
}

async function namespacesAndNames(session: ImapSession, details: Details): Promise<[Namespaces, ListedName[]]> {
  const { namespaces } = session;
  const names = () => listNames(session, '', details);
  return namespaces === null ? session.together(() => namespacesOf(session), names) : [namespaces, await names()];
}

/** What the names of all mailboxes in the trash begin with; null when there can be none. */
export function trashPrefixOf(
  { nameEncoding }: ImapSession,
  { entries, rolePaths }: Pick<Listed, 'entries' | 'rolePaths'>,
): string | null {
  const trash = entries.find(({ name }) => pathOfName(name, nameEncoding) === rolePaths.get('trash'));
  return trash === undefined || trash.delimiter === '' ? null : prefixOf(trash);
}

/** A namespace that is announced and may not be looked into is an empty one. */
async function listNamespace(session: ImapSession, prefix: Namespace['prefix'], details: Details) {
  try {
    return await listNames(session, prefix, details);
  } catch (error) {
    if (error instanceof Failed && ['command-refused', 'permission-denied'].includes(error.failure.kind)) return [];
    throw error;
  }
}

/** What decides about the role of a mailbox. */
export function namedOf(
  { nameEncoding }: ImapSession,
  { name, delimiter, flags }: Pick<ListedName, 'name' | 'delimiter' | 'flags'>,
  namespaces: Namespaces,
) {
  return {
    path: pathOfName(name, nameEncoding),
    name: placeOf(name, delimiter, nameEncoding).label,
    depth: delimiter === '' ? 0 : name.split(delimiter).length,
    flags,
    isForeign: kindOf(name, delimiter, namespaces) !== 'personal',
  };
}

function mailboxOf(session: ImapSession, entry: ListedName, { namespaces, rolePaths }: Listed): ListedMailbox {
  const { nameEncoding } = session;
  const { name, delimiter, flags, told } = entry;
  const path = pathOfName(name, nameEncoding);
  const { label, parent } = placeOf(name, delimiter, nameEncoding);
  const holdsMessages = isSelectable(flags);
  return {
    path,
    name: label,
    parentPath: parent === null ? null : pathOfName(parent, nameEncoding),
    role: [...rolePaths].find(([, of]) => of === path)?.[0] ?? null,
    namespace: kindOf(name, delimiter, namespaces),
    // INBOX is there for everybody who looks, whatever was subscribed.
    isSubscribed: entry.isSubscribed || path === 'INBOX',
    isSelectable: holdsMessages,
    totalEmails: holdsMessages ? told.messages : 0,
    unreadEmails: holdsMessages ? told.unseen : 0,
    size: told.size,
    myRights: told.rights === null ? null : rightsOf(told.rights, session.capabilities),
  };
}

function byRoleAndPath(one: ListedMailbox, other: ListedMailbox): number {
  const rank = ({ role }: ListedMailbox): number => (role === null ? roles.length : roles.indexOf(role));
  return rank(one) - rank(other) || one.path.localeCompare(other.path);
}
