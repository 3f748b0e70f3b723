/**
 * May a request reach this mailbox?
 *
 * Decided here and nowhere else. Every command that names a mailbox takes a GrantedPath, and only what was decided here is one: an
 * operation that forgets to ask does not compile. Pure: which mailbox has which role is for others to find out (`grant.ts`).
 */
import type { Access } from '../../core/access.ts';
import { err, ok, type Result } from '../../core/failure.ts';
import type { MailboxName, Role } from '../answers.ts';
import { mailboxNameOf } from '../rules.ts';
import { type NameEncoding, normalPath } from './mailbox-name.ts';

declare const grantedPath: unique symbol;
/** A path in its normal form, of a mailbox that may be reached by the request that it was made for. */
export type GrantedPath = string & { readonly [grantedPath]: 'GrantedPath' };

export type RolePaths = ReadonlyMap<Role, string>;

/**
 * The mailbox that `name` stands for; null for a role that no mailbox has. Granted is what an id of `access` names, and what one of its
 * roles stands for. Fails with `mailbox-not-granted`, whether or not there is such a mailbox.
 */
export function grantIn(
  { mailboxes }: Pick<Access, 'mailboxes'>,
  name: MailboxName,
  encoding: NameEncoding,
  rolePaths: RolePaths,
): Result<GrantedPath | null> {
  const path = pathNamed(name, encoding, rolePaths);
  const isGranted = mailboxes === null || mailboxes.some((id) => grants(id, name, path, encoding, rolePaths));
  return isGranted ? ok(path as GrantedPath | null) : notGranted;
}

export const notGranted = err({ kind: 'mailbox-not-granted' });

/** Where the request names the mailbox, when it is not in its path. */
export const withField = (
  refusal: typeof notGranted,
  field: 'mailboxId' | 'copyTo' | 'mailboxes',
): typeof notGranted => (refusal.failure.kind === 'mailbox-not-granted' ? err({ ...refusal.failure, field }) : refusal);

function grants(
  id: string,
  name: MailboxName,
  path: string | null,
  encoding: NameEncoding,
  rolePaths: RolePaths,
): boolean {
  const granted = mailboxNameOf(id);
  if (granted === null) return false;
  if ('role' in granted && 'role' in name && granted.role === name.role) return true;
  return path !== null && pathNamed(granted, encoding, rolePaths) === path;
}

function pathNamed(name: MailboxName, encoding: NameEncoding, rolePaths: RolePaths): string | null {
  if ('path' in name) return normalPath(name.path, encoding);
  // INBOX is one by its name alone (RFC 9051 §5.1).
  return name.role === 'inbox' ? 'INBOX' : (rolePaths.get(name.role) ?? null);
}

/**
 * A mailbox that Postern goes into for a purpose of its own, and of which it tells nobody what is there: the trash that something is
 * removed to, and INBOX, where a session waits while another mailbox is renamed.
 */
export const forOurselves = (path: string): GrantedPath => path as GrantedPath;

/** True for what says which mailbox only when it is known which one has the role. */
export const isByRole = (name: MailboxName): boolean => 'role' in name && name.role !== 'inbox';

/** Whether it has to be known which mailbox has which role, in order to tell what is granted. */
export const grantsByRole = ({ mailboxes }: Pick<Access, 'mailboxes'>): boolean =>
  mailboxes?.some((id) => {
    const name = mailboxNameOf(id);
    return name !== null && isByRole(name);
  }) === true;
