/**
 * How does a quota of IMAP become one of JMAP? (RFC 9208, RFC 9425)
 *
 * Pure.
 */
import { base64url } from 'jose';
import type { ToldQuota } from './answers.ts';

export function quotaOf({ root, resource, used, limit }: ToldQuota) {
  const isStorage = resource === 'STORAGE';
  return {
    id: `qt_${base64url.encode(new TextEncoder().encode(`${resource.toLowerCase()} ${root}`))}`,
    name: root,
    resourceType: isStorage ? ('octets' as const) : ('count' as const),
    types: [resource === 'MAILBOX' ? ('Mailbox' as const) : ('Mail' as const)],
    used,
    hardLimit: limit,
    scope: 'account' as const,
  };
}
