/**
 * Whose is a mailbox? (NAMESPACE, RFC 2342)
 *
 * Mailboxes of one's own, of other users and of groups differ by the beginning of their names. Prefixes are octets, as names
 * on the wire are.
 */
import { Buffer } from 'node:buffer';
import type { ImapSession } from './session.ts';
import { listIn, textIn } from './token-values.ts';

export interface Namespaces {
  readonly own: readonly string[];
  /** Other users' and shared ones. */
  readonly foreign: readonly string[];
}

export async function namespacesOf(session: ImapSession): Promise<Namespaces> {
  let namespaces: Namespaces = { own: [], foreign: [] };
  if (!session.has('NAMESPACE')) return namespaces;
  await session.exec('NAMESPACE', false, {
    NAMESPACE: async ({ attributes: [own, others, shared] = [] }) => {
      namespaces = { own: prefixesIn(own), foreign: [...prefixesIn(others), ...prefixesIn(shared)] };
    },
  });
  return namespaces;
}

const prefixesIn = (namespaces: unknown): string[] =>
  listIn(namespaces).flatMap((pair) => {
    const prefix = textIn(listIn(pair)[0]);
    return prefix === null ? [] : [Buffer.from(prefix, 'utf8').toString('latin1')];
  });

/**
 * True for what belongs to somebody else: the longest prefix that fits says. Some servers give groups the empty prefix
 * (Cyrus: `INBOX.`, `user.`, ``), and then whatever is not under one's own is theirs.
 */
export function isForeign(name: string, delimiter: string, { own, foreign }: Namespaces): boolean {
  if (name === 'INBOX') return false;
  // A namespace's root is listed without the delimiter that its prefix ends with.
  const fits = (prefix: string): boolean => name.startsWith(prefix) || name + delimiter === prefix;
  const longest = (prefixes: readonly string[]): number =>
    Math.max(-1, ...prefixes.filter(fits).map(({ length }) => length));
  return longest(foreign) > longest(own);
}
