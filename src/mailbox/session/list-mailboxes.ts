/**
 * Which mailboxes are there?
 *
 * Everything that the user may see is listed: mailboxes of their own under whatever prefix, other users' and shared ones.
 */
import { Failed, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import { type ListedMailbox, type Role, roles } from '../answers.ts';
import { type ListedName, listNames } from './list-names.ts';
import { pathOfName, placeOf } from './mailbox-name.ts';
import { isSelectable, rolesOf } from './mailbox-roles.ts';
import { isForeign, type Namespaces, namespacesOf } from './namespaces.ts';
import type { ImapSession } from './session.ts';

export async function listMailboxes(session: ImapSession, timings: Timings): Promise<Result<ListedMailbox[]>> {
  return timed(timings, 'fetch', async () => {
    // STATUS tells of the selected mailbox what this session has been told already (RFC 9051 §6.3.11).
    if (session.mailbox !== null) await session.wakeUp();
    const { entries, rolePaths } = await list(session, true);
    const byPath = new Map([...rolePaths].map(([role, path]) => [path, role]));
    return ok(entries.map((entry) => listedOf(session, entry, byPath)).sort(byRoleAndPath));
  });
}

/** The mailbox that has `role`, or null. What was listed once is believed; forget `session.rolePaths` to have it anew. */
export async function pathOfRole(session: ImapSession, role: Role): Promise<string | null> {
  if (role === 'inbox') return 'INBOX';
  // One that was missing may have been made since.
  return session.rolePaths?.get(role) ?? (await list(session, false)).rolePaths.get(role) ?? null;
}

async function list(session: ImapSession, withCounts: boolean) {
  session.namespaces ??= await namespacesOf(session);
  const { own, foreign } = session.namespaces;
  const entries = new Map<string, ListedName>();
  const add = (listed: readonly ListedName[]): void => {
    for (const entry of listed) if (!entries.has(entry.name)) entries.set(entry.name, entry);
  };
  add(await listNames(session, '', withCounts));
  // LIST "" * need not show what lies in namespaces with a prefix (RFC 2342 §4), and often does.
  for (const prefix of [...own, ...foreign]) {
    const isShown = [...entries.keys()].some((name) => name.startsWith(prefix));
    if (prefix !== '' && !isShown) add(await listNamespace(session, prefix, withCounts));
  }
  const all = [...entries.values()];
  const rolePaths = rolesOf(all.map((entry) => namedOf(session, entry, session.namespaces ?? { own, foreign })));
  session.rolePaths = rolePaths;
  return { entries: all, rolePaths };
}

/** A namespace that is announced and may not be looked into is an empty one. */
async function listNamespace(session: ImapSession, prefix: string, withCounts: boolean): Promise<ListedName[]> {
  try {
    return await listNames(session, prefix, withCounts);
  } catch (error) {
    if (error instanceof Failed && ['command-refused', 'permission-denied'].includes(error.failure.kind)) return [];
    throw error;
  }
}

function namedOf({ nameEncoding }: ImapSession, { name, delimiter, flags }: ListedName, namespaces: Namespaces) {
  return {
    path: pathOfName(name, nameEncoding),
    name: placeOf(name, delimiter, nameEncoding).label,
    depth: delimiter === '' ? 0 : name.split(delimiter).length,
    flags,
    isForeign: isForeign(name, delimiter, namespaces),
  };
}

function listedOf({ nameEncoding }: ImapSession, entry: ListedName, byPath: ReadonlyMap<string, Role>): ListedMailbox {
  const { name, delimiter, flags, counts } = entry;
  const path = pathOfName(name, nameEncoding);
  const { label, parent } = placeOf(name, delimiter, nameEncoding);
  return {
    path,
    name: label,
    parentPath: parent === null ? null : pathOfName(parent, nameEncoding),
    role: byPath.get(path) ?? null,
    // INBOX is there for everybody who looks, whatever was subscribed.
    isSubscribed: entry.isSubscribed || path === 'INBOX',
    isSelectable: isSelectable(flags),
    totalEmails: counts.messages,
    unreadEmails: counts.unseen,
  };
}

function byRoleAndPath(one: ListedMailbox, other: ListedMailbox): number {
  const rank = ({ role }: ListedMailbox): number => (role === null ? roles.length : roles.indexOf(role));
  return rank(one) - rank(other) || one.path.localeCompare(other.path);
}
