/**
 * Whose is a mailbox? (NAMESPACE, RFC 2342)
 *
 * Mailboxes of one's own, of other users and of groups differ by the beginning of their names. Prefixes are octets, as names
 * on the wire are.
 */
import { Buffer } from 'node:buffer';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { NamespaceKind } from '../answers.ts';
import type { ImapSession } from './session.ts';
import { listIn, textIn } from './token-values.ts';

export interface Namespace {
  readonly prefix: string;
  /** Empty where there is no hierarchy (NIL). */
  readonly delimiter: string;
}

/** In the order of the server, whose first is the usual one. */
export type Namespaces = Readonly<Record<NamespaceKind, readonly Namespace[]>>;

export const noNamespaces: Namespaces = { personal: [], 'other-users': [], shared: [] };

/** Throws Failed. */
export async function namespacesOf(session: ImapSession): Promise<Namespaces> {
  let namespaces = noNamespaces;
  if (!session.has('NAMESPACE')) return namespaces;
  await session.exec('NAMESPACE', false, {
    NAMESPACE: async ({ attributes: [own, others, shared] = [] }) => {
      namespaces = { personal: namespacesIn(own), 'other-users': namespacesIn(others), shared: namespacesIn(shared) };
    },
  });
  if (Object.values(namespaces).flat().length <= limits.imapNamespaces) return namespaces;
  session.close();
  throw new Failed({ kind: 'limit-exceeded', limit: 'imapNamespaces' });
}

const namespacesIn = (namespaces: unknown): Namespace[] =>
  listIn(namespaces).flatMap((pair) => {
    const [first, second] = listIn(pair);
    const prefix = textIn(first);
    if (prefix === null) return [];
    return [{ prefix: Buffer.from(prefix, 'utf8').toString('latin1'), delimiter: textIn(second) ?? '' }];
  });

/**
 * The longest prefix that fits says. Some servers give groups the empty prefix (Cyrus: `INBOX.`, `user.`, ``), and then
 * whatever is not under one's own is theirs.
 */
export function kindOf(name: string, delimiter: string, namespaces: Namespaces): NamespaceKind {
  if (name === 'INBOX') return 'personal';
  // A namespace's root is listed without the delimiter that its prefix ends with.
  const fits = ({ prefix }: Namespace): boolean => name.startsWith(prefix) || name + delimiter === prefix;
  const longest = (kind: NamespaceKind): number =>
    Math.max(-1, ...namespaces[kind].filter(fits).map(({ prefix }) => prefix.length));
  const own = longest('personal');
  const others = longest('other-users');
  const shared = longest('shared');
  if (own >= others && own >= shared) return 'personal';
  return others >= shared ? 'other-users' : 'shared';
}

/** Where the mailboxes of one's own begin: the namespace that INBOX's neighbours are in. */
export function homeOf({ personal }: Namespaces): Namespace | null {
  return personal.find(({ prefix }) => prefix === '') ?? personal[0] ?? null;
}
