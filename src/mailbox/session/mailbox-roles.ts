/**
 * Which mailbox has which role?
 *
 * What the server says (SPECIAL-USE, RFC 6154) comes first, then the names that mail programs use. Other people's
 * mailboxes have no role for this account: mail that is thrown away must not land in a colleague's trash.
 */

import { type Role, roles } from '../answers.ts';
import { specialUse } from './imapflow.ts';

export interface NamedMailbox {
  readonly path: string;
  readonly name: string;
  /** How many names stand in its path. */
  readonly depth: number;
  readonly flags: ReadonlySet<string>;
  /** Another user's or a group's. */
  readonly isForeign: boolean;
}

interface Claim {
  readonly role: Role;
  readonly path: string;
  /** Lower is stronger: what the server says, a known name, something like a known name. */
  readonly rank: number;
  readonly depth: number;
}

/** One mailbox for a role and one role for a mailbox. */
export function rolesOf(mailboxes: readonly NamedMailbox[]): Map<Role, string> {
  const claims = mailboxes
    .filter(({ flags, isForeign }) => isSelectable(flags) && !isForeign)
    .flatMap(claimsOf)
    .sort((one, other) => one.rank - other.rank || one.depth - other.depth || (one.path < other.path ? -1 : 1));
  const found = new Map<Role, string>();
  const taken = new Set<string>();
  for (const { role, path } of claims) {
    if (found.has(role) || taken.has(path)) continue;
    found.set(role, path);
    taken.add(path);
  }
  return found;
}

/** False for a name that only holds others (RFC 9051 §7.3.1). */
export function isSelectable(flags: ReadonlySet<string>): boolean {
  return ![...flags].some((flag) => ['\\noselect', '\\nonexistent'].includes(flag.toLowerCase()));
}

function claimsOf({ path, name, depth, flags }: NamedMailbox): Claim[] {
  // INBOX is one by its name alone (RFC 9051 §5.1), and nothing else.
  if (path === 'INBOX') return [{ role: 'inbox', path, rank: 0, depth: 0 }];
  const claims: Claim[] = [];
  for (const flag of flags) {
    const role = roleOf(flag);
    if (role !== null) claims.push({ role, path, rank: 0, depth });
  }
  const guess = specialUse(false, { name, flags: new Set() });
  const guessed = roleOf(guess.flag ?? '');
  if (guessed !== null) claims.push({ role: guessed, path, rank: guess.source === 'name' ? 1 : 2, depth });
  return claims;
}

/** `\Sent` is `sent`. A mailbox that claims to be the inbox by a flag (XLIST) is not believed. */
function roleOf(flag: string): Role | null {
  const word = flag.replace(/^\\/, '').toLowerCase();
  return roles.find((role) => role === word && role !== 'inbox') ?? null;
}
