/**
 * Which mailboxes are there? (LIST, RFC 9051 §6.3.9)
 *
 * With counts, subscriptions and roles, in one round trip where the server knows LIST-STATUS (RFC 5819). Everything that
 * the user may see is listed: mailboxes of their own under whatever prefix, other users' and shared ones.
 */
import { ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { ListedMailbox, Role } from '../answers.ts';
import type { ListResponse } from './imapflow.ts';
import { isSelectable, rolesOf } from './mailbox-roles.ts';
import type { ImapSession } from './session.ts';

export async function listMailboxes(session: ImapSession, timings: Timings): Promise<Result<ListedMailbox[]>> {
  return timed(timings, 'fetch', async () => {
    // STATUS tells of the selected mailbox what this session has been told already (RFC 9051 §6.3.11).
    if (session.mailbox !== null) await session.wakeUp();
    const { entries, rolePaths } = await list(session, true);
    return ok(entries.map((entry) => listedOf(entry, rolePaths)));
  });
}

/** The mailbox that has `role`, or null. What was listed once is believed; forget `session.rolePaths` to have it anew. */
export async function pathOfRole(session: ImapSession, role: Role): Promise<string | null> {
  if (role === 'inbox') return 'INBOX';
  // One that was missing may have been made since.
  return session.rolePaths?.get(role) ?? (await list(session, false)).rolePaths.get(role) ?? null;
}

async function list(session: ImapSession, withCounts: boolean) {
  const { own, foreign } = await session.namespaces();
  const entries = new Map<string, ListResponse>();
  const add = async (reference: string): Promise<void> => {
    for (const entry of await session.list(reference, withCounts)) {
      if (entry.path !== '' && !entries.has(entry.path)) entries.set(entry.path, entry);
    }
  };
  await add('');
  // LIST "" * need not show what lies in namespaces with a prefix (RFC 2342 §4), and often does.
  for (const prefix of [...own, ...foreign]) {
    const isShown = [...entries.keys()].some((path) => path.startsWith(prefix));
    if (prefix !== '' && !isShown) await add(prefix);
  }
  const rolePaths = rolesOf([...entries.values()], foreign);
  session.rolePaths = rolePaths;
  return { entries: [...entries.values()], rolePaths };
}

function listedOf(entry: ListResponse, rolePaths: ReadonlyMap<Role, string>): ListedMailbox {
  const role = [...rolePaths].find(([, path]) => path === entry.path)?.[0] ?? null;
  return {
    path: entry.path,
    name: entry.name,
    parentPath: entry.parentPath || null,
    role,
    isSubscribed: entry.subscribed === true,
    isSelectable: isSelectable(entry.flags),
    totalEmails: entry.status?.messages ?? 0,
    unreadEmails: entry.status?.unseen ?? 0,
  };
}
