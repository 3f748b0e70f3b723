/**
 * Which mailbox does a request mean, and may it be reached, or get a message?
 *
 * Asked by everything that gets a mailbox by its name. Who may reach all mailboxes, or some by their ids, causes no command by it;
 * roles are looked up in what was listed a moment ago, and before anybody is refused, in what is listed now.
 */
import { type Access, lackOf } from '../../core/access.ts';
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { MailboxName } from '../answers.ts';
import { type GrantedPath, grantIn, grantsByRole, isByRole, type RolePaths } from './granted-path.ts';
import { listNow, listRoles, pathOfRole, trashPrefixOf } from './list-mailboxes.ts';
import { pathOfName, rawMark } from './mailbox-name.ts';
import type { ImapSession } from './session.ts';

/** Null for a role that no mailbox has; whether there is one of that path is another question. Fails with `mailbox-not-granted`. */
export async function granted(
  session: ImapSession,
  access: Access,
  name: MailboxName,
): Promise<Result<GrantedPath | null>> {
  const decide = (rolePaths: RolePaths) => grantIn(access, name, session.nameEncoding, rolePaths);
  if (access.mailboxes === null) return decide(await believedRole(session, name));
  const first = decide(recentRoles(session) ?? noRoles);
  if (first.ok && first.value !== null) return first;
  const mayDiffer = isByRole(name) || grantsByRole(access);
  return mayDiffer ? decide(await listRoles(session)) : first;
}

/** Fails when one of `names` is not granted. */
export async function checkGranted(
  session: ImapSession,
  access: Access,
  names: readonly MailboxName[],
): Promise<Result<void>> {
  if (access.mailboxes === null) return ok(undefined);
  for (const name of names) {
    const path = await granted(session, access, name);
    if (!path.ok) return path;
  }
  return ok(undefined);
}

/**
 * Where a message is to be put. Fails with `mailbox-not-granted`, and with `scope-missing` for the trash and all that lies in it: what is put there goes
 * sooner or later, and on Gmail whatever has the same octets goes with it.
 */
export async function grantedDestination(
  session: ImapSession,
  access: Access,
  name: MailboxName,
): Promise<Result<GrantedPath | null>> {
  const path = await granted(session, access, name);
  if (!path.ok || path.value === null) return path;
  const refusal = await puttingRefusal(session, access, path.value);
  return refusal === null ? path : err(refusal);
}

/** Why nothing may be put there; null when nothing speaks against it. */
export async function puttingRefusal(
  session: ImapSession,
  access: Access,
  path: GrantedPath,
): Promise<MailFailure | null> {
  const lack = lackOf(access, 'delete');
  if (lack === null) return null;
  const { nameEncoding } = session;
  const trash = recentTrash(session) ?? (await trashNow(session));
  const isTrash = trash.path !== undefined && folded(trash.path) === folded(path);
  const isInTrash = trash.prefix !== null && folded(path).startsWith(folded(pathOfName(trash.prefix, nameEncoding)));
  return isTrash || isInTrash ? lack : null;
}

/** To some servers other spellings of a name are the same mailbox (Exchange: in small and capital letters). */
const folded = (path: string): string => path.replace(rawMark, '').normalize('NFC').toLowerCase();

/** What lies in the trash goes with it. */
interface Trash {
  readonly path: string | undefined;
  readonly prefix: string | null;
}

function recentTrash(session: ImapSession): Trash | null {
  const rolePaths = recentRoles(session);
  return rolePaths === null ? null : { path: rolePaths.get('trash'), prefix: session.trashPrefix };
}

async function trashNow(session: ImapSession): Promise<Trash> {
  const listed = await listNow(session);
  return { path: listed.rolePaths.get('trash'), prefix: trashPrefixOf(session, listed) };
}

const noRoles: RolePaths = new Map();

/** Null when they were listed too long ago to decide by. */
const recentRoles = ({ rolePaths, rolesListedAtMs }: ImapSession): RolePaths | null =>
  Date.now() - rolesListedAtMs < limits.rolesBelievedMs ? rolePaths : null;

/** Who may reach everything needs no more than a name to begin with: one that is out of date is found out when it is selected. */
async function believedRole(session: ImapSession, name: MailboxName): Promise<RolePaths> {
  if ('path' in name || name.role === 'inbox') return noRoles;
  const path = await pathOfRole(session, name.role);
  return path === null ? noRoles : new Map([[name.role, path]]);
}
